"""How a command reaches the servers: those of the running instance, or ones started for as long as the command runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aipromote import clock, settings
from aipromote.cli.unprepared import unprepared
from aipromote.embedded import secrets_file
from aipromote.embedded.faults import explained
from aipromote.embedded.home import default_path, running
from aipromote.embedded.runtime import Runtime
from aipromote.errors import SetupError


def home_path(data: Path | None) -> Path:
    """The data folder: the option, the setting, or the default."""
    return (data or settings.get().home or default_path()).expanduser()


@contextmanager
def servers(data: Path | None) -> Iterator[settings.Settings]:
    """Settings that name a database and a Redis that answer.

    Where the work fails because the schema is not the one of this release, that is said instead. It is looked up only
    then, while the servers still run: a command that goes well asks nothing more.
    """
    with _reached(home_path(data)) as config:
        try:
            yield config
        except Exception as error:
            if (told := unprepared(error, config)) is not None:
                raise SetupError(told) from error
            raise


@contextmanager
def _reached(path: Path) -> Iterator[settings.Settings]:
    if (facts := running(path)) is not None:
        if dial := facts.get("clock_file"):
            clock.use(Path(str(dial)))  # what is late there is late by its clock
        yield settings.adopt(_environment_of(path, facts))
        return
    if settings.get().names_servers_and_keys:
        yield settings.get()
        return
    with Runtime(path, settings=settings.get()) as runtime:
        runtime.start_servers()
        yield settings.adopt(runtime.environment)


def _environment_of(path: Path, facts: dict[str, object]) -> dict[str, str]:
    with explained(path):
        secrets = secrets_file.read(path / "secrets.json")
    config = settings.get()
    return {
        "DATABASE_URL": str(facts["database_url"]),
        "REDIS_URL": str(facts["redis_url"]),
        "AIPROMOTE_HOME": str(path),
        "AIPROMOTE_SANDBOX_URL": str(facts.get("sandbox_url", "")),
        "AIPROMOTE_SETUP_TOKEN": str(facts.get("setup_token", "")),
        "AIPROMOTE_PUBLIC_URL": config.public_url or str(facts.get("web_url", "")),
        "AIPROMOTE_SECRET_KEY": config.secret_key.get_secret_value() or secrets.secret_key,
        "AIPROMOTE_KEYS_FILE": "" if config.encryption_keys.get_secret_value() else str(path / "secrets.json"),
        "AIPROMOTE_ENCRYPTION_KEYS": config.encryption_keys.get_secret_value() or secrets.encryption_keys,
    }
