"""Transactions that are worth repeating: nothing outside happens in them, and what they know must not be lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.db.database import Database
from aipromote.db.retrying import LOST_RACES, sqlstate

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_TRIES = 6
_AWAY = ("08", "53", "57P")
"""How SQLSTATEs begin that say: the connection is lost, there is no room (for a connection), the server restarts."""
T = TypeVar("T")


async def persistently(
    database: Database,
    organizations: Iterable[UUID],
    work: Callable[[AsyncSession], Awaitable[T]],
    *,
    tries: int = _TRIES,
) -> T:
    """Run the work in a transaction, again after a deadlock or while PostgreSQL restarts, for a few seconds.

    Each further try doubles the time for which PostgreSQL may be away: 6 are 3 s, 8 are 12 s.
    """
    named = sorted(organizations)
    for attempt in range(1, tries):
        try:
            async with database.transaction(*named) as session:
                return await work(session)
        except (DBAPIError, PoolTimeout, OSError) as error:
            if not may_pass(error):
                raise
            log.warning("transaction again", attempt=attempt, error=type(error).__name__)
            await asyncio.sleep(0.05 * 2**attempt)
    async with database.transaction(*named) as session:
        return await work(session)


def may_pass(error: BaseException) -> bool:
    """Whether it is the database being away or busy, and not something about the rows."""
    if isinstance(error, OSError | PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    state = sqlstate(error) or ""
    return state in LOST_RACES or state.startswith(_AWAY) or isinstance(error, InterfaceError | OperationalError)
