"""Sums are taken from one snapshot per post, whatever was collected how often and in which order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Select, text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.analytics import actions, queries
from aipromote.analytics.hooks import HookType, hook_type
from aipromote.analytics.jobs import SLOTS
from aipromote.analytics.totals import totals_by
from aipromote.channels.models import SocialAccount
from aipromote.connectors.contract import Metrics
from aipromote.db.database import Database, set_tenants
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus
from factories import analytics, organizations

BORN = datetime(2026, 3, 2, 9, tzinfo=UTC)
WHOLE = {"start": BORN - timedelta(days=1), "end": BORN + timedelta(days=30)}


@dataclass
class World:
    session: AsyncSession
    account: SocialAccount
    posts: list[ScheduledPost]

    @property
    def organization_id(self):
        return self.account.organization_id

    async def totals(self):
        return await queries.totals(self.session, organization_id=self.organization_id, **WHOLE)


@pytest.fixture
async def world(database: Database, session: AsyncSession) -> AsyncIterator[World]:
    startup = await organizations.organization(database)
    async with database.transaction() as other:  # committed: making one locks tables until the end of its transaction
        await actions.ensure_partition(other, day=BORN.date())
    await set_tenants(session, [startup.id])
    account = await analytics.account(session, startup.id)
    posts = [await analytics.post(session, account, at=BORN + timedelta(hours=n)) for n in range(3)]
    return World(session, account, posts)


COLLECTIONS = st.lists(
    st.tuples(
        st.integers(0, 2),  # which post
        st.sampled_from(SLOTS),
        st.integers(0, 20),  # how many hours late
        st.none() | st.integers(0, 1000),  # impressions
        st.none() | st.integers(0, 1000),  # likes
    ),
    max_size=14,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(collections=COLLECTIONS)
async def test_repeated_late_and_unordered_collections_change_sums_only_by_newer_values(
    world: World, collections: list[tuple[int, int, int, int | None, int | None]]
) -> None:
    await analytics.forget(world.session, world.organization_id)
    kept: dict[tuple[int, int], tuple[datetime, int | None, int | None]] = {}
    for which, slot, late, impressions, likes in collections:
        post = world.posts[which]
        measured = post.published_at + timedelta(seconds=slot, hours=late)
        metrics = Metrics(impressions=impressions, likes=likes)
        await actions.record(
            world.session, post=post, account=world.account, slot=slot, metrics=metrics, measured_at=measured
        )
        if (which, slot) not in kept or kept[which, slot][0] <= measured:
            kept[which, slot] = (measured, impressions, likes)
    newest = {}
    for (which, slot), values in sorted(kept.items(), key=lambda item: (item[1][0], item[0][1])):
        newest[which] = (slot, *values[1:])
    totals = await world.totals()
    assert totals.posts == 3
    assert totals.measured == len(newest)
    for name, position in (("impressions", 1), ("likes", 2)):
        reported = [values[position] for values in newest.values() if values[position] is not None]
        assert totals[name].posts == len(reported)
        assert totals[name].total == (sum(reported) if reported else None)


async def test_collecting_the_same_numbers_again_and_again_changes_nothing(world: World) -> None:
    for _ in range(3):
        await analytics.measure(world.session, world.posts[0], world.account, slots=SLOTS, impressions=100, likes=4)
    totals = await world.totals()
    assert totals["impressions"].total == 100
    assert totals["likes"].total == 4
    assert (
        len(await queries.history(world.session, organization_id=world.organization_id, post_id=world.posts[0].id)) == 4
    )


async def test_what_is_not_reported_is_missing_and_not_zero(world: World) -> None:
    await analytics.measure(world.session, world.posts[0], world.account, impressions=0, likes=0, saves=None)
    await analytics.measure(world.session, world.posts[1], world.account, impressions=50, likes=5, saves=None)
    totals = await world.totals()
    assert (totals["saves"].total, totals["saves"].posts) == (None, 0)
    assert (totals["likes"].total, totals["likes"].posts) == (5, 2)
    assert (totals.posts, totals.measured, totals.rated) == (3, 2, 1)
    assert totals.engagement_rate == pytest.approx(0.1)


async def test_rates_are_fractions_or_unknown(world: World) -> None:
    cases = [
        ({"impressions": 200, "likes": 3, "comments": 1, "clicks": 8}, 0.02, 0.04),
        ({"impressions": 0, "likes": 0, "clicks": 0}, None, None),
        ({"impressions": None, "likes": 3, "clicks": 1}, None, None),
        ({"impressions": 10, "likes": 11, "clicks": 10}, None, 1.0),
        ({"impressions": 10}, None, None),
    ]
    for counters, rate, ctr in cases:
        await analytics.forget(world.session, world.organization_id)
        await analytics.measure(world.session, world.posts[0], world.account, **counters)
        found = await queries.latest(world.session, organization_id=world.organization_id)
        snapshot = found[world.posts[0].id]
        assert (snapshot.engagement_rate, snapshot.ctr) == (
            None if rate is None else pytest.approx(rate),
            None if ctr is None else pytest.approx(ctr),
        )


async def test_a_late_collection_of_an_early_slot_counts_as_the_newest(world: World) -> None:
    post = world.posts[0]
    await analytics.measure(world.session, post, world.account, slots=[86_400], impressions=100)
    await analytics.measure(world.session, post, world.account, slots=[3600], late=30 * 3600, impressions=120)
    assert (await world.totals())["impressions"].total == 120
    at_one_day = await queries.results(world.session, organization_id=world.organization_id, slot=86_400)
    assert at_one_day[0].snapshot.impressions == 100
    at_one_hour = await queries.results(world.session, organization_id=world.organization_id, slot=3600)
    assert at_one_hour[0].snapshot is None, "measured too late to speak of its first hour"


async def test_only_published_posts_of_the_period_and_the_organization_count(world: World, database: Database) -> None:
    await analytics.post(world.session, world.account, at=BORN, status=PostStatus.FAILED)
    await analytics.post(world.session, world.account, at=WHOLE["end"])
    await analytics.measure(world.session, world.posts[2], world.account, impressions=7)
    stranger = await organizations.organization(database, name="Other")
    assert (await world.totals()).posts == 3
    assert (await queries.totals(world.session, organization_id=stranger.id, **WHOLE)).posts == 0
    only = await queries.latest(world.session, organization_id=world.organization_id, post_ids=[world.posts[0].id])
    assert only == {}


async def test_results_can_be_grouped_without_counting_a_post_twice(world: World) -> None:
    question = await analytics.post(world.session, world.account, at=BORN, text="\nWhy clay?\nBecause.", pillar="Craft")
    await analytics.measure(world.session, question, world.account, slots=SLOTS, impressions=10)
    results = await queries.results(world.session, organization_id=world.organization_id, **WHOLE)
    by_hook = totals_by(results, lambda result: result.hook)
    by_pillar = totals_by(results, lambda result: result.pillar)
    assert {hook: one.posts for hook, one in by_hook.items()} == {HookType.STATEMENT: 3, HookType.QUESTION: 1}
    assert by_hook[HookType.QUESTION]["impressions"].total == 10
    assert {name: one.posts for name, one in by_pillar.items()} == {None: 3, "Craft": 1}
    assert all(result.is_simulated for result in results)


async def _plan(session: AsyncSession, statement: Select[Any]) -> str:
    compiled = statement.compile(dialect=session.bind.dialect, compile_kwargs={"literal_binds": True})
    explained = text(f"EXPLAIN (COSTS OFF) {str(compiled).replace(':', chr(92) + ':')}")
    return "\n".join((await session.scalars(explained)).all())


async def test_the_newest_snapshot_of_a_post_is_one_probe_of_one_index(world: World) -> None:
    await world.session.execute(text("SET LOCAL enable_seqscan = off"))
    await world.session.execute(text("SET LOCAL enable_bitmapscan = off"))
    plan = await _plan(world.session, queries._newest_of(world.organization_id, world.posts[0].id))
    assert plan.count("Scan") == 1, plan
    assert "Index Scan using pk_analytics_latest on analytics_latest" in plan
    assert "Append" not in plan


async def test_results_never_look_into_the_months_for_the_newest(world: World) -> None:
    plan = await _plan(world.session, queries._published(world.organization_id, None))
    assert "analytics_latest" in plan
    assert "analytics_y" not in plan, plan


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Why clay?\nBecause.", HookType.QUESTION),
        ("\n\nWe fired 500 pots.", HookType.NUMBER),
        ("We fired pots.", HookType.FIRST_PERSON),
        ("Clay remembers.\nWhy? 5 reasons.", HookType.STATEMENT),
        ("Read https://kiln.example/?page=5 now", HookType.STATEMENT),
        ("", HookType.STATEMENT),
    ],
)
def test_the_first_line_tells_the_kind_of_opening(words: str, kind: HookType) -> None:
    assert hook_type(words) is kind
