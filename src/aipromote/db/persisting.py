"""Transactions that are worth repeating: nothing outside happens in them, and what they know must not be lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.db.database import Database
from aipromote.db.retrying import LOST_RACES, sqlstate

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_TRIES = 6
T = TypeVar("T")


async def persistently(
    database: Database, organizations: Iterable[UUID], work: Callable[[AsyncSession], Awaitable[T]]
) -> T:
    """Run the work in a transaction, again after a deadlock or while PostgreSQL restarts, for a few seconds."""
    named = sorted(organizations)
    for attempt in range(1, _TRIES):
        try:
            async with database.transaction(*named) as session:
                return await work(session)
        except (DBAPIError, OSError) as error:
            if not may_pass(error):
                raise
            log.warning("transaction again", attempt=attempt, error=type(error).__name__)
            await asyncio.sleep(0.05 * 2**attempt)
    async with database.transaction(*named) as session:
        return await work(session)


def may_pass(error: BaseException) -> bool:
    """Whether it is the database being away or busy, and not something about the rows."""
    if isinstance(error, OSError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    return sqlstate(error) in LOST_RACES or isinstance(error, InterfaceError | OperationalError)
