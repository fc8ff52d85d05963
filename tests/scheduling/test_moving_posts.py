"""Posts get the local time that a person chose, whatever the clocks do, and whoever else moves them meanwhile."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from aipromote import clock
from aipromote.channels.models import SocialAccount
from aipromote.content import actions as content
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from aipromote.errors import AipromoteError, Conflict, InvalidInput, NotAllowed
from aipromote.organizations.states import Role
from aipromote.publishing import actions as publishing
from aipromote.publishing import queries as posts
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus
from aipromote.scheduling import actions
from aipromote.scheduling.judging import Target, judge_time
from aipromote.scheduling.slots import wall_clock
from factories import analytics, organizations
from factories import publishing as making

ZONES = ("Europe/Lisbon", "America/New_York")
FORWARD = {"Europe/Lisbon": date(2027, 3, 28), "America/New_York": date(2027, 3, 14)}
BACK = {"Europe/Lisbon": date(2027, 10, 31), "America/New_York": date(2027, 11, 7)}
SKIPPED = {"Europe/Lisbon": "01:30", "America/New_York": "02:30"}


@pytest.fixture(autouse=True)
def _winter(tmp_path: Path):
    """It is the first of February."""
    clock.Dial.create(tmp_path / "dial", start=datetime(2027, 2, 1, 12, 0, tzinfo=UTC))
    clock.use(tmp_path / "dial")
    yield
    clock.use(None)


async def _account(database: Database, startup: organizations.Startup, handle: str = "@kiln") -> SocialAccount:
    async with database.transaction(startup.id) as session:
        return await analytics.account(session, startup.id, platform=Platform.TWITTER, handle=handle)


async def _post(
    database: Database,
    startup: organizations.Startup,
    account: SocialAccount,
    at: datetime,
    status: PostStatus = PostStatus.SCHEDULED,
) -> ScheduledPost:
    async with database.transaction(startup.id) as session:
        return await analytics.post(session, account, at=at, status=status)


async def _move(
    database: Database, startup: organizations.Startup, post: ScheduledPost, local: str, **how: object
) -> ScheduledPost:
    async with database.transaction(startup.id) as session:
        return await actions.reschedule(
            session,
            startup.owner,
            organization_id=startup.id,
            post_id=post.id,
            local=datetime.fromisoformat(local),
            **how,
        )


async def _judge(database: Database, startup: organizations.Startup, post: ScheduledPost, local: str) -> Target:
    async with database.transaction(startup.id) as session:
        return await judge_time(
            session, organization_id=startup.id, post_id=post.id, local=datetime.fromisoformat(local)
        )


async def _at(database: Database, startup: organizations.Startup, post_id: UUID) -> datetime:
    async with database.transaction(startup.id) as session:
        return (await posts.post(session, organization_id=startup.id, post_id=post_id)).scheduled_at


@pytest.mark.parametrize("zone", ZONES)
async def test_a_post_that_is_moved_across_a_clock_change_keeps_the_local_time_that_was_dropped(
    database: Database, zone: str
) -> None:
    startup = await organizations.organization(database, time_zone=zone)
    post = await _post(database, startup, await _account(database, startup), datetime(2027, 2, 2, 15, 0, tzinfo=UTC))
    offsets = set()
    for change in (FORWARD[zone], BACK[zone]):
        for day in (change - timedelta(days=1), change, change + timedelta(days=1)):
            moved = await _move(database, startup, post, f"{day}T09:30", seen=post.scheduled_at)
            assert wall_clock(moved.scheduled_at, ZoneInfo(zone)) == datetime.fromisoformat(f"{day}T09:30")
            assert moved.local_time == datetime.fromisoformat(f"{day}T09:30")
            offsets.add(moved.scheduled_at.time())
            post = moved
    assert len(offsets) == 2, "the same local time is two times of day in UTC over a year"


@pytest.mark.parametrize("zone", ZONES)
async def test_many_posts_moved_by_days_keep_their_local_times(database: Database, zone: str) -> None:
    startup = await organizations.organization(database, time_zone=zone)
    account, before = await _account(database, startup), FORWARD[zone] - timedelta(days=3)
    start = datetime.combine(before, datetime.min.time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    made = [await _post(database, startup, account, start + timedelta(hours=hour)) for hour in (9, 12, 15)]
    async with database.transaction(startup.id) as session:
        done = await actions.move_by_days(
            session,
            startup.owner,
            organization_id=startup.id,
            seen={post.id: post.scheduled_at for post in made},
            days=7,
        )
    assert not done.refused
    local = sorted(wall_clock(post.scheduled_at, ZoneInfo(zone)) for post in done.done)
    assert local == [
        datetime.combine(before + timedelta(days=7), datetime.min.time().replace(hour=h)) for h in (9, 12, 15)
    ]
    assert {post.scheduled_at - timedelta(days=7) for post in done.done} != {post.scheduled_at for post in made}


@pytest.mark.parametrize("zone", ZONES)
async def test_a_time_that_the_clocks_skip_is_moved_with_a_sentence_and_one_that_comes_twice_is_the_first(
    database: Database, zone: str
) -> None:
    startup = await organizations.organization(database, time_zone=zone)
    post = await _post(database, startup, await _account(database, startup), datetime(2027, 2, 2, 15, 0, tzinfo=UTC))
    skipped = await _judge(database, startup, post, f"{FORWARD[zone]}T{SKIPPED[zone]}")
    assert skipped.refusal is None
    assert any(f"skip {SKIPPED[zone]}" in note for note in skipped.notes)
    twice = f"{BACK[zone]}T01:30"
    judged = await _judge(database, startup, post, twice)
    assert any("first" in note for note in judged.notes)
    first = await _move(database, startup, post, twice)
    assert first.scheduled_at == judged.at
    second = await _move(database, startup, first, twice, second=True)
    assert second.scheduled_at - first.scheduled_at == timedelta(hours=1)


async def test_of_two_who_move_a_post_at_once_one_is_told_and_nothing_is_lost(database: Database) -> None:
    startup = await organizations.organization(database)
    seen = datetime(2027, 2, 3, 9, 0, tzinfo=UTC)
    post = await _post(database, startup, await _account(database, startup), seen)
    tries = [_move(database, startup, post, f"2027-02-1{day}T10:00", seen=seen) for day in range(4)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    moved = [one for one in results if isinstance(one, ScheduledPost)]
    told = [one for one in results if isinstance(one, Conflict)]
    assert (len(moved), len(told)) == (1, 3)
    assert all("Somebody else" in one.message for one in told)
    assert await _at(database, startup, post.id) == moved[0].scheduled_at


async def test_a_move_does_not_take_back_what_somebody_sent_now_meanwhile(database: Database) -> None:
    startup = await organizations.organization(database)
    seen = datetime(2027, 2, 3, 9, 0, tzinfo=UTC)
    post = await _post(database, startup, await _account(database, startup), seen)
    mine = {"organization_id": startup.id, "post_id": post.id}
    async with database.transaction(startup.id) as session:
        await posts.post(session, **mine)
        mover = asyncio.create_task(_move(database, startup, post, "2027-02-10T10:00", seen=seen))
        await publishing.publish_now(session, startup.owner, **mine)
        await asyncio.sleep(0.3)  # by now the other one has read the old time, and waits for the row
    with pytest.raises(Conflict):
        await mover
    assert await _at(database, startup, post.id) < seen


async def test_a_post_that_is_being_published_is_not_moved_and_the_reason_is_said_before_and_after(
    database: Database,
) -> None:
    startup = await organizations.organization(database)
    post = await _post(database, startup, await _account(database, startup), datetime(2027, 2, 1, 11, 59, tzinfo=UTC))
    async with database.transaction(startup.id) as session:
        row = await posts.post(session, organization_id=startup.id, post_id=post.id)
        row.status, row.claimed_by = PostStatus.PUBLISHING, "worker"
        row.claimed_until = clock.now() + timedelta(minutes=1)
    judged = await _judge(database, startup, post, "2027-02-10T10:00")
    assert judged.refusal is not None
    assert "being sent right now" in judged.refusal
    with pytest.raises(Conflict, match="being sent right now"):
        await _move(database, startup, post, "2027-02-10T10:00", seen=post.scheduled_at)


async def test_what_speaks_against_a_time_is_said_before_a_post_is_moved_there(database: Database) -> None:
    startup = await organizations.organization(database)  # Berlin
    kiln, other = await _account(database, startup), await _account(database, startup, "@loaf")
    await _post(database, startup, kiln, datetime(2027, 2, 3, 9, 0, tzinfo=UTC))
    post = await _post(database, startup, kiln, datetime(2027, 2, 4, 9, 0, tzinfo=UTC))
    elsewhere = await _post(database, startup, other, datetime(2027, 2, 5, 9, 0, tzinfo=UTC))
    near = await _judge(database, startup, post, "2027-02-03T10:40")
    assert near.refusal is None
    assert "Only 40 minutes from another post of @kiln, at 10:00" in near.cautions[0]
    assert "from another post of yours" in (await _judge(database, startup, elsewhere, "2027-02-03T10:03")).cautions[0]
    assert "at night" in (await _judge(database, startup, post, "2027-02-06T03:00")).cautions[0]
    assert "has passed" in str((await _judge(database, startup, post, "2027-02-01T12:59")).refusal)
    assert (await _judge(database, startup, post, "2027-02-06T10:00")).cautions == ()
    same = await _judge(database, startup, elsewhere, "2027-02-03T10:00")
    moved = await _move(database, startup, elsewhere, "2027-02-03T10:00")
    assert (same.at, same.local.minute) == (moved.scheduled_at, 1)


async def test_of_many_posts_those_that_cannot_be_changed_are_told_and_the_others_are_done(database: Database) -> None:
    startup = await organizations.organization(database)
    account, at = await _account(database, startup), datetime(2027, 2, 3, 9, 0, tzinfo=UTC)
    made = [await _post(database, startup, account, at + timedelta(hours=3 * number)) for number in range(3)]
    out = await _post(database, startup, account, at - timedelta(days=5), PostStatus.PUBLISHED)
    await _move(database, startup, made[2], "2027-02-20T10:00")
    seen = {post.id: post.scheduled_at for post in (*made, out)}
    async with database.transaction(startup.id) as session:
        done = await actions.cancel_many(session, startup.owner, organization_id=startup.id, seen=seen)
    assert {post.id for post in done.done} == {made[0].id, made[1].id}
    assert "Somebody else moved" in done.refused[made[2].id]
    assert "published already" in done.refused[out.id]
    viewer = await organizations.member(database, startup, role=Role.VIEWER)
    async with database.transaction(startup.id) as session:
        with pytest.raises(NotAllowed):
            await actions.move_by_days(session, viewer, organization_id=startup.id, seen=seen, days=1)


@pytest.mark.parametrize("days", [0, 367, -367])
async def test_so_many_days_are_refused(database: Database, days: int) -> None:
    startup = await organizations.organization(database)
    async with database.transaction(startup.id) as session:
        with pytest.raises(InvalidInput):
            await actions.move_by_days(session, startup.owner, organization_id=startup.id, seen={}, days=days)


async def test_a_piece_without_a_time_is_planned_for_another_day_once_and_only_to_come(database: Database) -> None:
    startup = await organizations.organization(database)
    piece = await making.piece(database, startup, planned_for=date(2027, 2, 3))

    async def plan(day: date, seen: date | None = None) -> AipromoteError | date | None:
        try:
            async with database.transaction(startup.id) as session:
                done = await content.plan_for(
                    session, startup.owner, organization_id=startup.id, piece_id=piece.id, day=day, seen=seen
                )
                return done.planned_for
        except AipromoteError as refused:
            return refused

    seen = date(2027, 2, 3)
    results = await asyncio.gather(*(plan(date(2027, 2, 10 + number), seen) for number in range(3)))
    assert sorted(type(one).__name__ for one in results) == ["Conflict", "Conflict", "date"]
    assert isinstance(await plan(date(2027, 1, 31)), InvalidInput)
    assert isinstance(await plan(date(2127, 1, 31)), InvalidInput)
