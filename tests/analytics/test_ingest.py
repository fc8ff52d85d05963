"""Loads: one path for one reading and for thousands, all of it or nothing, and never across tenants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from aipromote.analytics import actions
from aipromote.analytics.rows import Measurement
from aipromote.analytics.states import MetricType
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from aipromote.errors import Conflict
from aipromote.publishing.models import ScheduledPost
from factories import analytics, organizations

BORN = datetime(2026, 3, 2, 9, tzinfo=UTC)
MANY = actions._FEW + 100
TABLES = ("analytics", "analytics_latest", "analytics_daily")


@dataclass
class World:
    database: Database
    posts: list[ScheduledPost]

    @property
    def organization_id(self) -> UUID:
        return self.posts[0].organization_id

    def rows(self, count: int, *, post: int = 0, start: int = 0) -> Iterator[Measurement]:
        """Readings of one post, one every hour, with ten impressions more each."""
        of = self.posts[post]
        for number in range(start, start + count):
            at = of.published_at + timedelta(hours=number)
            yield Measurement(
                of.organization_id, of.id, of.content_piece_id, of.social_account_id, Platform.LINKEDIN,
                MetricType.ENGAGEMENT, of.published_at, at, at, impressions=10 * number,
            )  # fmt: skip

    async def take(self, rows) -> actions.Ingested:
        async with self.database.transaction(self.organization_id) as session:
            return await actions.ingest(session, rows=rows)


async def counts(owner: asyncpg.Connection) -> dict[str, int]:
    return {table: await owner.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES}


async def days_of(owner: asyncpg.Connection, post: ScheduledPost) -> list[tuple[date, int]]:
    found = "SELECT day, impressions FROM analytics_daily WHERE scheduled_post_id = $1 ORDER BY day"
    return [tuple(row) for row in await owner.fetch(found, post.id)]


async def _posts(database: Database, *, name: str, count: int) -> list[ScheduledPost]:
    startup = await organizations.organization(database, name=name)
    async with database.transaction(startup.id) as session:
        account = await analytics.account(session, startup.id)
        return [await analytics.post(session, account, at=BORN + timedelta(minutes=n)) for n in range(count)]


@pytest.fixture
async def world(database: Database) -> World:
    async with database.transaction() as session:
        await actions.ensure_partitions(session, first=BORN.date(), last=date(2026, 5, 1))
    return World(database, await _posts(database, name="Kornblume", count=2))


async def test_a_load_counts_as_the_same_readings_one_by_one(world: World, owner: asyncpg.Connection) -> None:
    done = await world.take(world.rows(MANY))
    assert done == actions.Ingested(inserted=MANY, updated=0, unchanged=0, expired=0)
    for row in world.rows(30, post=1, start=MANY - 30):
        await world.take([row])
    bulk, single = [await days_of(owner, post) for post in world.posts]
    assert sum(gain for _, gain in bulk) == sum(gain for _, gain in single) == 10 * (MANY - 1)
    assert bulk[-1] == single[-1]
    newest = await owner.fetch("SELECT impressions, collected_at FROM analytics_latest ORDER BY scheduled_post_id")
    assert [row["impressions"] for row in newest] == [10 * (MANY - 1)] * 2


async def test_a_load_again_replaces_and_says_so(world: World, owner: asyncpg.Connection) -> None:
    await world.take(world.rows(MANY))
    before = await days_of(owner, world.posts[0])
    done = await world.take(world.rows(MANY + 5))
    assert (done.inserted, done.updated) == (5, MANY)
    assert (await days_of(owner, world.posts[0]))[: len(before) - 1] == before[:-1]
    assert (await counts(owner))["analytics"] == MANY + 5


@pytest.mark.parametrize("count", [1, MANY])
async def test_rows_of_another_tenant_are_refused(world: World, owner: asyncpg.Connection, count: int) -> None:
    stranger = World(world.database, await _posts(world.database, name="Other", count=1))
    with pytest.raises(DBAPIError, match="row-level security"):
        async with world.database.transaction(world.organization_id) as session:
            await actions.ingest(session, rows=[*world.rows(count), *stranger.rows(1)])
    assert set((await counts(owner)).values()) == {0}


async def test_a_connection_lost_in_the_middle_leaves_nothing(world: World, owner: asyncpg.Connection) -> None:
    async def broken() -> None:
        async with world.database.transaction(world.organization_id) as session:
            backend = await session.scalar(text("SELECT pg_backend_pid()"))
            await actions.ingest(session, rows=world.rows(MANY))
            assert await session.scalar(text("SELECT count(*) FROM analytics")) == MANY
            await owner.execute("SELECT pg_terminate_backend($1)", backend)
            await actions.ingest(session, rows=world.rows(MANY, post=1))

    with pytest.raises(DBAPIError):
        await broken()
    assert set((await counts(owner)).values()) == {0}
    assert (await world.take(world.rows(MANY))).inserted == MANY


async def test_two_loads_in_one_transaction_are_two_loads(world: World, owner: asyncpg.Connection) -> None:
    async with world.database.transaction(world.organization_id) as session:
        for post in (0, 1):
            assert (await actions.ingest(session, rows=world.rows(MANY, post=post))).inserted == MANY
    assert (await counts(owner))["analytics_latest"] == 2


async def test_the_rest_of_the_callers_transaction_has_its_own_settings(world: World) -> None:
    async def settings(session) -> list[str]:
        return [await session.scalar(text(f"SHOW {name}")) for name in ("work_mem", "enable_nestloop")]

    async with world.database.transaction(world.organization_id) as session:
        await session.execute(text("SET LOCAL enable_nestloop = off"))
        before = await settings(session)
        await actions.ingest(session, rows=world.rows(MANY))
        await actions.recount(session, organization_id=world.organization_id)
        assert await settings(session) == before
        assert before != ["64MB", "on"]


async def test_loads_whose_days_are_left_are_counted_together_at_the_end(
    world: World, owner: asyncpg.Connection
) -> None:
    async with world.database.transaction(world.organization_id) as session:
        for start in (MANY, 0):  # the later half of the history first
            await actions.ingest(session, rows=world.rows(MANY, start=start), count=False)
        await actions.recount(session, organization_id=world.organization_id, post_ids=[world.posts[0].id])
    left = await days_of(owner, world.posts[0])
    async with world.database.transaction(world.organization_id) as session:
        await actions.recount(session, organization_id=world.organization_id)
    assert sum(gained for _, gained in left) == 10 * (2 * MANY - 1)
    assert left == await days_of(owner, world.posts[0])


async def test_a_month_without_a_partition_is_said_and_can_be_made(world: World) -> None:
    old = datetime(2011, 1, 2, tzinfo=UTC)
    rows = [row._replace(period_start=old, collected_at=old, measured_at=old) for row in world.rows(1)]
    with pytest.raises(Conflict, match="no partition"):
        await world.take(rows)
    async with world.database.transaction() as session:
        await actions.ensure_partitions(session, first=old.date(), last=old.date())
    assert (await world.take(rows)).inserted == 1
