"""A streaming replica that may be read instead of the primary, for as long as it is there and keeps up."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from typing import Any

import structlog
from sqlalchemy import ColumnElement, literal_column, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_PATIENCE_SECONDS = 2.0
_PAUSE_SECONDS = 5.0

# Where all that was received is replayed, nothing is missing, however long ago the last transaction was. That holds
# only while it receives: a replica that lost its primary knows of nothing new and would call itself current for ever.
_BEHIND: ColumnElement[float | None] = literal_column("""
    CASE
        WHEN NOT pg_is_in_recovery() THEN NULL
        WHEN EXISTS (SELECT FROM pg_stat_wal_receiver WHERE pid IS NOT NULL)
             AND pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
        ELSE greatest(0, extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()))
    END::float8
""")


class Replica:
    """A pool on the replica. After a failure it is left alone for some seconds, so that pages do not wait for it."""

    def __init__(self, engine: AsyncEngine, most_seconds: float) -> None:
        """A replica that is more than `most_seconds` behind is not read."""
        self.engine = engine
        self.most_seconds = most_seconds
        self._alone_until = 0.0

    async def open(self, stack: AsyncExitStack, *first: ColumnElement[Any]) -> AsyncSession | None:
        """A read-only transaction, which ends with the stack; None if the replica is away or too far behind.

        `first` is evaluated in it together with the question how far it is behind: one way there and back for both.
        """
        if time.monotonic() < self._alone_until:
            return None
        async with AsyncExitStack() as mine:
            session = await mine.enter_async_context(AsyncSession(self.engine, expire_on_commit=False))
            try:
                behind = await self._begin(session, *first)
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                self._leave_alone(type(error).__name__)
                return None
            if behind is None or behind > self.most_seconds:
                self._leave_alone("it is no replica" if behind is None else f"it is {behind:.1f} s behind")
                return None
            stack.push_async_exit(mine.pop_all())
        return session

    async def lag(self) -> float | None:
        """How many seconds it is behind; None when it is away or is no replica."""
        try:
            async with AsyncSession(self.engine) as session:
                return await self._begin(session)
        except (SQLAlchemyError, OSError, TimeoutError):
            return None

    async def _begin(self, session: AsyncSession, *first: ColumnElement[Any]) -> float | None:
        options: dict[str, Any] = {"postgresql_readonly": True}
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await session.connection(execution_options=options)
            behind: float | None = await session.scalar(select(_BEHIND, *first))
        return behind

    def _leave_alone(self, reason: str) -> None:
        self._alone_until = time.monotonic() + _PAUSE_SECONDS
        log.warning("reading from the primary instead of the replica", reason=reason, seconds=_PAUSE_SECONDS)
