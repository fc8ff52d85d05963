"""Doing a transaction again after it lost a race against another one, and only then."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

log: structlog.stdlib.BoundLogger = structlog.get_logger()

LOST_RACES = frozenset({"40001", "40P01"})
"""SQLSTATE of a serialization failure and of a deadlock: the same work may well succeed now."""

_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 1.0
_T = TypeVar("_T")


def sqlstate(error: BaseException) -> str | None:
    """The database's code for an error, of the driver's own errors and of those that SQLAlchemy wraps."""
    return getattr(getattr(error, "orig", error), "sqlstate", None)


async def persistently(once: Callable[[], Awaitable[_T]], *, attempts: int) -> _T:
    """Await `once()` until it no longer loses a race, at most `attempts` times; then its error is the caller's.

    Between two attempts is a pause of random length, which grows: those who met once shall not meet again.
    """
    for attempt in range(1, attempts):
        try:
            return await once()
        except Exception as error:
            if sqlstate(error) not in LOST_RACES:
                raise
            log.info("transaction again", attempt=attempt, sqlstate=sqlstate(error))
        most = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt)
        await asyncio.sleep(random.uniform(most / 2, most))  # noqa: S311 -- spreads load, guards nothing
    return await once()
