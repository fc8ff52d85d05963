"""Snapshots go when the plan says so; what they came to stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest
from sqlalchemy import text

from aipromote import clock
from aipromote.analytics import actions, days, queries, upkeep
from aipromote.analytics.jobs import SLOTS
from aipromote.channels.models import SocialAccount
from aipromote.db.database import Database
from aipromote.publishing.models import ScheduledPost
from factories import analytics, organizations

NOW = datetime(2031, 6, 20, 12, tzinfo=UTC)
LONG_AGO = datetime(2031, 1, 10, 9, tzinfo=UTC)
LATELY = datetime(2031, 6, 15, 9, tzinfo=UTC)
WAITING = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"
JANUARY = "SELECT to_regclass('analytics_y2031m01') IS NOT NULL"


@dataclass
class Startup:
    account: SocialAccount
    posts: list[ScheduledPost]

    @property
    def id(self):
        return self.account.organization_id


@pytest.fixture(autouse=True)
def today(tmp_path):
    clock.Dial.create(tmp_path / "dial", start=NOW)
    clock.use(tmp_path / "dial")
    yield
    clock.use(None)


@pytest.fixture(autouse=True)
async def months(database: Database, owner: asyncpg.Connection) -> AsyncIterator[None]:
    async with database.transaction() as session:
        await actions.ensure_partitions(session, first=LONG_AGO.date(), last=date(2031, 7, 1))
    yield
    for month in range(1, 13):
        await owner.execute(f"DROP TABLE IF EXISTS analytics_y2031m{month:02}")


async def startup(database: Database, plan: str) -> Startup:
    made = await organizations.organization(database, name=plan, plan=plan)
    async with database.transaction(made.id) as session:
        account = await analytics.account(session, made.id)
        posts = [await analytics.post(session, account, at=at) for at in (LONG_AGO, LATELY)]
        for post in posts:
            slots = [slot for slot in SLOTS if post.published_at + timedelta(seconds=slot) < NOW]
            for slot in slots:
                await analytics.measure(session, post, account, slots=[slot], impressions=slot // 3600)
    return Startup(account, posts)


async def growth(database: Database, of: Startup) -> int | None:
    async with database.transaction(of.id) as session:
        year = await days.totals(session, organization_id=of.id, start=date(2030, 7, 1), end=date(2031, 7, 1))
        return year["impressions"].total


async def snapshots(owner: asyncpg.Connection, of: Startup) -> list[int]:
    found = "SELECT count(*) FROM analytics WHERE organization_id = $1 AND scheduled_post_id = $2"
    return [await owner.fetchval(found, of.id, post.id) for post in of.posts]


async def test_a_months_partition_goes_when_no_plan_wants_it_and_growth_over_a_year_stays_true(
    database: Database, owner: asyncpg.Connection
) -> None:
    free, pro = await startup(database, "free"), await startup(database, "pro")
    before = await growth(database, free)
    kept = await upkeep.keep_up(database)
    assert "analytics_y2031m01" in kept.dropped
    assert not await owner.fetchval(JANUARY)
    assert [await snapshots(owner, one) for one in (free, pro)] == [[0, 3], [0, 3]]
    assert await growth(database, free) == await growth(database, pro) == before == 168 + 72
    async with database.transaction(free.id) as session:
        newest = await queries.newest(session, organization_id=free.id, post_id=free.posts[0].id)
        assert newest.impressions == 168
        assert len(await queries.latest(session, organization_id=free.id)) == 2
        assert await queries.pending_captures(session, limit=50) == [], "nothing is asked for again"


async def test_a_month_that_one_plan_keeps_for_ever_loses_only_the_others_snapshots(
    database: Database, owner: asyncpg.Connection
) -> None:
    free, ours = await startup(database, "free"), await startup(database, "self-hosted")
    kept = await upkeep.keep_up(database)
    assert "analytics_y2031m01" not in kept.dropped
    assert kept.deleted == 4
    assert await snapshots(owner, free) == [0, 3]
    assert await snapshots(owner, ours) == [4, 3]
    assert await growth(database, free) == await growth(database, ours)
    assert (await upkeep.keep_up(database)).deleted == 0


async def test_a_plan_that_this_release_does_not_know_loses_nothing(
    database: Database, owner: asyncpg.Connection
) -> None:
    other = await startup(database, "enterprise-2040")
    await upkeep.keep_up(database)
    assert await snapshots(owner, other) == [4, 3]


async def test_a_reading_from_before_the_retention_changes_nothing_any_more(
    database: Database, owner: asyncpg.Connection
) -> None:
    free = await startup(database, "free")
    await upkeep.keep_up(database)
    before = await growth(database, free)
    async with database.transaction() as session:
        await actions.ensure_partition(session, day=LONG_AGO.date())
    async with database.transaction(free.id) as session:
        await analytics.measure(session, free.posts[0], free.account, slots=[7200], impressions=99)
    assert await snapshots(owner, free) == [0, 3]
    async with database.transaction(free.id) as session:
        await actions.recount(session, organization_id=free.id)
    assert await growth(database, free) == before


async def test_a_table_in_use_puts_the_drop_off_and_nobody_waits(database: Database, owner: asyncpg.Connection) -> None:
    free = await startup(database, "free")
    async with owner.transaction():
        await owner.fetchval("SELECT count(*) FROM analytics")  # its lock lasts as long as the transaction
        assert (await upkeep.keep_up(database)).dropped == ()
    assert await owner.fetchval(JANUARY)
    assert "analytics_y2031m01" in (await upkeep.keep_up(database)).dropped
    assert await snapshots(owner, free) == [0, 3]


async def test_what_an_older_release_collected_is_counted_before_anything_goes(
    database: Database, owner: asyncpg.Connection
) -> None:
    free = await startup(database, "free")
    before = await growth(database, free)
    for table in ("analytics_latest", "analytics_daily", "analytics_calendars"):
        await owner.execute(f"DELETE FROM {table}")
    kept = await upkeep.keep_up(database)
    assert kept.counted == 2
    assert await growth(database, free) == before
    assert await snapshots(owner, free) == [0, 3]


async def test_room_is_made_three_months_ahead(database: Database, owner: asyncpg.Connection) -> None:
    await upkeep.keep_up(database)
    await upkeep.keep_up(database)  # a round that is repeated does no harm
    assert await owner.fetchval("SELECT to_regclass('analytics_y2031m09') IS NOT NULL")


async def test_a_round_that_was_broken_off_is_made_up_for_by_the_next(
    database: Database, owner: asyncpg.Connection
) -> None:
    free = await startup(database, "free")
    async with owner.transaction():
        await owner.execute("LOCK TABLE analytics_calendars")
        stuck = asyncio.create_task(upkeep.keep_up(database))
        async with asyncio.timeout(10):
            while not await owner.fetchval(WAITING):  # noqa: ASYNC110 -- only the server can tell
                await asyncio.sleep(0.02)
        stuck.cancel()
        await asyncio.wait([stuck])
    await upkeep.keep_up(database)
    assert await snapshots(owner, free) == [0, 3]


async def test_no_day_is_closed_in_a_zone_in_which_it_was_not_counted(
    database: Database, owner: asyncpg.Connection
) -> None:
    free = await startup(database, "free")
    midnight = datetime(2031, 6, 6, tzinfo=UTC)  # 02:00 in Berlin, where the days were counted
    async with database.transaction(free.id) as session:
        await actions.close(session, organization_id=free.id, at=midnight, day=midnight.date())
    assert await owner.fetchval("SELECT closed_at FROM analytics_calendars WHERE organization_id = $1", free.id) is None


async def test_a_slot_measured_again_while_the_old_go_is_not_among_them(
    database: Database, owner: asyncpg.Connection
) -> None:
    free = await startup(database, "free")
    day = date(2031, 6, 6)
    at = datetime(2031, 6, 5, 22, tzinfo=UTC)
    async with database.transaction(free.id) as session:
        await actions.close(session, organization_id=free.id, at=at, day=day)
    async with database.transaction(free.id) as session:
        last = max(SLOTS)
        again = {"slots": [last], "late": (at - LONG_AGO).total_seconds(), "impressions": 200}
        await analytics.measure(session, free.posts[0], free.account, **again)
        going = asyncio.create_task(_forget(database, free))
        async with asyncio.timeout(10):
            while not await owner.fetchval(WAITING):  # noqa: ASYNC110 -- only the server can tell
                await asyncio.sleep(0.02)
    assert await going == 3
    assert await snapshots(owner, free) == [1, 3]


async def _forget(database: Database, of: Startup) -> int:
    async with database.transaction(of.id) as session:
        return await actions.forget(session, organization_id=of.id, limit=100)


async def test_the_application_may_not_drop_a_partition_itself(database: Database) -> None:
    with pytest.raises(Exception, match="must be owner"):
        async with database.transaction() as session:
            await session.execute(text("DROP TABLE analytics_y2031m01"))
