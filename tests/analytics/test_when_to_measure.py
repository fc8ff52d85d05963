"""What the look for due captures finds, and what a post remembers for it."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import text

from aipromote import clock
from aipromote.analytics.jobs import SLOTS
from aipromote.analytics.queries import pending_captures
from aipromote.db.database import Database
from aipromote.publishing.models import ScheduledPost
from factories import analytics, organizations
from factories.organizations import Startup

_DUE = "SELECT id, slot FROM doors.due_captures($1, $2, 1000) ORDER BY slot"


@pytest.fixture
async def made(database: Database) -> Startup:
    return await organizations.organization(database)


async def test_a_post_that_goes_out_is_to_be_measured_an_hour_later(
    database: Database, made: Startup, owner: asyncpg.Connection
) -> None:
    at = clock.now() - timedelta(days=8)
    async with database.transaction(made.id) as session:
        account = await analytics.account(session, made.id)
        post = await analytics.post(session, account, at=at)
        await session.execute(text("UPDATE scheduled_posts SET next_capture_at = NULL, status = status"))
    assert await owner.fetch(_DUE, clock.now(), list(SLOTS)) == []
    async with owner.transaction():  # as if it was being sent by a release that knows nothing of the column
        await owner.execute("SET LOCAL session_replication_role = replica")
        await owner.execute(
            "UPDATE scheduled_posts "
            "SET status = 'PUBLISHING', published_at = NULL, claimed_by = 'w', claimed_until = now()"
        )
    await owner.execute(
        "UPDATE scheduled_posts SET status = 'PUBLISHED', published_at = $1, claimed_by = NULL, claimed_until = NULL",
        at,
    )
    assert [tuple(row) for row in await owner.fetch(_DUE, clock.now(), list(SLOTS))] == [
        (post.id, slot) for slot in SLOTS
    ]


async def test_each_measurement_leads_to_the_next_and_the_last_to_none(
    database: Database, made: Startup, owner: asyncpg.Connection
) -> None:
    at = clock.now() - timedelta(days=8)
    async with database.transaction(made.id) as session:
        account = await analytics.account(session, made.id)
        post = await analytics.post(session, account, at=at)
    expected = {86_400: SLOTS[0], 3600: SLOTS[2], 604_800: SLOTS[2], 259_200: None}  # in any order
    for slot, following in expected.items():
        async with database.transaction(made.id) as session:
            await analytics.measure(session, post, account, slots=[slot], likes=1)
            row = await session.get_one(ScheduledPost, (made.id, post.id), populate_existing=True)
            assert row.next_capture_at == (None if following is None else at + timedelta(seconds=following)), slot
        async with database.transaction() as session:
            due = {one.pointer.slot for one in await pending_captures(session, limit=10)}
        assert due == {later for later in SLOTS if later not in list(expected)[: list(expected).index(slot) + 1]}


async def test_what_could_not_be_measured_is_left_a_week_after_its_last_slot(
    database: Database, made: Startup, owner: asyncpg.Connection
) -> None:
    async with database.transaction(made.id) as session:
        account = await analytics.account(session, made.id)
        await analytics.post(session, account, at=clock.now() - timedelta(days=15))
        young = await analytics.post(session, account, at=clock.now() - timedelta(days=13))
    due = await owner.fetch(_DUE, clock.now(), list(SLOTS))
    assert {row["id"] for row in due} == {young.id}
