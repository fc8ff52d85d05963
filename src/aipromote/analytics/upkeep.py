"""What is done for the numbers once a day: room ahead, catching up, retention.

Snapshots are kept as long as the plan of the organization's owner says. What they came to is kept for good: the newest
snapshot of each post, and its gains by day.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.analytics import actions
from aipromote.billing.plans import PLANS
from aipromote.db.database import Database

log: structlog.stdlib.BoundLogger = structlog.get_logger()

MONTHS_AHEAD = 3
_AT_ONCE = 500
_MOST = 10_000
"""Organizations in one round; the rest the day after."""
_SNAPSHOTS_AT_ONCE = 5000
_LOCK_NOT_AVAILABLE = "55P03"


@dataclass(frozen=True, slots=True)
class Kept:
    """What one round did: posts counted again, partitions dropped, snapshots deleted one by one."""

    counted: int
    dropped: tuple[str, ...]
    deleted: int


async def keep_up(database: Database) -> Kept:
    """The whole round. Nothing is removed before all of it is counted."""
    await make_partitions(database)
    counted = await catch_up(database)
    expired = await _close_expired(database)
    try:
        dropped = await _drop_partitions(database)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
            raise
        log.info("no partition dropped: the table is in use; tried again tomorrow")
        return Kept(counted, (), 0)
    return Kept(counted, tuple(dropped), sum([await _forget(database, one) for one in expired]))


async def make_partitions(database: Database) -> None:
    """Partitions for this month and the ones ahead, each in a transaction of its own: their locks are short."""
    month = clock.now().date().replace(day=1)
    for _ in range(MONTHS_AHEAD + 1):
        async with database.transaction() as session:
            await actions.ensure_partition(session, day=month)
        month = _after(month)


async def catch_up(database: Database) -> int:
    """Count what was collected before there were days, by a worker of an older release, or in another time zone.

    How many posts. Goes from month to month, so that each question reads one partition; from the last to the first,
    since people look at what is new.
    """
    counted = 0
    for organization_id in await _ids(database, "SELECT organization_id FROM doors.moved_calendars(:how_many)"):
        async with _patiently(database, organization_id) as session:
            await actions.recount(session, organization_id=organization_id)
    for since, until in reversed([*pairwise(await _months(database))]):
        before: dict[UUID, list[UUID]] = {}
        while (found := await _uncounted(database, since, until)) and found != before:
            before = found
            for organization_id, posts in found.items():
                async with _patiently(database, organization_id) as session:
                    await actions.recount(session, organization_id=organization_id, post_ids=posts)
                counted += len(posts)
    return counted


async def _close_expired(database: Database) -> list[UUID]:
    """Close the days that no plan keeps any more; the organizations that have such snapshots."""
    plans = json.dumps({name: plan.analytics_days for name, plan in PLANS.items()})
    expired: list[UUID] = []
    async with _patiently(database) as session:
        rows = (await session.execute(_EXPIRED, {"at": clock.now(), "plans": plans, "how_many": _MOST})).all()
    for row in rows:
        async with database.transaction(row.organization_id) as session:
            await actions.close(session, organization_id=row.organization_id, at=row.closed_at, day=row.closed_day)
        expired.append(row.organization_id)
    return expired


async def _drop_partitions(database: Database) -> list[str]:
    dropped: list[str] = []
    while True:
        async with _patiently(database) as session:
            name = await session.scalar(text("SELECT doors.drop_partition(:at)"), {"at": clock.now()})
        if name is None:
            return dropped
        dropped.append(name)


async def _forget(database: Database, organization_id: UUID) -> int:
    """Delete what other organizations' partitions still hold, a batch in each transaction."""
    deleted = 0
    while True:
        async with database.transaction(organization_id) as session:
            gone = await actions.forget(session, organization_id=organization_id, limit=_SNAPSHOTS_AT_ONCE)
        deleted += gone
        if gone < _SNAPSHOTS_AT_ONCE:
            return deleted


async def _uncounted(database: Database, since: datetime, until: datetime) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {}
    async with _patiently(database) as session:
        for row in await session.execute(_UNCOUNTED, {"since": since, "until": until, "how_many": _AT_ONCE}):
            found.setdefault(row.organization_id, []).append(row.id)
    return found


async def _ids(database: Database, question: str) -> Sequence[UUID]:
    async with database.transaction() as session:
        return (await session.scalars(text(question), {"how_many": _MOST})).all()


async def _months(database: Database) -> list[datetime]:
    """The first instants of all months that have a partition, and the end of the last."""
    async with database.transaction() as session:
        names = (await session.scalars(_PARTITIONS)).all()
    months = sorted(date(int(name[-7:-3]), int(name[-2:]), 1) for name in names)
    months += [_after(month) for month in months[-1:]]
    return [datetime(month.year, month.month, 1, tzinfo=UTC) for month in months]


@asynccontextmanager
async def _patiently(database: Database, *organizations: UUID) -> AsyncIterator[AsyncSession]:
    """A transaction without the time limit that pages need."""
    async with database.transaction(*organizations) as session:
        await session.execute(text("SET LOCAL statement_timeout = 0"))
        yield session


def _after(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


_EXPIRED = text("SELECT * FROM doors.expired_snapshots(:at, CAST(:plans AS jsonb), :how_many)")
_UNCOUNTED = text("SELECT * FROM doors.uncounted_posts(:since, :until, :how_many)")
_PARTITIONS = text(
    "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
    "WHERE i.inhparent = 'analytics'::regclass"
)
