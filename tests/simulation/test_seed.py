"""The sample data: whole, once, owed nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta

import asyncpg
import pytest
from sqlalchemy import select, text

from aipromote import clock, schema
from aipromote.accounts.actions import sign_in
from aipromote.accounts.queries import user
from aipromote.accounts.states import UserRole
from aipromote.analytics.jobs import SLOTS
from aipromote.analytics.models import Snapshot
from aipromote.coach.models import WeeklySummary
from aipromote.content.models import ContentPiece, Series
from aipromote.content.states import ContentStatus
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus
from aipromote.sandbox import engagement
from aipromote.simulation.sample import people
from aipromote.simulation.sample.results import subject
from aipromote.simulation.seed import ORGANIZATION, SeedResult, plant
from aipromote.strategy import queries as strategies


async def _plant() -> SeedResult:
    database = Database.from_settings("tests")
    try:
        return await plant(database)
    finally:
        await database.close()


async def _uproot(owner_url: str) -> None:
    connection = await asyncpg.connect(owner_url)
    await connection.execute("DELETE FROM users")
    await connection.close()


@pytest.fixture(scope="module")
def planted(owner_url: str) -> Iterator[SeedResult]:
    """The sample, planted once for all tests here, which only read."""
    yield asyncio.run(_plant())
    asyncio.run(_uproot(owner_url))


@pytest.fixture
async def sample(planted: SeedResult) -> AsyncIterator[Database]:
    """The application's database with the sample in it."""
    database = Database.from_settings("tests")
    yield database
    await database.close()


async def _owed(sample: Database, at: datetime) -> Counter[str]:
    """What the doors would hand to workers at that time."""
    doors = {
        "posts": ("doors.due_posts(:at, 1000)", {"at": at}),
        "requests": ("doors.owed_requests(:at, 1000)", {"at": at}),
        "captures": ("doors.due_captures(:at, :slots, 1000)", {"at": at, "slots": list(SLOTS)}),
        "messages": ("doors.owed_notifications(1000)", {}),
        "placements": ("doors.owed_placements(:at, '{}', 1000)", {"at": at}),
        "summaries": ("doors.owed_summaries(:at, 1000)", {"at": at}),
    }
    owed: Counter[str] = Counter()
    async with sample.transaction() as session:
        for name, (door, values) in doors.items():
            owed[name] = await session.scalar(text(f"SELECT count(*) FROM {door}"), values)
    return +owed


async def test_the_passwords_open_and_one_of_the_two_is_the_administrator(
    sample: Database, planted: SeedResult
) -> None:
    assert set(planted.passwords) == set(people.EMAILS)
    assert len(set(planted.passwords.values())) == 2
    async with sample.transaction() as session:
        roles = {
            email: (await user(session, user_id=(await sign_in(session, email=email, password=password)).user_id)).role
            for email, password in planted.passwords.items()
        }
    assert roles == {people.OWNER: UserRole.USER, people.ADMIN: UserRole.ADMIN}


async def test_nothing_is_owed_now_or_in_the_coming_month(sample: Database) -> None:
    for days in (0, 1, 7, 30):
        assert await _owed(sample, clock.now() + timedelta(days=days)) == {}, days


async def test_no_account_could_publish_anything(sample: Database, owner: asyncpg.Connection) -> None:
    rows = await owner.fetch("SELECT is_active, access_token, refresh_token, connector FROM social_accounts")
    assert {tuple(row) for row in rows} == {(False, None, None, "sandbox")}


async def test_pieces_and_posts_stand_in_every_settled_state_and_agree_with_each_other(sample: Database) -> None:
    async with sample.transaction(ORGANIZATION) as session:
        pieces = {piece.id: piece for piece in await session.scalars(select(ContentPiece))}
        posts = (await session.scalars(select(ScheduledPost))).all()
        series = (await session.scalars(select(Series))).one()
        plan = await strategies.active(session, organization_id=ORGANIZATION)
    assert plan is not None
    assert sum(plan.cadence.by_platform.values()) == plan.cadence.posts_per_week
    assert strategies.document(plan)
    assert {piece.status for piece in pieces.values()} == set(ContentStatus)
    assert {post.status for post in posts} == {
        PostStatus.PUBLISHED, PostStatus.FAILED, PostStatus.MISSED, PostStatus.CANCELLED, PostStatus.SCHEDULED,
    }  # fmt: skip
    out = [post for post in posts if post.status is PostStatus.PUBLISHED]
    assert {pieces[post.content_piece_id].status for post in out} == {ContentStatus.PUBLISHED}
    in_series = [pieces[post.content_piece_id].sequence_no for post in out if pieces[post.content_piece_id].series_id]
    assert series.published_posts == len(in_series) > 0


async def test_every_text_that_was_scheduled_was_approved_before_its_time(
    sample: Database, owner: asyncpg.Connection
) -> None:
    late = await owner.fetchval(
        "SELECT count(*) FROM scheduled_posts p LEFT JOIN approvals a ON a.organization_id = p.organization_id "
        "AND a.piece_id = p.content_piece_id AND a.revision = p.revision AND a.decision = 'APPROVED' "
        "AND a.decided_at < p.scheduled_at WHERE a.id IS NULL"
    )
    assert late == 0


async def test_the_numbers_are_those_of_the_sandbox_networks_audience(sample: Database) -> None:
    async with sample.transaction(ORGANIZATION) as session:
        snapshots = (await session.scalars(select(Snapshot))).all()
        posts = {post.id: post for post in await session.scalars(select(ScheduledPost))}
        pieces = {piece.id: piece for piece in await session.scalars(select(ContentPiece))}
        summaries = (await session.scalars(select(WeeklySummary))).all()
    published = [post for post in posts.values() if post.status is PostStatus.PUBLISHED]
    assert len(snapshots) == len(SLOTS) * len(published)
    for snapshot in snapshots:
        post = posts[snapshot.scheduled_post_id]
        counted = engagement.counters(subject(post, pieces[post.content_piece_id]), at=snapshot.measured_at)
        assert counted == {name: getattr(snapshot, name) for name in counted}
    assert sum(summary.total_posts for summary in summaries) == len(published)
    assert all("simulated" in summary.report_md for summary in summaries)


async def test_usage_counts_what_the_rows_show(sample: Database, owner: asyncpg.Connection) -> None:
    counted = await owner.fetchrow("SELECT sum(posts_generated) AS written, sum(posts_published) AS out FROM usage")
    assert counted["written"] == await owner.fetchval(
        "SELECT count(*) FROM content_pieces WHERE generated_by IS NOT NULL"
    )
    assert counted["out"] == await owner.fetchval("SELECT count(*) FROM scheduled_posts WHERE status = 'PUBLISHED'")


async def test_the_sample_is_invisible_to_other_organizations(sample: Database) -> None:
    tenant = [name for name, table in schema.metadata.tables.items() if "organization_id" in table.c]
    for organizations, is_seen in (((), False), ((new_id(),), False), ((ORGANIZATION,), True)):
        async with sample.transaction(*organizations) as session:
            seen = {name: await session.scalar(text(f"SELECT count(*) FROM {name}")) for name in tenant}
        # Nobody is on the way, let in, or held up; no account was used, nothing looked ahead, and no model was asked.
        for empty in (
            "oauth_flows",
            "connect_choices",
            "network_apps",
            "api_keys",
            "invitations",
            "calendar_feeds",
            "publishing_holds",
            "review_links",
            "review_link_pieces",
            "account_paces",
            "account_looks",
            "post_forecasts",
            "post_preparations",
            "model_budgets",
            "model_calls",
            "strategy_origins",
            "strategy_changes",
            "feeds",
            "feed_items",
            "series_parts",
            "passage_vectors",
            "passage_indexes",
        ):
            assert seen.pop(empty) == 0
        assert all(seen.values()) if is_seen else not any(seen.values()), seen
