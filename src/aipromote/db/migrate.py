"""Migrations from Python: upgrade, downgrade, status, and the comparison of models with the live catalog.

One migrator at a time; each migration is one transaction. How a run behaves (its turn, its time-outs, what it says when
it fails) is told in `aipromote.db.migrator`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text

from aipromote.db import leakproof, roles, vectors
from aipromote.db.backfill import Progress
from aipromote.db.migrator import OnEvent, Watch, connected, mend_indexes, patiently, take_turn

FOLDER = Path(__file__).parent / "migrations"


def _silent(_event: str) -> None:
    """Nobody waits for the news."""


@dataclass(frozen=True)
class Status:
    """Where the schema is (`current`, None before the first migration) and where this release wants it (`head`)."""

    current: str | None
    head: str
    pending: list[str]

    @property
    def is_current(self) -> bool:
        """Nothing is left to apply."""
        return not self.pending


def _config(folder: Path, connection: Connection | None = None, **attributes: Any) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes.update(connection=connection, **attributes)
    return config


async def upgrade(url: str, revision: str = "head", *, on_event: OnEvent = _silent, folder: Path = FOLDER) -> Status:
    """Make the roles, then apply what is pending. `url` is the owner's. Raises MigrationFailed.

    `on_event` hears of waiting, of retries and of backfills. `folder` holds the migrations.
    """
    await roles.ensure(url)
    return await _move(url, command.upgrade, revision, on_event=on_event, folder=folder)


async def downgrade(url: str, revision: str, *, on_event: OnEvent = _silent, folder: Path = FOLDER) -> Status:
    """Take migrations back, down to `revision` ("base": all). Raises MigrationFailed."""
    return await _move(url, command.downgrade, revision, on_event=on_event, folder=folder)


async def _move(url: str, step: Any, revision: str, *, on_event: OnEvent, folder: Path) -> Status:
    before = await status(url, folder=folder)
    going_up = step is command.upgrade

    def work(connection: Connection, watch: Watch) -> None:
        heard = {"on_progress": _heard(on_event), "on_version_apply": watch.applied}
        step(_config(folder, connection, **heard), revision)
        if going_up:  # so that the application can tell its own state
            connection.execute(text(f"GRANT SELECT ON alembic_version TO {roles.GROUP}"))
            connection.commit()

    async def where() -> tuple[str | None, str | None]:
        now = await status(url, folder=folder)
        return now.current, (next(iter(now.pending), None) if going_up else now.current)

    async with connected(url) as connection:
        await take_turn(connection, on_event)
        if going_up:
            await leakproof.ensure(url)
            await vectors.ensure(url)
        if going_up and before.current:
            await mend_indexes(url, on_event)
        await patiently(connection, work, on_event, where=where)
    return await status(url, folder=folder)


def _heard(on_event: OnEvent) -> Any:
    def told(progress: Progress) -> None:
        on_event(f"{progress.table}: {progress.rows:,} rows brought into the new shape so far.")

    return told


async def status(url: str, *, folder: Path = FOLDER) -> Status:
    """What is applied and what is not. Answers while a migrator is at work."""

    def read(connection: Connection) -> Status:
        current = MigrationContext.configure(connection).get_current_revision()
        script = ScriptDirectory.from_config(_config(folder))
        head = script.get_current_head() or ""
        pending = [step.revision for step in script.walk_revisions(current or "base", "head")]
        return Status(current, head, [step for step in reversed(pending) if step != current])

    async with connected(url) as connection:
        return await connection.run_sync(read)


async def differences(url: str, metadata: MetaData) -> list[Any]:
    """What `alembic check` would complain about: models against the live catalog. Empty when they agree."""

    def compare(connection: Connection) -> list[Any]:
        def is_ours(name: str | None, kind: str, _parents: Any) -> bool:
            return not (kind == "table" and (name or "").startswith("analytics_y"))

        context = MigrationContext.configure(connection, opts={"include_name": is_ours, "compare_type": True})
        return list(compare_metadata(context, metadata))

    async with connected(url) as connection:
        return await connection.run_sync(compare)
