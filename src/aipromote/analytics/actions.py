"""The verbs: keep what networks reported, and count it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from itertools import chain, islice
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.analytics import counting
from aipromote.analytics.queries import next_capture
from aipromote.analytics.rows import STAGED, Measurement, staged
from aipromote.analytics.states import MetricType
from aipromote.channels.models import SocialAccount
from aipromote.connectors.contract import Metrics
from aipromote.errors import Conflict
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.recording import measure_next

_FEW = 200
"""Up to so many rows go as one parameter; a temporary table costs more than they do."""
_NO_PARTITION = "no partition of relation"


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of a load: rows that are new, that replaced one of their slot, and that changed nothing.

    Unchanged are those that were measured before what is there. Expired are those measured before the organization's
    retention: they are not kept, since the days that they belong to are closed.
    """

    inserted: int
    updated: int
    unchanged: int
    expired: int


async def ensure_partition(session: AsyncSession, *, day: date) -> None:
    """Make sure that snapshots of this day (UTC) have a place.

    In a transaction of its own: it holds locks until the end.
    """
    await session.execute(select(func.doors.make_partition(day)))


async def ensure_partitions(session: AsyncSession, *, first: date, last: date) -> None:
    """Make sure that snapshots of all days from `first` to `last` (UTC) have a place; in a transaction of its own."""
    month = first.replace(day=1)
    while month <= last:
        await ensure_partition(session, day=month)
        month = (month + timedelta(days=31)).replace(day=1)


async def record(
    session: AsyncSession,
    *,
    post: ScheduledPost,
    account: SocialAccount,
    slot: int,
    metrics: Metrics,
    measured_at: datetime,
) -> None:
    """Keep the counters of a published post for one slot (seconds of age). What the network did not report stays NULL.

    There is one row per post and slot: a repeated collection replaces its values, unless they were measured later than
    these. Then the post waits for its next slot. Raises Conflict for a post that is not published.
    """
    if post.published_at is None:
        raise Conflict("Only a published post can be measured.")
    slot_at = post.published_at + timedelta(seconds=slot)
    row = Measurement(
        organization_id=post.organization_id,
        scheduled_post_id=post.id,
        content_piece_id=post.content_piece_id,
        social_account_id=account.id,
        platform=account.platform,
        metric_type=MetricType.ENGAGEMENT,
        period_start=post.published_at,
        collected_at=slot_at,
        measured_at=max(measured_at, slot_at),  # the clocks of two workers differ
        **asdict(metrics),
    )
    await ingest(session, rows=[row])
    following = await next_capture(session, post=post)
    await measure_next(session, organization_id=post.organization_id, post_id=post.id, at=following)


async def ingest(session: AsyncSession, *, rows: Iterable[Measurement], count: bool = True) -> Ingested:
    """Keep any number of measurements, and bring the newest of each post and the gains by day up to date with them.

    One path for the worker's single snapshot and for a load of millions, which it streams by COPY into a temporary
    table (COPY into a table with row-level security is refused) and then takes over set by set. All of it happens in
    the session's transaction, whose tenants must be the rows' organizations:

        async with database.transaction() as session:
            await actions.ensure_partitions(session, first=…, last=…)  # only when there may be older months
        async with database.transaction(*organizations) as session:
            done = await actions.ingest(session, rows=(Measurement(...), ...))

    For large loads raise `statement_timeout` in the transaction. With `count` False the days are left as they are: when
    the history of a post comes in several loads, `recount` it once, after the last and in the same transaction.

    Raises Conflict for rows out of order in time, and where a month has no partition.
    """
    arriving = staged(iter(rows))
    first = list(islice(arriving, _FEW + 1))
    if not first:
        return Ingested(0, 0, 0, 0)
    try:
        if len(first) <= _FEW:
            return await _take_over(session, counting.FROM_FEW, _as_json(first), arrived=len(first), count=count)
        arrived = await _load(session, chain(first, arriving))
        async with _set(session, work_mem="64MB"):  # sorts of a hundred thousand rows stay in memory
            done = await _take_over(session, counting.FROM_LOAD, {}, arrived=arrived, count=count)
        await session.execute(text(f"DROP TABLE pg_temp.{counting.LOADED}"))
    except IntegrityError as refused:
        if _NO_PARTITION not in str(refused):
            raise
        raise Conflict("There is no partition for a month of these snapshots. Make it with ensure_partition.") from None
    return done


async def recount(session: AsyncSession, *, organization_id: UUID, post_ids: Sequence[UUID] | None = None) -> None:
    """Count these posts again (None: all of the organization) from the snapshots that are there.

    All of them are counted in the organization's present time zone; days that are closed stay as they are.
    """
    of = {"organization_id": organization_id, "posts": None if post_ids is None else [str(one) for one in post_ids]}
    await _hold(session, organization_id)
    if post_ids is None:
        await session.execute(_MOVE, {"organization_id": organization_id})
    await session.execute(_REMEMBER, of)
    await _count(session, counting.FROM_HISTORY, of, many=True)


async def close(session: AsyncSession, *, organization_id: UUID, at: datetime, day: date) -> None:
    """Close the organization's days before `day`, which begins at `at`: their snapshots are not needed any more.

    Nothing is closed at an instant that is no midnight of the zone in which the days were counted (the organization
    moved a moment ago): a day would be closed in part, and what was gained in its rest be lost.
    """
    await _hold(session, organization_id)
    await session.execute(_CLOSE, {"organization_id": organization_id, "at": at, "day": day})


async def forget(session: AsyncSession, *, organization_id: UUID, limit: int) -> int:
    """Delete up to `limit` snapshots of closed days, the newest of each post and all days being kept. How many.

    Holds the calendar, so that a slot which is measured again meanwhile is either seen as new, or comes afterwards.
    """
    await _hold(session, organization_id)
    gone = await session.execute(_FORGET, {"organization_id": organization_id, "how_many": limit})
    return gone.rowcount  # type: ignore[attr-defined,no-any-return]  # a CursorResult, as of every DELETE


async def _hold(session: AsyncSession, organization_id: UUID) -> None:
    await session.execute(_HOLD_ONE, {"organization_id": organization_id})


async def _take_over(
    session: AsyncSession, source: str, parameters: dict[str, Any], *, arrived: int, count: bool
) -> Ingested:
    await session.execute(_sql(counting.HOLD, source), parameters)
    kept = (await session.execute(_sql(counting.KEEP, source), parameters)).one()
    if count:
        await _count(session, source, parameters, many=source == counting.FROM_LOAD)
    return Ingested(
        inserted=kept.inserted,
        updated=kept.updated,
        unchanged=kept.fresh - kept.inserted - kept.updated,
        expired=arrived - kept.fresh,
    )


async def _count(session: AsyncSession, source: str, parameters: dict[str, Any], *, many: bool) -> None:
    """Count the days again.

    Many posts are joined as sets, by hashing: what a load wrote a moment ago has no statistics yet, and with the tenant
    in two conditions (the join's and the policy's) PostgreSQL expects so few rows that it would read an index for every
    post, or merge by the tenant alone and compare each post with each day.
    """
    async with _set(session, **(dict.fromkeys(("enable_nestloop", "enable_mergejoin"), "off") if many else {})):
        await session.execute(_sql(counting.CLEAR, source), parameters)
        await session.execute(_sql(counting.COUNT, source), parameters)


@asynccontextmanager
async def _set(session: AsyncSession, **values: str) -> AsyncIterator[None]:
    """Settings of the server for the statements within. The rest of the caller's transaction has what it had before.

    After an error there is nothing to put back: the transaction, or its savepoint, is lost and the settings with it.
    """
    before = {name: (await session.scalars(select(func.current_setting(name)))).one() for name in values}
    await _configure(session, values)
    yield
    await _configure(session, before)


async def _configure(session: AsyncSession, values: Mapping[str, str]) -> None:
    for name, value in values.items():
        await session.execute(select(func.set_config(name, value, True)))


async def _load(session: AsyncSession, records: Iterable[tuple[Any, ...]]) -> int:
    await session.execute(text(counting.MAKE_ROOM))
    driver = (await (await session.connection()).get_raw_connection()).driver_connection
    if driver is None:
        raise Conflict("The connection was closed.")
    told = await driver.copy_records_to_table(counting.LOADED, records=records, columns=list(STAGED))
    await session.execute(text(f"ANALYZE pg_temp.{counting.LOADED}"))
    return int(told.split()[-1])  # `COPY 4000`


def _sql(template: str, source: str) -> TextClause:
    return text(counting.statement(template, source))


def _as_json(records: Iterable[tuple[Any, ...]]) -> dict[str, Any]:
    return {"rows": json.dumps([dict(zip(STAGED, record, strict=True)) for record in records], default=str)}


_HOLD_ONE = text(
    counting.statement(counting.HOLD, "(SELECT CAST(:organization_id AS uuid) AS organization_id) AS staged")
)
_REMEMBER = text(counting.statement(counting.REMEMBER, counting.FROM_HISTORY))
_MOVE = text(
    "UPDATE analytics_calendars c SET time_zone = o.time_zone FROM organizations o "
    "WHERE o.id = c.organization_id AND c.organization_id = :organization_id"
)
_CLOSE = text(
    "UPDATE analytics_calendars SET closed_at = :at, closed_day = :day "
    "WHERE organization_id = :organization_id AND (closed_at IS NULL OR closed_at < :at) "
    "AND CAST(CAST(:day AS date) AS timestamp) AT TIME ZONE time_zone = CAST(:at AS timestamptz)"
)
# What was measured before an instant was due before it, so only the months before it are looked into.
_FORGET = text("""
    DELETE FROM analytics a
     WHERE a.organization_id = :organization_id AND (a.id, a.collected_at) IN (
        SELECT old.id, old.collected_at FROM analytics old
          JOIN analytics_calendars c ON c.organization_id = old.organization_id
          JOIN analytics_latest l ON l.organization_id = old.organization_id
               AND l.scheduled_post_id = old.scheduled_post_id AND l.metric_type = old.metric_type
         WHERE old.organization_id = :organization_id
           AND old.collected_at < c.closed_at AND old.measured_at < c.closed_at
         LIMIT :how_many)
""")
