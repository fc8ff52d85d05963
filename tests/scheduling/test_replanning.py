"""When another plan becomes active, only what is not out follows it, nothing is moved unseen, and nothing is lost."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from aipromote import clock
from aipromote.brand import actions as brand
from aipromote.channels.models import SocialAccount
from aipromote.content import actions as content
from aipromote.content import queries as pieces
from aipromote.content.models import ContentPiece
from aipromote.content.places import places
from aipromote.content.states import ContentStatus
from aipromote.db.database import Database
from aipromote.documents.strategy import SkeletonSlot, StrategyDocument
from aipromote.documents.vocabulary import Platform
from aipromote.errors import Conflict, NotAllowed, NotFound
from aipromote.organizations.states import Role
from aipromote.publishing import actions as publishing
from aipromote.publishing import queries as posts
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus
from aipromote.scheduling import actions, standing
from aipromote.scheduling.actions import Replanned
from aipromote.scheduling.replanning import Fate, Text, judge
from aipromote.strategy import actions as strategies
from aipromote.strategy.models import AIStrategy
from factories import organizations, strategy
from factories.content import post_draft
from factories.organizations import Startup
from publishing.race import Race

pytest_plugins = ("publishing.conftest",)
START = date(2026, 5, 4)  # the Monday that the scene stands at
PLAN = strategy.document(start=START, platform="SANDBOX")
KEYS = [place.key for place in places(PLAN.calendar_skeleton)]


def _changed(**slots: dict[str, Any]) -> StrategyDocument:
    """The plan with other values in the slots of these days (`d2026_05_11`)."""
    values = PLAN.model_dump()
    values["calendar_skeleton"] = [
        slot | slots.get(f"d{slot['date']:%Y_%m_%d}", {}) for slot in values["calendar_skeleton"]
    ]
    return StrategyDocument.model_validate(values)


class Calendar:
    """A startup that goes by a plan, with texts for some of its places."""

    def __init__(self, database: Database, startup: Startup, account: SocialAccount) -> None:
        self.database, self.startup, self.account = database, startup, account
        self.mine: dict[str, Any] = {"organization_id": startup.id}

    async def go_by(self, plan: StrategyDocument) -> AIStrategy:
        """As a person's click does."""
        row = await strategy.proposed(self.database, self.startup, plan=plan)
        return await self.accept(row.id)

    async def accept(self, strategy_id: UUID) -> AIStrategy:
        async with self.database.transaction(self.startup.id) as session:
            row = await strategies.accept(session, self.startup.owner, **self.mine, strategy_id=strategy_id)
            await actions.follow_plan(session, self.startup.owner, **self.mine)
            return row

    async def text(self, plan: AIStrategy, number: int, *, approved: bool = False) -> ContentPiece:
        """For the nth place."""
        place = places(plan.calendar_skeleton)[number]
        draft = post_draft(platform=Platform.SANDBOX, pillar=place.slot.pillar, theme=place.slot.theme)
        async with self.database.transaction(self.startup.id) as session:
            rows = await content.ensure_pillars(session, **self.mine, strategy=plan)
            piece = await content.draft(
                session,
                **self.mine,
                strategy_id=plan.id,
                slot_key=place.key,
                draft=draft,
                planned_for=place.slot.date,
                pillar_id=rows[place.slot.pillar].id,
            )
            if approved:
                await content.approve(session, self.startup.owner, **self.mine, piece_id=piece.id, revision=1)
            return piece

    async def post(self, piece: ContentPiece, *, days: int = 7) -> ScheduledPost:
        async with self.database.transaction(self.startup.id) as session:
            now = await pieces.piece(session, **self.mine, piece_id=piece.id)
            at = clock.now() + timedelta(days=days)
            return await publishing.schedule_post(
                session, self.startup.owner, **self.mine, piece=now, account_id=self.account.id, scheduled_at=at
            )

    async def replan(self, **options: Any) -> dict[UUID, Replanned]:
        async with self.database.transaction(self.startup.id) as session:
            rows = await actions.replan(session, self.startup.owner, **self.mine, **options)
        return {row.piece.id: row for row in rows}

    async def now(self, piece: ContentPiece) -> ContentPiece:
        async with self.database.transaction(self.startup.id) as session:
            return await pieces.piece(session, **self.mine, piece_id=piece.id)

    async def post_now(self, post: ScheduledPost) -> ScheduledPost:
        async with self.database.transaction(self.startup.id) as session:
            return await posts.post(session, **self.mine, post_id=post.id)


@pytest.fixture
async def calendar(race: Race) -> Calendar:
    startup = race.scene.startup
    async with race.scene.database.transaction(startup.id) as session:
        brief = startup.organization.brief
        await brand.adopt_brief(session, startup.owner, organization_id=startup.id, brief=brief)
    return Calendar(race.scene.database, startup, race.scene.account)


def _place(piece: ContentPiece) -> tuple[UUID | None, str | None, date | None]:
    return piece.strategy_id, piece.slot_key, piece.planned_for


async def test_a_text_whose_place_is_the_same_goes_on_in_the_new_plan(calendar: Calendar) -> None:
    first = await calendar.go_by(PLAN)
    draft, approved = await calendar.text(first, 3), await calendar.text(first, 4, approved=True)
    post = await calendar.post(approved)
    second = await calendar.go_by(_changed(d2026_05_04={"theme": "Sourdough"}))
    for piece in (draft, approved):
        assert _place(await calendar.now(piece)) == (second.id, piece.slot_key, piece.planned_for)
    assert (await calendar.post_now(post)).scheduled_at == post.scheduled_at
    assert await calendar.replan(preview=True) == {}
    await calendar.accept(first.id)  # a roll-back takes them along
    assert (await calendar.now(draft)).strategy_id == first.id


async def test_a_pillar_by_another_name_loses_no_text(calendar: Calendar) -> None:
    first = await calendar.go_by(PLAN)
    draft = await calendar.text(first, 3)
    values = PLAN.model_dump()
    values["content_pillars"][0]["name"] = "Loaves"
    for slot in values["calendar_skeleton"]:
        slot["pillar"] = slot["pillar"].replace("Bread", "Loaves")
    second = await calendar.go_by(StrategyDocument.model_validate(values))
    assert (await calendar.now(draft)).strategy_id == second.id
    async with calendar.database.transaction(calendar.startup.id) as session:
        names = {row.id: row.name for row in await pieces.pillars(session, **calendar.mine, active_only=True)}
    assert names[(await calendar.now(draft)).pillar_id] == "Loaves"


async def test_a_preview_changes_nothing_and_the_act_does_what_it_said(calendar: Calendar) -> None:
    first = await calendar.go_by(PLAN)
    gone, moved = await calendar.text(first, 3), await calendar.text(first, 4)
    kept_by_name = await calendar.text(first, 6, approved=True)
    day = places(first.calendar_skeleton)[4].slot.date
    second = await calendar.go_by(
        _changed(d2026_05_11={"theme": "Sourdough"}, d2026_05_13={"date": day + timedelta(days=1)},
                 d2026_05_18={"pillar": "Grain"})
    )  # fmt: skip
    told = await calendar.replan(preview=True)
    assert {key: (row.fate, row.needs_person, row.to) for key, row in told.items()} == {
        gone.id: (Fate.ARCHIVE, False, None),
        moved.id: (Fate.MOVE, False, day + timedelta(days=1)),
        kept_by_name.id: (Fate.ARCHIVE, True, None),
    }
    for piece in (gone, moved, kept_by_name):
        assert (await calendar.now(piece)).strategy_id == first.id
    done = await calendar.replan(preview=False)
    assert {key: row.done for key, row in done.items()} == {gone.id: True, moved.id: True, kept_by_name.id: False}
    assert (await calendar.now(gone)).status is ContentStatus.ARCHIVED
    assert _place(await calendar.now(moved)) == (
        second.id,
        f"{day + timedelta(days=1)}/SANDBOX/0",
        day + timedelta(days=1),
    )
    assert (await calendar.now(kept_by_name)).status is ContentStatus.APPROVED
    again = await calendar.replan(preview=False)
    assert list(again) == [kept_by_name.id]
    await calendar.replan(preview=False, chosen=[kept_by_name.id])
    assert (await calendar.now(kept_by_name)).status is ContentStatus.ARCHIVED
    assert await calendar.replan(preview=False, everything=True) == {}


async def test_what_is_in_the_calendar_moves_or_goes_only_when_a_person_says_so(calendar: Calendar) -> None:
    first = await calendar.go_by(PLAN)
    moved, gone = await calendar.text(first, 4, approved=True), await calendar.text(first, 6, approved=True)
    first_post, second_post = await calendar.post(moved, days=9), await calendar.post(gone, days=14)
    day = places(first.calendar_skeleton)[4].slot.date + timedelta(days=1)
    await calendar.go_by(_changed(d2026_05_13={"date": day}, d2026_05_18={"pillar": "Grain"}))
    told = await calendar.replan(preview=False)
    assert {key: (row.fate, row.needs_person, row.done) for key, row in told.items()} == {
        moved.id: (Fate.MOVE, True, False),
        gone.id: (Fate.ARCHIVE, True, False),
    }
    assert (await calendar.post_now(first_post)).scheduled_at == first_post.scheduled_at
    assert (await calendar.post_now(second_post)).status is PostStatus.SCHEDULED
    await calendar.replan(preview=False, everything=True)
    there = await calendar.post_now(first_post)
    assert (there.status, there.local_time) == (
        PostStatus.SCHEDULED,
        datetime.combine(day, (first_post.scheduled_at + timedelta(hours=2)).time()),
    )
    assert (await calendar.now(moved)).planned_for == day
    assert (await calendar.post_now(second_post)).status is PostStatus.CANCELLED
    assert (await calendar.now(gone)).status is ContentStatus.ARCHIVED


async def test_what_was_archived_comes_back_on_demand_and_stays(calendar: Calendar) -> None:
    first = await calendar.go_by(PLAN)
    gone = await calendar.text(first, 3)
    await calendar.go_by(_changed(d2026_05_11={"theme": "Sourdough"}))
    await calendar.replan(preview=False)
    async with calendar.database.transaction(calendar.startup.id) as session:
        back = await content.restore(session, calendar.startup.owner, **calendar.mine, piece_id=gone.id)
        assert (back.status, back.body, back.revision) == (ContentStatus.PENDING_REVIEW, gone.body, gone.revision + 1)
    assert await calendar.replan(preview=False, everything=True) == {}
    async with calendar.database.transaction(calendar.startup.id) as session:
        with pytest.raises(Conflict, match="not archived"):
            await content.restore(session, calendar.startup.owner, **calendar.mine, piece_id=gone.id)


async def test_a_text_that_somebody_wrote_for_the_new_place_meanwhile_keeps_it(calendar: Calendar) -> None:
    first = await calendar.go_by(PLAN)
    old = await calendar.text(first, 4)
    day = places(first.calendar_skeleton)[4].slot.date + timedelta(days=1)
    second = await calendar.go_by(_changed(d2026_05_13={"date": day}))
    new = await calendar.text(second, 4)
    await calendar.replan(preview=False)
    assert (await calendar.now(new)).slot_key == f"{day}/SANDBOX/0"
    assert (await calendar.now(old)).status is ContentStatus.ARCHIVED


@pytest.mark.parametrize("point", ["claimed", "armed", "fired", "recorded"])
@pytest.mark.parametrize("gone", [True, False], ids=["cancel", "move"])
async def test_what_a_worker_is_sending_goes_out_once_and_the_rest_is_done(
    race: Race, calendar: Calendar, point: str, gone: bool
) -> None:
    first = await calendar.go_by(PLAN)
    sent, waits = await calendar.text(first, 4, approved=True), await calendar.text(first, 6, approved=True)
    draft = await calendar.text(first, 7)
    due = await calendar.post(sent, days=0)
    later = await calendar.post(waits, days=14)
    day = places(first.calendar_skeleton)[4].slot.date + timedelta(days=1)
    other: dict[str, Any] = {"theme": "Sourdough"} if gone else {"date": day}
    await calendar.go_by(_changed(d2026_05_13=other, d2026_05_18={"theme": "Ovens"}, d2026_05_20={"theme": "Ovens"}))
    race.scene.posts.append(due)
    async with race.worker(point) as worker:
        assert await worker.stand() == point
        told = await calendar.replan(preview=False, everything=True)
        await worker.through()
    if point == "recorded":
        assert sent.id not in told  # it is out, and nobody asks about it any more
    else:
        assert not told[sent.id].done
        assert "being sent right now" in (told[sent.id].problem or told[sent.id].why)
    assert told[waits.id].done
    assert told[draft.id].done
    await race.let_it_end()
    await race.is_true()
    assert (await calendar.post_now(due)).status is PostStatus.PUBLISHED
    assert (await calendar.now(sent)).status is ContentStatus.PUBLISHED
    assert (await calendar.post_now(later)).status is PostStatus.CANCELLED


async def test_a_worker_that_comes_while_it_is_cancelled_sends_nothing(race: Race, calendar: Calendar) -> None:
    first = await calendar.go_by(PLAN)
    gone = await calendar.text(first, 4, approved=True)
    due = await calendar.post(gone, days=0)
    await calendar.go_by(_changed(d2026_05_13={"theme": "Sourdough"}))
    race.scene.posts.append(due)
    async with race.rival.transaction(calendar.startup.id) as session:
        rows = await actions.replan(session, calendar.startup.owner, **calendar.mine, preview=False, everything=True)
        assert [row.done for row in rows] == [True]
        async with race.worker() as worker:
            await race.waits(worker.task, worker.name)
            await session.commit()
            await worker.through()
    assert await race.scene.received() == []
    assert (await calendar.post_now(due)).status is PostStatus.CANCELLED


async def test_what_went_out_after_it_was_looked_at_is_left_alone(race: Race, calendar: Calendar) -> None:
    first = await calendar.go_by(PLAN)
    sent = await calendar.text(first, 4, approved=True)
    due = await calendar.post(sent, days=0)
    await calendar.go_by(_changed(d2026_05_13={"theme": "Sourdough"}))
    race.scene.posts.append(due)
    async with calendar.database.transaction(calendar.startup.id) as session:
        found = await standing.texts(session, **calendar.mine)
        assert found is not None
        assert found.verdicts[sent.id].fate is Fate.ARCHIVE
        async with race.worker() as worker:
            await worker.through()
        await race.let_it_end()
        with pytest.raises(Conflict, match="cannot be stopped any more"):
            await standing.hold(session, found.posts[sent.id])
        with pytest.raises(Conflict, match="Somebody changed this text"):
            await standing.hold_text(session, found.pieces[sent.id])
    assert (await calendar.post_now(due)).status is PostStatus.PUBLISHED
    assert (await calendar.now(sent)).status is ContentStatus.PUBLISHED


async def test_a_text_that_was_edited_after_it_was_looked_at_is_left_alone(calendar: Calendar) -> None:
    first = await calendar.go_by(PLAN)
    text = await calendar.text(first, 4)
    await calendar.go_by(_changed(d2026_05_13={"theme": "Sourdough"}))
    async with calendar.database.transaction(calendar.startup.id) as session:
        found = await standing.texts(session, **calendar.mine)
        assert found is not None
        async with calendar.database.transaction(calendar.startup.id) as other:
            await content.edit(
                other, calendar.startup.owner, **calendar.mine, piece_id=text.id, body="Rye, and time.", based_on=1
            )
        with pytest.raises(Conflict, match="Somebody changed this text"):
            await standing.hold_text(session, found.pieces[text.id])
    assert (await calendar.now(text)).body == "Rye, and time."


async def test_an_editor_may_plan_anew_what_is_in_the_calendar_and_an_approver_only_looks(calendar: Calendar) -> None:
    editor = await organizations.member(calendar.database, calendar.startup, role=Role.EDITOR, name="Ed")
    approver = await organizations.member(calendar.database, calendar.startup, role=Role.APPROVER)
    first = await calendar.go_by(PLAN)
    draft, planned = await calendar.text(first, 3), await calendar.text(first, 4, approved=True)
    post = await calendar.post(planned, days=9)
    await calendar.go_by(_changed(d2026_05_11={"theme": "S"}, d2026_05_13={"theme": "S"}))
    async with calendar.database.transaction(calendar.startup.id) as session:
        assert len(await actions.replan(session, approver, **calendar.mine, preview=True)) == 2
        with pytest.raises(NotAllowed):
            await actions.replan(session, approver, **calendar.mine, preview=False, everything=True)
    assert (await calendar.now(draft)).status is ContentStatus.PENDING_REVIEW
    async with calendar.database.transaction(calendar.startup.id) as session:
        rows = await actions.replan(session, editor, **calendar.mine, preview=False)
    assert {row.piece.id: row.done for row in rows} == {draft.id: True, planned.id: False}, "that one was not chosen"
    assert (await calendar.post_now(post)).status is PostStatus.SCHEDULED
    async with calendar.database.transaction(calendar.startup.id) as session:
        rows = await actions.replan(session, editor, **calendar.mine, preview=False, chosen=[planned.id])
    assert [(row.done, row.problem) for row in rows] == [(True, None)]
    assert (await calendar.now(planned)).status is ContentStatus.ARCHIVED
    assert (await calendar.post_now(post)).status is PostStatus.CANCELLED


async def test_two_who_plan_anew_at_once_do_it_once(calendar: Calendar) -> None:
    first = await calendar.go_by(PLAN)
    texts = [await calendar.text(first, number) for number in (3, 4, 6)]
    await calendar.go_by(_changed(d2026_05_11={"theme": "S"}, d2026_05_13={"theme": "S"}, d2026_05_18={"theme": "S"}))
    both = await asyncio.gather(*(calendar.replan(preview=False) for _ in range(2)))
    assert sorted(len(one) for one in both) == [0, 3]
    assert {(await calendar.now(text)).status for text in texts} == {ContentStatus.ARCHIVED}


async def test_a_viewer_sees_what_would_become_and_does_nothing(calendar: Calendar) -> None:
    viewer = await organizations.member(calendar.database, calendar.startup, role=Role.VIEWER)
    async with calendar.database.transaction(calendar.startup.id) as session:
        with pytest.raises(NotFound, match="No strategy is active yet"):
            await actions.replan(session, viewer, **calendar.mine, preview=True)
    await calendar.go_by(PLAN)
    async with calendar.database.transaction(calendar.startup.id) as session:
        assert await actions.replan(session, viewer, **calendar.mine, preview=True) == []
        with pytest.raises(NotAllowed):
            await actions.replan(session, viewer, **calendar.mine, preview=False)


def _slot(day: int, theme: str = "Rye") -> SkeletonSlot:
    return SkeletonSlot(date=date(2026, 5, day), platform=Platform.TWITTER, pillar="Bread", theme=theme)


def test_no_place_is_given_twice_and_none_that_has_passed() -> None:
    texts = [Text(uuid4(), _slot(day), f"2026-05-{day:02}/TWITTER/0") for day in (4, 5, 6)]
    found = judge(
        texts,
        places([_slot(3), _slot(12), _slot(20), _slot(5)]),
        taken=["2026-05-20/TWITTER/0"],
        today=date(2026, 5, 4),
    )
    fates = [
        (found[text.piece_id].fate, place.slot.date.day if (place := found[text.piece_id].to) else None)
        for text in texts
    ]
    assert fates == [(Fate.MOVE, 12), (Fate.KEEP, 5), (Fate.ARCHIVE, None)]
