"""Gains by day add up to the newest value, whatever came in which order, and stay when the snapshots are gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.analytics import actions, days, queries
from aipromote.analytics.models import DayGain
from aipromote.analytics.rows import Measurement
from aipromote.analytics.states import MetricType
from aipromote.channels.models import SocialAccount
from aipromote.db.database import Database, set_tenants
from aipromote.documents.vocabulary import Platform
from aipromote.errors import Conflict
from aipromote.organizations.models import Organization
from aipromote.publishing.models import ScheduledPost
from factories import analytics, organizations

BERLIN = ZoneInfo("Europe/Berlin")
BORN = datetime(2026, 3, 27, 20, tzinfo=UTC)  # the clocks of Berlin change two days later
HOUR = timedelta(hours=1)
ALL = {"start": date(2026, 1, 1), "end": date(2027, 1, 1)}


@dataclass
class World:
    session: AsyncSession
    account: SocialAccount
    posts: list[ScheduledPost]

    @property
    def organization_id(self):
        return self.account.organization_id

    def row(self, which: int = 0, *, slot: int, late: float = 0, **counters: int | None) -> Measurement:
        """A reading of a post at this age in hours, taken so many hours late."""
        post = self.posts[which]
        at = post.published_at + slot * HOUR
        return Measurement(
            organization_id=post.organization_id,
            scheduled_post_id=post.id,
            content_piece_id=post.content_piece_id,
            social_account_id=post.social_account_id,
            platform=self.account.platform,
            metric_type=MetricType.ENGAGEMENT,
            period_start=post.published_at,
            collected_at=at,
            measured_at=at + late * HOUR,
            **counters,
        )

    async def take(self, *rows: Measurement) -> actions.Ingested:
        return await actions.ingest(self.session, rows=rows)

    async def gains(self, which: int = 0, counter: str = "impressions") -> dict[date, int | None]:
        mine = select(DayGain.day, getattr(DayGain, counter)).where(
            DayGain.organization_id == self.organization_id, DayGain.scheduled_post_id == self.posts[which].id
        )
        return {row.day: row[1] for row in await self.session.execute(mine.order_by(DayGain.day))}

    async def newest(self, which: int = 0):
        return await queries.newest(self.session, organization_id=self.organization_id, post_id=self.posts[which].id)


@pytest.fixture
async def world(database: Database, session: AsyncSession) -> AsyncIterator[World]:
    startup = await organizations.organization(database)
    async with database.transaction() as other:
        await actions.ensure_partitions(other, first=BORN.date(), last=date(2026, 5, 1))
    await set_tenants(session, [startup.id])
    account = await analytics.account(session, startup.id)
    posts = [await analytics.post(session, account, at=BORN + n * HOUR) for n in range(2)]
    return World(session, account, posts)


READINGS = st.lists(
    st.tuples(
        st.integers(0, 1),  # which post
        st.sampled_from((1, 2, 24, 30, 72, 168)),  # the slot, in hours of age
        st.integers(0, 60),  # how many hours late
        st.none() | st.integers(0, 100),  # impressions, which may go down
        st.none() | st.integers(0, 100),  # likes
    ),
    max_size=12,
)


def _expected(kept: dict[tuple[int, int], tuple[datetime, int | None]], which: int) -> dict[date, int | None]:
    """The definition, in plain Python: in the order of measuring, each reported value minus the one before."""
    gains: dict[date, int | None] = {}
    known = 0
    for (post, _), (measured, value) in sorted(kept.items(), key=lambda item: (item[1][0], item[0][1])):
        if post != which:
            continue
        day = measured.astimezone(BERLIN).date()
        gains.setdefault(day, None)
        if value is not None:
            gains[day] = (gains[day] or 0) + value - known
            known = value
    return gains


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(readings=READINGS, cuts=st.sets(st.integers(1, 11)), closed=st.none() | st.integers(0, 9))
async def test_the_days_are_the_same_in_whatever_order_and_batches_readings_come(
    world: World, readings: list[tuple[int, int, int, int | None, int | None]], cuts: set[int], closed: int | None
) -> None:
    await analytics.forget(world.session, world.organization_id)
    kept: dict[str, dict[tuple[int, int], tuple[datetime, int | None]]] = {"impressions": {}, "likes": {}}
    rows = []
    for which, slot, late, impressions, likes in readings:
        row = world.row(which, slot=slot, late=late, impressions=impressions, likes=likes)
        rows.append(row)
        for counter, value in (("impressions", impressions), ("likes", likes)):
            if (which, slot) not in kept[counter] or kept[counter][which, slot][0] <= row.measured_at:
                kept[counter][which, slot] = (row.measured_at, value)
    edges = [0, *sorted(cut for cut in cuts if cut < len(rows)), len(rows)]
    for start, end in pairwise(edges):
        await world.take(*rows[start:end])
    if closed is not None:  # and when the plan has let the oldest go, and the rest is counted once more
        day = BORN.date() + timedelta(days=closed)
        at = datetime.combine(day, datetime.min.time(), BERLIN).astimezone(UTC)
        await actions.close(world.session, organization_id=world.organization_id, at=at, day=day)
        await actions.forget(world.session, organization_id=world.organization_id, limit=100)
        await actions.recount(world.session, organization_id=world.organization_id)
        await world.take(*(row for row in rows if row.measured_at >= at))
    for which in (0, 1):
        for counter, of in kept.items():
            gains = await world.gains(which, counter)
            assert gains == _expected(of, which)
            last = [
                value
                for _, (_, value) in sorted(
                    ((m, s), (p, v)) for (p, s), (m, v) in of.items() if p == which and v is not None
                )
            ]
            assert sum(gain for gain in gains.values() if gain is not None) == (last[-1] if last else 0)


async def test_a_counter_that_goes_down_makes_a_negative_gain(world: World) -> None:
    await world.take(world.row(slot=1, impressions=50), world.row(slot=24, impressions=40))
    assert list((await world.gains()).values()) == [50, -10]


async def test_what_was_not_reported_is_no_gain_of_zero(world: World) -> None:
    await world.take(world.row(slot=1, saves=3), world.row(slot=24), world.row(slot=72, saves=5))
    assert list((await world.gains(counter="saves")).values()) == [3, None, 2]
    assert list((await world.gains()).values()) == [None, None, None]
    sums = await days.totals(world.session, organization_id=world.organization_id, **ALL)
    assert (sums["saves"].total, sums["saves"].posts) == (5, 1)
    assert (sums["impressions"].total, sums["impressions"].posts) == (None, 0)


async def test_a_day_is_the_organizations_own(world: World) -> None:
    evening = 22 - BORN.hour + 24  # 22:30 UTC the day after: half past midnight in Berlin, before the clocks change
    await world.take(world.row(slot=1, impressions=1), world.row(slot=evening, late=1.5, impressions=4))
    assert list(await world.gains()) == [date(2026, 3, 27), date(2026, 3, 29)]


async def test_days_are_counted_again_where_the_organization_moved(world: World) -> None:
    await world.take(world.row(slot=3, impressions=1), world.row(slot=24, impressions=4))
    assert list(await world.gains()) == [date(2026, 3, 28)]
    mine = Organization.id == world.organization_id
    await world.session.execute(update(Organization).where(mine).values(time_zone="America/Los_Angeles"))
    await actions.recount(world.session, organization_id=world.organization_id)
    assert await world.gains() == {date(2026, 3, 27): 1, date(2026, 3, 28): 3}


async def test_a_late_snapshot_never_replaces_a_newer_one(world: World) -> None:
    await world.take(world.row(slot=72, impressions=30))
    done = await world.take(world.row(slot=24, impressions=10))
    assert (done.inserted, done.updated) == (1, 0)
    assert (await world.newest()).impressions == 30
    assert list((await world.gains()).values()) == [10, 20]
    again = await world.take(world.row(slot=72, late=1, impressions=33))
    assert (again.inserted, again.updated) == (0, 1)
    assert (await world.newest()).impressions == 33
    stale = await world.take(world.row(slot=72, impressions=30))
    assert (stale.inserted, stale.updated, stale.unchanged) == (0, 0, 1)


async def test_sums_by_day_network_and_pillar_agree(world: World) -> None:
    crafted = await analytics.post(world.session, world.account, at=BORN, pillar="Craft")
    world.posts.append(crafted)
    await world.take(*(world.row(which, slot=slot, impressions=slot) for which in range(3) for slot in (1, 24)))
    found = await days.daily(world.session, organization_id=world.organization_id, **ALL)
    assert [(one.day, one.platform, one.posts, one["impressions"].total) for one in found] == [
        (date(2026, 3, 27), Platform.LINKEDIN, 3, 3),
        (date(2026, 3, 28), Platform.LINKEDIN, 3, 69),
    ]
    assert (await days.totals(world.session, organization_id=world.organization_id, **ALL))["impressions"].total == 72
    elsewhere = await days.totals(
        world.session, organization_id=world.organization_id, platform=Platform.TWITTER, **ALL
    )
    assert (elsewhere.posts, elsewhere["impressions"].total) == (0, None)
    by_pillar = await days.by_pillar(world.session, organization_id=world.organization_id, **ALL)
    assert {name: gains["impressions"].total for name, gains in by_pillar.items()} == {"Craft": 24, None: 48}
    await world.take(world.row(0, slot=30, impressions=30)._replace(content_piece_id=None))
    whole = await days.by_pillar(world.session, organization_id=world.organization_id, **ALL)
    assert sum(gains["impressions"].total for gains in whole.values()) == 78, "also what is of no piece that is known"


async def test_a_reading_from_before_its_slot_is_refused(world: World) -> None:
    with pytest.raises(Conflict, match="not in this order"):
        await world.take(world.row(slot=24, late=-1))
