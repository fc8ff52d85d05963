"""Startups for load tests: as many as asked for, consistent, once."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipromote import clock, schema
from aipromote.analytics.jobs import SLOTS
from aipromote.content import queries as content
from aipromote.db.database import Database
from aipromote.errors import Conflict
from aipromote.publishing import queries as publishing
from aipromote.simulation.scale.loading import LOADED, Loaded, load
from aipromote.simulation.scale.shape import Shape, Startup, batches, skewed
from aipromote.strategy import queries as strategies

SIZES = [300, 40, 7, 2, 1]
FIRST, SECOND = (Startup(number, SIZES[number], 1) for number in (0, 1))


@pytest.fixture
async def loaded(database: Database, owner_url: str) -> Loaded:
    return await load(owner_url, _shape())


def _shape(now: datetime | None = None) -> Shape:
    return Shape(SIZES, 400, now or clock.now())


async def _rows(owner: asyncpg.Connection) -> dict[str, int]:
    return {name: await owner.fetchval(f"SELECT count(*) FROM {name}") for name in LOADED}


@given(st.integers(1, 400), st.integers(0, 100_000))
def test_sizes_add_up_and_fall(organizations: int, posts: int) -> None:
    sizes = skewed(organizations, posts)
    assert len(sizes) == organizations
    assert sum(sizes) == max(posts, organizations)
    assert min(sizes) >= 1
    assert sizes == sorted(sizes, reverse=True)


@given(st.lists(st.integers(1, 50), max_size=60), st.integers(1, 60))
def test_batches_hold_everybody_and_no_more_than_fit(sizes: list[int], most: int) -> None:
    startups = [Startup(number, posts, 1) for number, posts in enumerate(sizes)]
    groups = batches(startups, most=most)
    assert [startup for group in groups for startup in group] == startups
    assert all(len(group) == 1 or sum(one.posts for one in group) <= most for group in groups)


async def test_there_are_as_many_rows_as_it_says_and_a_second_time_adds_none(
    loaded: Loaded, owner: asyncpg.Connection, owner_url: str
) -> None:
    assert loaded.made == len(SIZES)
    assert loaded.rows == await _rows(owner)
    assert loaded.rows["scheduled_posts"] == sum(SIZES)
    assert loaded.rows["analytics"] == pytest.approx(400, rel=0.25)
    assert set(schema.FIFTEEN) == {name for name in schema.FIFTEEN if loaded.rows[name]}
    again = await load(owner_url, _shape(clock.now() + timedelta(days=3)))
    assert (again.made, again.found) == (0, len(SIZES))
    assert await _rows(owner) == loaded.rows


async def test_the_same_seed_makes_the_same_startup_in_whatever_company(
    loaded: Loaded, owner: asyncpg.Connection, owner_url: str
) -> None:
    texts = "SELECT body, status FROM content_pieces WHERE organization_id = $1 ORDER BY id"
    before = await owner.fetch(texts, SECOND.key())
    await owner.execute("DELETE FROM users")
    await load(owner_url, Shape(SIZES[:2], 400, clock.now()), workers=1)
    after = await owner.fetch(texts, SECOND.key())
    assert [row["body"] for row in before] == [row["body"] for row in after]


async def test_what_was_killed_leaves_whole_startups_only_and_is_made_up_for(
    database: Database, owner: asyncpg.Connection, owner_url: str
) -> None:
    """The second startup cannot be finished: its weeks are taken by a rule that nothing meets."""
    shape = _shape()
    await owner.execute(
        f"ALTER TABLE weekly_summaries ADD CONSTRAINT stop CHECK (organization_id <> '{SECOND.key()}') NOT VALID"
    )
    try:
        with pytest.raises(asyncpg.CheckViolationError, match="stop"):
            await load(owner_url, shape, workers=1, most=100)
    finally:
        await owner.execute("ALTER TABLE weekly_summaries DROP CONSTRAINT stop")
    kept = await owner.fetch("SELECT organization_id, count(*) FROM scheduled_posts GROUP BY 1")
    assert [tuple(row) for row in kept] == [(FIRST.key(), FIRST.posts)]
    assert (await load(owner_url, shape)).found == 1
    assert await owner.fetchval("SELECT count(*) FROM scheduled_posts") == sum(SIZES)


async def test_a_long_history_stands_behind_a_usual_present(
    database: Database, owner: asyncpg.Connection, owner_url: str
) -> None:
    now, years = clock.now(), timedelta(days=3 * 365)
    shape = Shape([60, 900], 1000, now, recent=60, reach=years)
    rows = (await load(owner_url, shape)).rows
    small, long = shape.startups()
    count = "SELECT count(*) FROM scheduled_posts WHERE organization_id = $1 AND scheduled_at BETWEEN $2 AND $3"
    since, until = now - shape.past, now + timedelta(days=31)
    assert await owner.fetchval(count, small.key(), since, until) == 60
    assert await owner.fetchval(count, long.key(), since, until) == pytest.approx(60, abs=4)
    assert await owner.fetchval(count, long.key(), now - years, since) == pytest.approx(840, abs=4)
    middle = now - years / 2
    assert await owner.fetchval(count, long.key(), now - years, middle) == pytest.approx(445, abs=20)
    assert rows["analytics"] == pytest.approx(1000, rel=0.25)
    wrong = {name: await owner.fetchval(sql) for name, sql in DISAGREEMENTS.items()}
    assert not any(wrong.values()), wrong


async def test_of_two_at_once_the_second_is_told(database: Database, owner_url: str) -> None:
    results = await asyncio.gather(*(load(owner_url, _shape()) for _ in range(2)), return_exceptions=True)
    assert {type(result) for result in results} == {Loaded, Conflict}


async def test_the_numbers_agree_with_the_rows(loaded: Loaded, owner: asyncpg.Connection) -> None:
    wrong = {name: await owner.fetchval(sql) for name, sql in DISAGREEMENTS.items()}
    assert not any(wrong.values()), wrong


async def test_nothing_is_owed_but_what_comes_due(loaded: Loaded, owner: asyncpg.Connection) -> None:
    now = clock.now()
    assert await owner.fetchval("SELECT count(*) FROM doors.due_captures($1, $2, 1000)", now, list(SLOTS)) == 0
    assert await owner.fetchval("SELECT count(*) FROM doors.owed_summaries($1, 1000)", now) == 0
    assert await owner.fetchval("SELECT count(*) FROM doors.due_posts($1, 1000)", now) == 0
    long_ago = now - timedelta(days=100)
    assert await owner.fetchval("SELECT count(*) FROM doors.uncounted_posts($1, $2, 1000)", long_ago, now) == 0
    later = await owner.fetchval("SELECT count(*) FROM doors.due_posts($1, 1000)", now + timedelta(days=31))
    assert later == await owner.fetchval(
        "SELECT count(*) FROM scheduled_posts WHERE status IN ('SCHEDULED', 'RETRYING')"
    )


async def test_no_account_of_it_could_publish(loaded: Loaded, owner: asyncpg.Connection) -> None:
    rows = await owner.fetch("SELECT DISTINCT is_active, access_token FROM social_accounts")
    assert [tuple(row) for row in rows] == [(False, None)]


async def test_the_product_reads_it_as_its_own(loaded: Loaded, database: Database) -> None:
    mine = {"organization_id": FIRST.key()}
    async with database.transaction(FIRST.key()) as session:
        plan = await strategies.active(session, **mine)
        assert plan is not None
        assert strategies.document(plan)
        pieces = await content.pieces(session, **mine, limit=1000)
        start, end = clock.now() - timedelta(days=60), clock.now() + timedelta(days=31)
        posts = await publishing.posts_between(session, **mine, start=start, end=end)
    assert (len(pieces), len(posts)) == (FIRST.pieces, FIRST.posts)


DISAGREEMENTS = {
    "usage": """
        SELECT count(*) FROM organizations o
          JOIN LATERAL (SELECT sum(posts_generated) AS written, sum(posts_published) AS out
                          FROM usage u WHERE u.user_id = o.owner_id) u ON true
         WHERE u.written <> (SELECT count(*) FROM content_pieces p WHERE p.organization_id = o.id)
            OR u.out <> (SELECT count(*) FROM scheduled_posts p
                          WHERE p.organization_id = o.id AND p.status = 'PUBLISHED')""",
    "series": """
        SELECT count(*) FROM series s WHERE s.total_posts = 0 OR s.published_posts <> (
            SELECT count(*) FROM content_pieces p
             WHERE p.organization_id = s.organization_id AND p.series_id = s.id AND p.status = 'PUBLISHED')""",
    "pieces that show something else than their posts": """
        SELECT count(*) FROM content_pieces p JOIN (
            SELECT organization_id, content_piece_id AS id, bool_or(status IN ('SCHEDULED', 'RETRYING', 'UNCONFIRMED'))
                   AS is_open, bool_or(status IN ('FAILED', 'MISSED')) AS failed, min(published_at) AS out
              FROM scheduled_posts GROUP BY 1, 2) q USING (organization_id, id)
         WHERE p.status <> (CASE WHEN q.is_open THEN 'SCHEDULED' WHEN q.failed THEN 'FAILED'
                                 WHEN q.out IS NOT NULL THEN 'PUBLISHED' ELSE 'APPROVED' END)::content_status
            OR p.published_at IS DISTINCT FROM q.out""",
    "scheduled texts without an approval before their time": """
        SELECT count(*) FROM scheduled_posts p WHERE NOT EXISTS (
            SELECT 1 FROM approvals a WHERE a.organization_id = p.organization_id AND a.piece_id = p.content_piece_id
               AND a.revision = p.revision AND a.decision = 'APPROVED' AND a.decided_at < p.scheduled_at)""",
    "posts on accounts of another network": """
        SELECT count(*) FROM scheduled_posts p JOIN content_pieces c
            ON c.organization_id = p.organization_id AND c.id = p.content_piece_id
          JOIN social_accounts a ON a.organization_id = p.organization_id AND a.id = p.social_account_id
         WHERE a.platform <> c.platform""",
    "attempts": """
        SELECT count(*) FROM scheduled_posts p WHERE p.attempt_count <> (
            SELECT count(*) FROM publish_attempts a
             WHERE a.organization_id = p.organization_id AND a.scheduled_post_id = p.id)""",
    "counters that fall": """
        SELECT count(*) FROM analytics a JOIN analytics b USING (organization_id, scheduled_post_id)
         WHERE b.collected_at > a.collected_at AND (b.impressions < a.impressions OR b.likes < a.likes)""",
    "published posts without a snapshot that is due": """
        SELECT count(*) FROM scheduled_posts p WHERE p.published_at < now() - interval '2 hours' AND NOT EXISTS (
            SELECT 1 FROM analytics a WHERE a.organization_id = p.organization_id AND a.scheduled_post_id = p.id)""",
    "newest numbers": """
        SELECT count(*) FROM (
            SELECT DISTINCT ON (organization_id, scheduled_post_id) organization_id, scheduled_post_id, impressions,
                   likes
              FROM analytics ORDER BY organization_id, scheduled_post_id, measured_at DESC) a
          FULL JOIN analytics_latest l USING (organization_id, scheduled_post_id)
         WHERE (a.impressions, a.likes) IS DISTINCT FROM (l.impressions, l.likes)""",
    "gains by day": """
        SELECT count(*) FROM analytics_latest l FULL JOIN (
            SELECT organization_id, scheduled_post_id, sum(impressions) AS impressions, sum(clicks) AS clicks
              FROM analytics_daily GROUP BY 1, 2) d USING (organization_id, scheduled_post_id)
         WHERE (l.impressions, l.clicks) IS DISTINCT FROM (d.impressions, d.clicks)""",
    "weeks": """
        SELECT count(*) FROM weekly_summaries s JOIN organizations o ON o.id = s.organization_id
         WHERE s.total_posts <> (
            SELECT count(*) FROM scheduled_posts p WHERE p.organization_id = o.id AND p.status = 'PUBLISHED'
               AND (p.published_at AT TIME ZONE o.time_zone)::date BETWEEN s.week_start AND s.week_end)""",
    "accounts": """
        SELECT count(*) FROM social_accounts a WHERE coalesce(a.posts, 0) <> (
            SELECT count(*) FROM scheduled_posts p WHERE p.organization_id = a.organization_id
               AND p.social_account_id = a.id AND p.status = 'PUBLISHED')""",
}
"""By what they are about: how many rows say something else than the rows they speak of."""
