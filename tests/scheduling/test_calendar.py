"""Approved pieces get their times; what is edited, put away or cancelled does not go out."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from aipromote import clock
from aipromote.accounts.actor import SYSTEM, Actor
from aipromote.channels.models import SocialAccount
from aipromote.content import queries as pieces
from aipromote.content.models import ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from aipromote.errors import Conflict, InvalidInput, NotAllowed, StaleRevision
from aipromote.organizations.states import Role
from aipromote.publishing import actions as publishing
from aipromote.publishing import queries as posts
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus
from aipromote.scheduling import actions, queries
from factories import content, organizations, strategy

MONDAY = strategy.START
CLAIM = "We are 40 % faster than every other bakery."


def at_home(text: str) -> datetime:
    """A time on the clocks of the organization."""
    return datetime.fromisoformat(text)


@pytest.fixture(autouse=True)
def _sunday_before(tmp_path: Path):
    """It is the Sunday before the plan begins."""
    clock.Dial.create(tmp_path / "dial", start=datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
    clock.use(tmp_path / "dial")
    yield
    clock.use(None)


async def _startup(database: Database, *, connected: bool = True, **changes: object) -> organizations.Startup:
    startup = await organizations.organization(database, **changes)
    await strategy.active(database, startup)
    if connected:
        await _connect(database, startup)
    return startup


async def _connect(database: Database, startup: organizations.Startup) -> None:
    account = SocialAccount(
        organization_id=startup.id,
        id=new_id(),
        platform=Platform.TWITTER,
        connector="sandbox",
        server="http://127.0.0.1:9",
        handle="kornblume",
        account_id="1",
    )
    account.access_token = "token"
    async with database.transaction(startup.id) as session:
        session.add(account)


async def _approve(
    database: Database, startup: organizations.Startup, *rows: ContentPiece, actor: Actor | None = None
) -> actions.Result:
    async with database.transaction(startup.id) as session:
        return await actions.approve_and_schedule(
            session, actor or startup.owner, organization_id=startup.id, piece_ids=[row.id for row in rows]
        )


async def _scheduled(database: Database, startup: organizations.Startup) -> tuple[ContentPiece, ScheduledPost]:
    piece = await content.piece(database, startup)
    result = await _approve(database, startup, piece)
    return piece, result.scheduled[0]


async def _status(database: Database, startup: organizations.Startup, piece: ContentPiece) -> ContentStatus:
    async with database.transaction(startup.id) as session:
        return (await pieces.piece(session, organization_id=startup.id, piece_id=piece.id)).status


async def _posts(database: Database, startup: organizations.Startup, piece: ContentPiece) -> list[PostStatus]:
    async with database.transaction(startup.id) as session:
        rows = await posts.posts_of_piece(session, organization_id=startup.id, piece_id=piece.id)
        return [row.status for row in rows]


async def test_a_week_is_approved_and_scheduled_in_one_act(database: Database) -> None:
    startup = await _startup(database)
    days = [MONDAY, MONDAY + timedelta(days=2), MONDAY + timedelta(days=4)]
    rows = [await content.piece(database, startup, planned_for=day, slot_key=f"{day}/TWITTER/0") for day in days]
    bad = await content.piece(database, startup, body=CLAIM, hook="")
    result = await _approve(database, startup, *rows, bad)
    assert [post.local_time.date() for post in result.scheduled if post.local_time] == days
    assert {post.time_zone for post in result.scheduled} == {"Europe/Berlin"}
    assert all(time(9) <= post.local_time.time() < time(12) for post in result.scheduled if post.local_time)
    assert [(held.piece_id, held.title) for held in result.held_back] == [(bad.id, CLAIM)]
    assert result.moved == {}
    assert {await _status(database, startup, row) for row in rows} == {ContentStatus.SCHEDULED}
    async with database.transaction(startup.id) as session:
        week = await queries.week(session, organization_id=startup.id, monday=MONDAY)
        after = await queries.week(session, organization_id=startup.id, monday=MONDAY + timedelta(days=7))
    assert [post.id for post in week.posts] == [post.id for post in result.scheduled]
    assert week.pieces.keys() == {row.id for row in (*rows, bad)}
    assert not after.posts


async def test_approving_again_schedules_nothing_twice(database: Database) -> None:
    startup = await _startup(database)
    piece, _ = await _scheduled(database, startup)
    again = await _approve(database, startup, piece)
    assert (again.scheduled, [held.reason for held in again.held_back]) == ([], ["It is scheduled already."])
    assert await _posts(database, startup, piece) == [PostStatus.SCHEDULED]


async def test_two_who_approve_at_once_do_not_choose_the_same_time(database: Database) -> None:
    startup = await _startup(database)
    rows = [await content.piece(database, startup, slot_key=f"{MONDAY}/TWITTER/{n}") for n in range(4)]
    results = await asyncio.gather(*(_approve(database, startup, row) for row in rows))
    at = sorted(result.scheduled[0].scheduled_at for result in results)
    assert min(after - before for before, after in pairwise(at)) >= timedelta(hours=2)
    assert sum(len(result.moved) for result in results) >= 1, "one window has no room for four"


async def test_the_same_piece_approved_by_two_at_once_has_one_post(database: Database) -> None:
    startup = await _startup(database)
    piece = await content.piece(database, startup)
    results = await asyncio.gather(*(_approve(database, startup, piece) for _ in range(3)))
    assert sorted(len(result.scheduled) for result in results) == [0, 0, 1]
    assert await _posts(database, startup, piece) == [PostStatus.SCHEDULED]


async def test_without_an_account_or_an_approval_nothing_gets_a_time(database: Database) -> None:
    startup = await _startup(database, connected=False)
    approved, waiting = await content.approved(database, startup), await content.piece(database, startup)
    async with database.transaction(startup.id) as session:
        result = await actions.schedule_approved(
            session, startup.owner, organization_id=startup.id, piece_ids=[approved.id, waiting.id]
        )
    assert {held.piece_id: held.reason for held in result.held_back} == {
        approved.id: "No X account is connected.",
        waiting.id: "Nobody has approved this text.",
    }
    await _connect(database, startup)
    async with database.transaction(startup.id) as session:
        assert len(await actions.plan(session, startup.owner, organization_id=startup.id, piece_ids=[approved.id])) == 1


async def test_the_product_schedules_only_what_the_organization_lets_out_without_a_person(database: Database) -> None:
    manual, auto = await _startup(database), await _startup(database, approval="auto")
    held = await content.piece(database, manual)
    assert [one.reason for one in (await _approve(database, manual, held, actor=SYSTEM)).held_back] == [
        "A person approves every post here."
    ]
    assert await _posts(database, manual, held) == []
    free = await content.piece(database, auto)
    assert len((await _approve(database, auto, free, actor=SYSTEM)).scheduled) == 1


async def test_viewers_schedule_nothing(database: Database) -> None:
    startup = await _startup(database)
    viewer = await organizations.member(database, startup, role=Role.VIEWER)
    piece = await content.approved(database, startup)
    with pytest.raises(NotAllowed):
        await _approve(database, startup, piece, actor=viewer)


async def test_an_edited_text_takes_its_post_out_of_the_calendar(database: Database) -> None:
    startup = await _startup(database)
    piece, _ = await _scheduled(database, startup)
    edit = {"organization_id": startup.id, "piece_id": piece.id}
    async with database.transaction(startup.id) as session:
        with pytest.raises(StaleRevision):
            await actions.edit_piece(session, startup.owner, **edit, body="New.", based_on=7)
        same = await actions.edit_piece(session, startup.owner, **edit, body=piece.body, based_on=1)
        assert same.status is ContentStatus.SCHEDULED
        named = {"title": piece.title or "", "parts": piece.parts}
        same = await actions.edit_piece(session, startup.owner, **edit, body=piece.body, based_on=1, **named)
        assert same.status is ContentStatus.SCHEDULED
        edited = await actions.edit_piece(session, startup.owner, **edit, body="New words.", based_on=1)
    assert (edited.revision, edited.status) == (2, ContentStatus.PENDING_REVIEW)
    assert await _posts(database, startup, piece) == [PostStatus.CANCELLED]
    again = await _approve(database, startup, piece)
    assert [post.revision for post in again.scheduled] == [2]


async def test_archiving_and_asking_for_changes_cancel_what_was_to_go_out(database: Database) -> None:
    startup = await _startup(database)
    first, _ = await _scheduled(database, startup)
    second, _ = await _scheduled(database, startup)
    async with database.transaction(startup.id) as session:
        gone = await actions.archive_piece(session, startup.owner, organization_id=startup.id, piece_id=first.id)
        back = await actions.ask_changes(
            session, startup.owner, organization_id=startup.id, piece_id=second.id, revision=1, note="Warmer."
        )
    assert (gone.status, back.status) == (ContentStatus.ARCHIVED, ContentStatus.DRAFT)
    for piece in (first, second):
        assert await _posts(database, startup, piece) == [PostStatus.CANCELLED]


async def test_a_cancelled_post_leaves_the_piece_approved_and_its_time_free(database: Database) -> None:
    startup = await _startup(database)
    piece, post = await _scheduled(database, startup)
    async with database.transaction(startup.id) as session:
        await actions.cancel(session, startup.owner, organization_id=startup.id, post_id=post.id)
    assert await _status(database, startup, piece) is ContentStatus.APPROVED
    again = await _approve(database, startup, piece)
    assert [one.scheduled_at for one in again.scheduled] == [post.scheduled_at]


async def _move(
    database: Database, startup: organizations.Startup, post: ScheduledPost, local: datetime
) -> ScheduledPost:
    async with database.transaction(startup.id) as session:
        return await actions.reschedule(
            session, startup.owner, organization_id=startup.id, post_id=post.id, local=local
        )


async def test_a_person_moves_a_post_to_a_time_on_their_own_clock(database: Database) -> None:
    startup = await _startup(database)
    _, first = await _scheduled(database, startup)
    _, second = await _scheduled(database, startup)
    moved = await _move(database, startup, first, at_home("2026-12-01 15:30"))
    assert (moved.scheduled_at, moved.time_zone) == (datetime(2026, 12, 1, 14, 30, tzinfo=UTC), "Europe/Berlin")
    beside = await _move(database, startup, second, at_home("2026-12-01 15:30"))
    assert beside.local_time == at_home("2026-12-01 15:31"), "never within the same minute"
    again = await _move(database, startup, moved, at_home("2026-12-01 15:30"))
    assert again.local_time == at_home("2026-12-01 15:30"), "a post is not in its own way"
    with pytest.raises(InvalidInput, match="passed"):
        await _move(database, startup, first, at_home("2026-11-22 12:59"))
    skipped = await _move(database, startup, first, at_home("2027-03-28 02:30"))
    assert skipped.local_time == at_home("2027-03-28 03:30")


async def _good_until(database: Database, startup: organizations.Startup, piece: ContentPiece, until: datetime) -> None:
    async with database.transaction(startup.id) as session:
        row = await pieces.piece(session, organization_id=startup.id, piece_id=piece.id)
        row.expires_at = until


async def test_a_post_cannot_be_moved_beyond_the_time_until_which_its_text_is_good(database: Database) -> None:
    startup = await _startup(database)
    piece, post = await _scheduled(database, startup)
    await _good_until(database, startup, piece, datetime(2026, 12, 1, 8, 0, tzinfo=UTC))
    with pytest.raises(InvalidInput, match=r"good until Tue 1 Dec, 09:00 \(Berlin\).* Choose a time before") as refused:
        await _move(database, startup, post, at_home("2026-12-01 09:00"))
    assert refused.value.field == "scheduled_at"
    moved = await _move(database, startup, post, at_home("2026-12-01 08:59"))
    assert moved.local_time == at_home("2026-12-01 08:59")


async def test_a_text_that_is_not_good_any_more_is_refused_in_words_whatever_way_it_shall_go(
    database: Database,
) -> None:
    startup = await _startup(database)
    piece, post = await _scheduled(database, startup)
    other = await content.approved(database, startup)
    mine = {"organization_id": startup.id}
    async with database.transaction(startup.id) as session:
        await actions.cancel(session, startup.owner, **mine, post_id=post.id)
    for one in (piece, other):
        await _good_until(database, startup, one, datetime(2026, 11, 22, 11, 0, tzinfo=UTC))
    for one in (piece, other):
        async with database.transaction(startup.id) as session:
            with pytest.raises(Conflict, match="only good until Sun 22 Nov, 12:00"):
                await actions.publish_piece_now(session, startup.owner, **mine, piece_id=one.id)
    async with database.transaction(startup.id) as session:
        with pytest.raises(Conflict, match="write a new one"):
            await publishing.publish_now(session, startup.owner, **mine, post_id=post.id)


async def test_a_piece_that_gets_no_time_before_it_ends_is_held_back_and_the_others_are_scheduled(
    database: Database,
) -> None:
    startup = await _startup(database)
    short, long = await content.piece(database, startup), await content.piece(database, startup)
    await _good_until(database, startup, short, datetime(2026, 11, 22, 13, 0, tzinfo=UTC))
    result = await _approve(database, startup, short, long)
    assert [one.content_piece_id for one in result.scheduled] == [long.id]
    assert [(one.piece_id, one.reason) for one in result.held_back] == [
        (short.id, "It is only good until Sunday, 22 November, 14:00, and no free time is left before that.")
    ]


async def test_publishing_a_piece_now_twice_makes_one_post(database: Database) -> None:
    startup = await _startup(database)
    piece, waiting = await content.approved(database, startup), await content.piece(database, startup)
    for _ in range(2):
        async with database.transaction(startup.id) as session:
            post = await actions.publish_piece_now(
                session, startup.owner, organization_id=startup.id, piece_id=piece.id
            )
        assert post.scheduled_at <= clock.now()
    assert await _posts(database, startup, piece) == [PostStatus.SCHEDULED]
    async with database.transaction(startup.id) as session:
        with pytest.raises(Conflict, match="Only an approved text"):
            await actions.publish_piece_now(session, startup.owner, organization_id=startup.id, piece_id=waiting.id)


async def test_a_piece_whose_day_has_passed_goes_to_the_next_free_day_with_a_reason(database: Database) -> None:
    startup = await _startup(database)
    piece = await content.piece(database, startup, planned_for=date(2026, 11, 20))
    result = await _approve(database, startup, piece)
    (post,) = result.scheduled
    assert post.scheduled_at > clock.now()
    assert result.moved == {post.id: "Moved from Friday, 20 November: its day has passed."}
