"""Migrations from Python: upgrade, downgrade, status, and the comparison of models with the live catalog.

One migrator at a time (a session advisory lock); each migration is one transaction with lock and statement time-outs,
so a migration that cannot get its lock gives up instead of blocking everybody behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine

from aipromote.db import roles
from aipromote.db.database import driver_url

_LOCK = 7_305_114_882
_T = TypeVar("_T")


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


def _config(connection: Connection | None = None, metadata: MetaData | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes.update(connection=connection, metadata=metadata)
    return config


async def _run(url: str, work: Callable[[Connection], _T]) -> _T:
    engine = create_async_engine(driver_url(url), poolclass=NullPool, connect_args={"timeout": 10})
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SET lock_timeout = '10s'"))
            await connection.execute(text("SET statement_timeout = '10min'"))
            await connection.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
            await connection.commit()
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


async def upgrade(url: str, revision: str = "head") -> Status:
    """Make the roles, then apply what is pending. `url` is the owner's."""
    await roles.ensure(url)
    await _run(url, lambda connection: _upgrade(connection, revision))
    return await status(url)


def _upgrade(connection: Connection, revision: str) -> None:
    command.upgrade(_config(connection), revision)
    connection.execute(text(f"GRANT SELECT ON alembic_version TO {roles.GROUP}"))  # so that it can tell its own state
    connection.commit()


async def downgrade(url: str, revision: str) -> None:
    """Take migrations back, down to `revision` ("base": all)."""
    await _run(url, lambda connection: command.downgrade(_config(connection), revision))


async def status(url: str) -> Status:
    """What is applied and what is not."""

    def read(connection: Connection) -> Status:
        current = MigrationContext.configure(connection).get_current_revision()
        script = ScriptDirectory.from_config(_config())
        head = script.get_current_head() or ""
        pending = [step.revision for step in script.walk_revisions(current or "base", "head")]
        return Status(current, head, [step for step in reversed(pending) if step != current])

    return await _run(url, read)


async def differences(url: str, metadata: MetaData) -> list[Any]:
    """What `alembic check` would complain about: models against the live catalog. Empty when they agree."""

    def compare(connection: Connection) -> list[Any]:
        def is_ours(name: str | None, kind: str, _parents: Any) -> bool:
            return not (kind == "table" and (name or "").startswith("analytics_y"))

        context = MigrationContext.configure(connection, opts={"include_name": is_ours, "compare_type": True})
        return list(compare_metadata(context, metadata))

    return await _run(url, compare)
