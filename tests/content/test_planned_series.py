"""A series has as many parts as a brief truly fills, in sequence without gaps, on days that are free."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from aipromote import clock
from aipromote.ai.offline.articles import Desk
from aipromote.ai.offline.memory import similarity
from aipromote.ai.offline.packs import PACKS
from aipromote.ai.offline.series.parts import Part, write_part
from aipromote.ai.offline.series.templates import FEWEST, USUAL, Role, Template, offer
from aipromote.ai.offline.series.words import WORDS, words_for
from aipromote.connectors import limits
from aipromote.connectors.counting import fits
from aipromote.content import actions as content
from aipromote.content import queries as pieces_of
from aipromote.content.actions.mirroring import PostsOf, mirror_many
from aipromote.content.models import ContentPiece, Series
from aipromote.content.series import actions, queries
from aipromote.content.series.calendar import days
from aipromote.content.series.planning import plan, preview, templates
from aipromote.content.series.queries import PartAndPiece
from aipromote.content.series.writing import write_all
from aipromote.content.states import ContentStatus, SeriesStatus
from aipromote.db.database import Database
from aipromote.documents.facts import Fact, FactKind
from aipromote.documents.vocabulary import Platform
from aipromote.errors import Conflict, InvalidInput, NotAllowed
from aipromote.organizations.states import Role as Membership
from factories import organizations, strategy

RICH: dict[str, object] = {
    "icp": {
        "pain_points": ["Good bread is gone by noon", "Nobody says what is in the dough", "Delivery comes by car"],
        "jobs_to_be_done": ["have breakfast ready without leaving the house", "know which grain agrees with you"],
    },
    "positioning": {
        "usp": "Bread that was in the field last summer",
        "differentiators": [
            "Grain from farms nearby",
            "Baked at night and brought by bicycle",
            "Every sack has a name",
        ],
    },
    "founders": [{"name": "Ada Brot", "role": "Baker", "bio": "Learned to bake in Lyon. Came back for the rye."}],
}
START = clock.now().date() + timedelta(days=3)


async def _ready(database: Database, **changes: object) -> organizations.Startup:
    startup = await organizations.organization(database, **{**RICH, **changes})
    await strategy.active(database, startup)
    return startup


async def _plan(database: Database, startup: organizations.Startup, **changes: Any) -> Series:
    values: dict[str, Any] = {
        "template": Template.LESSONS, "platform": Platform.LINKEDIN, "start": START, "weekdays": {START.weekday()},
    }  # fmt: skip
    async with database.transaction(startup.id) as session:
        return await plan(session, startup.owner, organization_id=startup.id, **(values | changes))


async def _parts(database: Database, startup: organizations.Startup, series_id: UUID) -> list[PartAndPiece]:
    async with database.transaction(startup.id) as session:
        return await queries.parts(session, organization_id=startup.id, series_id=series_id)


async def _series(database: Database, startup: organizations.Startup, series_id: UUID) -> Series:
    async with database.transaction(startup.id) as session:
        return await queries.one(session, organization_id=startup.id, series_id=series_id)


async def test_a_series_has_as_many_parts_as_the_brief_fills_and_says_what_is_missing(database: Database) -> None:
    startup = await _ready(database)
    async with database.transaction(startup.id) as session:
        offered = {one.offer.template: one for one in await templates(session, organization_id=startup.id)}
    lessons = offered[Template.LESSONS].offer
    assert len(lessons.ideas) == 10
    assert lessons.missing == ()
    assert lessons.ideas[0].role is Role.WHY
    stories = offered[Template.CUSTOMER_STORIES].offer
    assert not stories.is_possible
    assert "facts about customers" in stories.missing[0]
    with pytest.raises(Conflict, match="facts about customers, with a source"):
        await _plan(database, startup, template=Template.CUSTOMER_STORIES)
    known = " ".join(
        (str(RICH), startup.organization.brief.description, "We baked 12,000 loaves in 2025", "Ada Brot, Baker")
    )
    for one in offered.values():
        for idea in one.offer.ideas:
            assert all(word.strip(".:,'").lower() in known.lower() for word in idea.lead.split()), idea.lead


async def test_parts_of_two_weeks_are_written_at_once_and_later_ones_by_and_by(database: Database) -> None:
    startup = await _ready(database)
    series = await _plan(database, startup, parts=5)
    parts = await _parts(database, startup, series.id)
    assert [one.part.number for one in parts] == [1, 2, 3, 4, 5]
    assert [(one.part.planned_for - START).days for one in parts] == [0, 7, 14, 21, 28]
    written = [one for one in parts if one.piece is not None]
    assert [one.part.number for one in written] == [1, 2]
    for one in written:
        assert one.piece is not None
        assert one.piece.sequence_no == one.part.number
        assert one.piece.status is ContentStatus.PENDING_REVIEW
        assert f"{one.part.number}/5" in one.piece.body
        assert one.part.lead in one.piece.body
        assert one.piece.planned_for == one.part.planned_for
        async with database.transaction(startup.id) as session:
            assert not any(found.severity == "block" for found in await pieces_of.findings_for(session, one.piece))
    assert await write_all(database) == 0, "nothing is due yet"
    await _shift(database, startup, -14)
    assert sum(await asyncio.gather(write_all(database), write_all(database))) == 2
    numbers = [one.piece.sequence_no for one in await _parts(database, startup, series.id) if one.piece]
    assert numbers == [1, 2, 3, 4]


async def _shift(database: Database, startup: organizations.Startup, by: int) -> None:
    """As if days had gone by: the parts' days move instead of the clock."""
    async with database.transaction(startup.id) as session:
        await session.execute(text(f"UPDATE series_parts SET planned_for = planned_for + ({by})"))


async def test_a_day_that_is_taken_is_shown_and_avoided(database: Database) -> None:
    startup = await _ready(database)
    async with database.transaction(startup.id) as session:
        await content.new_piece(
            session, startup.owner, organization_id=startup.id, platform=Platform.LINKEDIN, body="Rye day.",
            planned_for=START,
        )  # fmt: skip
        await content.new_piece(
            session, startup.owner, organization_id=startup.id, platform=Platform.TWITTER, body="Else.",
            planned_for=START + timedelta(days=7),
        )  # fmt: skip
        shown = await preview(
            session, organization_id=startup.id, template=Template.BEHIND, platform=Platform.LINKEDIN, start=START,
            weekdays=[START.weekday()], parts=3,
        )  # fmt: skip
    first, second, _ = shown.parts
    assert (first.day.day, first.day.instead_of) == (START + timedelta(days=1), START)
    assert "Rye day." in first.day.occupied_by
    assert (second.day.day, second.day.instead_of) == (START + timedelta(days=7), None)
    one = await _plan(database, startup, template=Template.BEHIND, parts=3)
    other = await _plan(database, startup, template=Template.BEHIND, parts=3)
    assert one.name != other.name
    mine = {part.part.planned_for for part in await _parts(database, startup, one.id)}
    assert mine.isdisjoint(part.part.planned_for for part in await _parts(database, startup, other.id))


async def test_two_plans_at_once_take_different_days(database: Database) -> None:
    startup = await _ready(database)
    both = await asyncio.gather(
        _plan(database, startup, template=Template.BEHIND), _plan(database, startup, template=Template.QUESTIONS)
    )
    taken = [part.part.planned_for for one in both for part in await _parts(database, startup, one.id)]
    assert len(taken) == len(set(taken))


async def test_a_series_rests_and_goes_on_without_losing_a_part(database: Database) -> None:
    startup = await _ready(database)
    series = await _plan(database, startup, parts=4)
    async with database.transaction(startup.id) as session:
        _, scheduled = await actions.pause(session, startup.owner, organization_id=startup.id, series_id=series.id)
    assert scheduled == []
    await _shift(database, startup, -30)
    assert await write_all(database) == 0
    async with database.transaction(startup.id) as session:
        await actions.resume(session, startup.owner, organization_id=startup.id, series_id=series.id)
    parts = await _parts(database, startup, series.id)
    today = clock.now().date()
    moved = [one.part.planned_for for one in parts[2:]]
    assert all(day >= today - timedelta(days=1) for day in moved)
    assert (moved[1] - moved[0]).days == 7
    assert parts[2].piece is not None
    async with database.transaction(startup.id) as session:
        await actions.cancel(session, startup.owner, organization_id=startup.id, series_id=series.id)
        with pytest.raises(Conflict, match="cancelled"):
            await actions.resume(session, startup.owner, organization_id=startup.id, series_id=series.id)


async def _publish(database: Database, startup: organizations.Startup, piece: ContentPiece) -> None:
    async with database.transaction(startup.id) as session:
        await session.execute(text("UPDATE content_pieces SET status = 'APPROVED' WHERE id = :id"), {"id": piece.id})
        await session.execute(
            text("UPDATE content_pieces SET status = 'SCHEDULED', scheduled_at = now() WHERE id = :id"),
            {"id": piece.id},
        )


async def test_a_series_is_complete_with_its_last_part_and_not_before(database: Database) -> None:
    startup = await _ready(database)
    for in_bulk in (False, True):
        series = await _plan(database, startup, parts=2, platform=Platform.BLUESKY if in_bulk else Platform.MASTODON)
        for number, one in enumerate(await _parts(database, startup, series.id), 1):
            assert one.piece is not None
            await _publish(database, startup, one.piece)
            async with database.transaction(startup.id) as session:
                if in_bulk:
                    await mirror_many(session, {(startup.id, one.piece.id): PostsOf({"PUBLISHED"})})
                else:
                    await content.mirror(
                        session, organization_id=startup.id, piece_id=one.piece.id, statuses={"PUBLISHED"}
                    )
            found = await _series(database, startup, series.id)
            assert found.published_posts == number
            assert found.status is (SeriesStatus.COMPLETED if number == 2 else SeriesStatus.ACTIVE)


async def test_scheduled_parts_are_named_when_a_series_ends(database: Database) -> None:
    startup = await _ready(database)
    series = await _plan(database, startup, parts=3)
    first = (await _parts(database, startup, series.id))[0].piece
    assert first is not None
    await _publish(database, startup, first)
    async with database.transaction(startup.id) as session:
        _, scheduled = await actions.cancel(session, startup.owner, organization_id=startup.id, series_id=series.id)
        assert [piece.id for piece in scheduled] == [first.id]
        assert scheduled[0].status is ContentStatus.SCHEDULED, "a person decides"


async def test_a_part_whose_fact_has_ended_is_not_written_and_says_why(database: Database) -> None:
    startup = await _ready(database)
    series = await _plan(database, startup, parts=10)
    async with database.transaction(startup.id) as session:
        await session.execute(text("UPDATE facts SET expires_on = current_date - 1"))
    await _shift(database, startup, -90)
    await write_all(database)
    parts = await _parts(database, startup, series.id)
    unwritten = [one for one in parts if one.piece is None]
    assert [one.part.role for one in unwritten] == ["proof"]
    assert "may not be said any more" in (unwritten[0].part.problem or "")


async def test_only_who_writes_may_plan_and_only_what_can_be(database: Database) -> None:
    startup = await _ready(database)
    viewer = await organizations.member(database, startup, role=Membership.VIEWER)
    with pytest.raises(NotAllowed):
        async with database.transaction(startup.id) as session:
            await plan(
                session, viewer, organization_id=startup.id, template=Template.BEHIND, platform=Platform.TWITTER,
                start=START, weekdays=[1],
            )  # fmt: skip
    for changes, words in (
        ({"weekdays": []}, "one weekday"),
        ({"weekdays": [7]}, "one weekday"),
        ({"start": clock.now().date() - timedelta(days=3)}, "today or later"),
        ({"parts": 1}, "2 to 12"),
        ({"parts": 13}, "2 to 12"),
    ):
        with pytest.raises(InvalidInput, match=words):
            await _plan(database, startup, **changes)


@given(
    start=st.dates(date(2026, 1, 1), date(2030, 1, 1)),
    weekdays=st.sets(st.integers(0, 6), min_size=1),
    parts=st.integers(1, 12),
    taken=st.sets(st.integers(0, 60)),
)
def test_days_follow_one_another_and_avoid_what_is_taken_where_they_can(
    start: date, weekdays: set[int], parts: int, taken: set[int]
) -> None:
    busy = {start + timedelta(days=at): "something" for at in taken}
    found = days(start, weekdays, parts, busy)
    assert len(found) == parts
    assert all(one.day < other.day for one, other in pairwise(found))
    for one in found:
        wanted = one.instead_of or one.day
        assert wanted.weekday() in weekdays
        assert wanted >= start
        assert one.occupied_by == busy.get(wanted, "")
        if one.instead_of:
            assert one.day not in busy


def test_every_language_pack_has_words_for_every_template_and_role() -> None:
    assert WORDS.keys() == PACKS.keys()
    for words in WORDS.values():
        assert words.names.keys() == set(Template)
        assert words.roles.keys() == set(Role)
        assert len(set(words.names.values())) == len(Template)
        assert all(text.strip() for text in (*words.names.values(), *words.roles.values()))


@pytest.mark.parametrize("language", [*sorted(WORDS), "ja"])
@pytest.mark.parametrize("platform", list(Platform))
def test_each_part_fits_every_platform_and_is_not_like_the_one_before(platform: Platform, language: str) -> None:
    brief = organizations.brief(languages=[language], **RICH)
    facts = [
        Fact("Café Stein serves our rye", "Invoice", FactKind.CUSTOMER),
        Fact("Bäckerei Nord bakes it, too", "Mail", FactKind.CUSTOMER),
    ]
    for template in Template:
        given_ = offer(template, brief, facts, day=date(2026, 11, 28))
        assert len(given_.ideas) <= USUAL[template]
        assert not given_.is_possible or len(given_.ideas) >= FEWEST
        name = words_for(language).names[template].format(name=brief.name)
        desk = Desk.of(brief, facts, day=date(2026, 11, 28))
        bodies = []
        for number, idea in enumerate(given_.ideas, 1):
            part = Part(name, number, len(given_.ideas), idea.role, idea.lead)
            draft = write_part(part, platform, desk=desk, limits=limits.of(platform))
            assert draft is not None
            assert fits(draft.body, limits.of(platform))
            assert idea.lead in draft.body or "…" in draft.body
            bodies.append(draft.body)
        for one, other in pairwise(bodies):
            assert similarity(one, other) < 0.8
