"""Everything that `aipromote up` runs: the servers, then the product's processes, watched until somebody says stop.

    with Runtime(home, settings=settings, on_event=show) as runtime:
        runtime.start_servers()
        migrate(runtime.database_url)
        runtime.spawn("web", [...], environment={...}, is_ready=answers("http://127.0.0.1:8400/health"))
        runtime.wait()

Use it from the main thread (see `aipromote.embedded.children`).
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from aipromote import clock
from aipromote.embedded import account, binaries, leftovers, postgres, secrets_file, valkey
from aipromote.embedded.children import Children, OnEvent, Program, rotate
from aipromote.embedded.faults import explained
from aipromote.embedded.home import Home, default_path
from aipromote.errors import SetupError
from aipromote.settings import Settings, child_environment

_TICK = 0.2
_SERVERS = (postgres.NAME, valkey.NAME)


class Runtime:
    """One running instance on one data folder. As a context it handles SIGINT and SIGTERM, and stops at its end."""

    def __init__(
        self,
        home: Path | None = None,
        *,
        settings: Settings,
        on_event: OnEvent = lambda _name, _what: None,
        durable: bool = True,
    ) -> None:
        needs_servers = settings.database_url is None or settings.redis_url is None
        owner = account.for_servers() if needs_servers else account.caller()
        self.home = Home(home or settings.home or default_path(), owner=owner)
        self.database_url = ""
        self.redis_url = ""
        self.secrets: secrets_file.Secrets
        self._settings = settings
        self._durable = durable
        self._on_event = on_event
        self._stops_asked = 0
        self._handlers: dict[signal.Signals, Any] = {}
        self._facts: dict[str, Any] = {}
        self._children = Children(on_event=on_event, stopping=lambda: self._stops_asked > 0)

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._handlers[number] = signal.signal(number, self._ask_to_stop)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        try:
            self.stop()
        finally:
            for number, handler in self._handlers.items():
                signal.signal(number, handler)
        return kind is KeyboardInterrupt and self._stops_asked > 0

    def start_servers(self) -> None:
        """Open the data folder and start what the settings do not name; afterwards both URLs and the secrets are known.

        Raises SetupError when this machine, the folder or its data do not allow it; nothing runs then.
        """
        self.home.open()
        try:
            leftovers.stop(self.home, apart_from=postgres.NAME)
            self.secrets = self.home.secrets()
            self.database_url = self._database()
            self.redis_url = self._redis()
        except BaseException:
            self.stop()
            raise
        self._tell(database_url=self.database_url, redis_url=self.redis_url)

    def spawn(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        environment: Mapping[str, str] | None = None,
        is_ready: Callable[[], bool] = lambda: True,
        timeout: float = 60.0,
    ) -> None:
        """Run one of the product's own processes as the calling user, with `self.environment` and `environment`.

        Returns when `is_ready` says so; StartError when the process ends before, or after `timeout` seconds. From then
        on `wait` looks after it.
        """
        program = Program(
            name=name,
            argv=argv,
            log=self.home.log(name),
            environment=child_environment(self.environment | dict(environment or {})),
            is_ready=lambda _pid: is_ready(),
            grace=self._settings.worker_grace_seconds + 5.0,
            timeout=timeout,
        )
        self._children.start(program)
        self._tell()

    def end(self, name: str) -> None:
        """Stop one of the product's processes; `spawn` may start it anew, in another environment."""
        self._children.stop([name])
        self._tell()

    def tell(self, **facts: Any) -> None:
        """Add facts (JSON values) to `run.json`, where other commands find them: `web_url` and the like."""
        self._tell(**facts)

    def wait(self) -> None:
        """Look after all processes, starting again what dies, until SIGINT or SIGTERM."""
        while not self._stops_asked:
            self.look_after()
            time.sleep(_TICK)

    def look_after(self) -> None:
        """One round of `wait`: notice what died, start again what is due. A full disk does not end it."""
        changed = self._children.tick()
        try:
            if changed:
                self._tell()
            for name in self._children.pids:
                rotate(self.home.log(name))
        except (SetupError, OSError) as error:
            self._on_event("aipromote", str(error))

    @property
    def environment(self) -> dict[str, str]:
        """The settings that each process of this instance needs: where the servers are, and the secrets."""
        secret_key = self._settings.secret_key.get_secret_value() or self.secrets.secret_key
        own_keys = self._settings.encryption_keys.get_secret_value()
        return {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "AIPROMOTE_HOME": str(self.home.path),
            "AIPROMOTE_SECRET_KEY": secret_key,
            "AIPROMOTE_ENCRYPTION_KEYS": own_keys or self.secrets.encryption_keys,
            "AIPROMOTE_KEYS_FILE": "" if own_keys else str(self.home.secrets_path),
        }

    @property
    def is_stopping(self) -> bool:
        """Whether SIGINT or SIGTERM has come."""
        return self._stops_asked > 0

    @property
    def pids(self) -> dict[str, int]:
        """Names and process ids of what runs."""
        return self._children.pids

    def stop(self) -> None:
        """Stop the product's processes, then Valkey, then PostgreSQL, and let go of the data folder.

        A second SIGINT or SIGTERM meanwhile cuts the time that each has for it.
        """
        asked = self._stops_asked
        names = [name for name in reversed(self.pids) if name not in _SERVERS]
        for group in (names, [valkey.NAME], [postgres.NAME]):
            self._children.stop(group, hurry=lambda: self._stops_asked > max(asked, 1))
        if self._facts:
            self.home.run_path.unlink(missing_ok=True)
        self.home.close()

    def _database(self) -> str:
        if self._settings.database_url is not None:
            return self._settings.database_url.get_secret_value()
        program = binaries.within_reach(binaries.find_pg_bin(self._settings.pg_bin), home=self.home)
        password = self.secrets.postgres_password
        return postgres.Postgres(self.home, program, password, self._durable).start(self._children)

    def _redis(self) -> str:
        if self._settings.redis_url is not None:
            return self._settings.redis_url.get_secret_value()
        program = binaries.within_reach(binaries.find_valkey(), home=self.home)
        return valkey.Valkey(self.home, program, self.secrets.redis_password, self._durable).start(self._children)

    def _tell(self, **facts: Any) -> None:
        if not self._facts:
            self._facts = {"pid": os.getpid(), "home": str(self.home.path), "started_at": clock.now().isoformat()}
            self._facts["rereads_keys"] = True  # a key put first in the file seals in every process at once
        self._facts |= facts | {"processes": leftovers.describe(self.pids)}
        with explained(self.home.run_path):
            secrets_file.write_private(self.home.run_path, json.dumps(self._facts, indent=2) + "\n")

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stops_asked += 1


def answers(url: str) -> Callable[[], bool]:
    """A check for `spawn`: whether a GET of this http address is answered with 200."""
    address = urlsplit(url)

    def ask() -> bool:
        connection = HTTPConnection(address.hostname or "127.0.0.1", address.port, timeout=2.0)
        try:
            connection.request("GET", address.path or "/")
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    return ask
