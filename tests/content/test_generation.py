"""Each place of the calendar gets one piece, however often a run dies and whoever asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NoReturn

import aiohttp
import asyncpg
import pytest

from aipromote.ai import queries as requests
from aipromote.ai.jobs import RequestPointer
from aipromote.ai.models import GenerationRequest
from aipromote.ai.states import RequestStatus
from aipromote.ai.writer import Slot
from aipromote.content import actions, queries
from aipromote.content.actions.planning import PALETTE
from aipromote.content.generation import write_pieces
from aipromote.content.handlers import generate_content
from aipromote.content.models import ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.db.database import Database
from aipromote.documents.content import PostDraft
from aipromote.errors import Conflict, NotAllowed
from aipromote.organizations.states import Role
from factories import organizations, strategy
from factories.content import post_draft

START = strategy.START


class Scribe:
    """Writes one short post for each slot, and does as told at its nth call."""

    name = "scribe/1"

    def __init__(self, **surprises: Any) -> None:
        self.calls: list[Sequence[Slot]] = []
        self.avoided: Sequence[str] = ()
        self._surprises = {int(call.removeprefix("at_")): surprise for call, surprise in surprises.items()}

    async def strategy(self, *_: object, **__: object) -> NoReturn:
        raise NotImplementedError

    async def posts(self, *_: object, slots: Sequence[Slot], avoid: Sequence[str], **__: object) -> list[PostDraft]:
        self.calls.append(slots)
        self.avoided = avoid
        surprise = self._surprises.get(len(self.calls))
        if isinstance(surprise, BaseException):
            raise surprise
        drafts = [
            post_draft(platform=slot.platform, pillar=slot.pillar, body=f"About {slot.theme.lower()}.", slot=slot.index)
            for slot in slots
        ]
        return surprise(drafts) if surprise else drafts


async def _ask(database: Database, startup: organizations.Startup, **window: date) -> RequestPointer:
    async with database.transaction(startup.id) as session:
        request = await actions.request_pieces(session, startup.owner, organization_id=startup.id, **window)
    return RequestPointer(organization_id=startup.id, request_id=request.id, attempts=0)


async def _pieces(database: Database, startup: organizations.Startup) -> list[ContentPiece]:
    async with database.transaction(startup.id) as session:
        return await queries.pieces(session, organization_id=startup.id)


async def _request(database: Database, pointer: RequestPointer) -> GenerationRequest:
    async with database.transaction(pointer.organization_id) as session:
        return await requests.request(session, organization_id=pointer.organization_id, request_id=pointer.request_id)


async def _ready(database: Database, **changes: object) -> organizations.Startup:
    startup = await organizations.organization(database, **changes)
    await strategy.active(database, startup)
    return startup


async def test_two_weeks_are_written_place_by_place(database: Database, owner: asyncpg.Connection) -> None:
    startup = await _ready(database)
    pointer = await _ask(database, startup, start=START, end=START + timedelta(days=14))
    scribe = Scribe()
    await write_pieces(pointer, database=database, writer=scribe)
    pieces = await _pieces(database, startup)
    assert [piece.slot_key for piece in pieces][:3] == [
        "2026-11-23/TWITTER/0",
        "2026-11-25/TWITTER/0",
        "2026-11-27/TWITTER/0",
    ]
    assert len(pieces) == 6
    assert {piece.status for piece in pieces} == {ContentStatus.PENDING_REVIEW}
    assert [len(call) for call in scribe.calls] == [4, 2]
    assert list(scribe.avoided) == [piece.body for piece in pieces[:4]]
    request = await _request(database, pointer)
    assert (request.status, request.done_count, request.total_count) == (RequestStatus.DONE, 6, 6)
    assert await owner.fetchval("SELECT posts_generated FROM usage") == 6
    assert await owner.fetchval("SELECT count(*) FROM content_revisions WHERE number = 1") == 6
    assert await owner.fetchval("SELECT count(*) FROM scheduled_posts") == 0, "nothing goes out by itself"


@pytest.mark.parametrize(("platform", "cards"), [("INSTAGRAM", 3), ("TWITTER", 0)])
async def test_posts_for_a_network_that_takes_no_text_alone_come_with_a_card(
    database: Database, platform: str, cards: int
) -> None:
    startup = await organizations.organization(database)
    await strategy.active(database, startup, plan=strategy.document(platform=platform))
    pointer = await _ask(database, startup, start=START, end=START + timedelta(days=7))
    await write_pieces(pointer, database=database, writer=Scribe())
    pieces = await _pieces(database, startup)
    attached = [ref for piece in pieces for ref in piece.media_refs or [] if ref.asset_id]
    assert (len(pieces), len({ref.asset_id for ref in attached})) == (3, cards)
    assert all(piece.revision == 1 for piece in pieces)


async def test_a_run_that_dies_half_way_is_continued_without_doubles(
    database: Database, owner: asyncpg.Connection
) -> None:
    startup = await _ready(database)
    pointer = await _ask(database, startup, start=START, end=START + timedelta(days=28))
    with pytest.raises(KeyboardInterrupt):
        await write_pieces(pointer, database=database, writer=Scribe(at_2=KeyboardInterrupt()))
    half = await _request(database, pointer)
    assert (half.status, half.done_count, half.total_count) == (RequestStatus.PENDING, 4, 12)
    again = Scribe()
    await write_pieces(pointer, database=database, writer=again)
    assert again.calls[0][0].theme == strategy.theme(4)
    assert (await _request(database, pointer)).done_count == 12
    keys = [piece.slot_key for piece in await _pieces(database, startup)]
    assert len(keys) == len(set(keys)) == 12
    assert await owner.fetchval("SELECT posts_generated FROM usage") == 12


async def test_asking_twice_for_the_same_weeks_writes_nothing_twice(database: Database) -> None:
    startup = await _ready(database)
    window = {"start": START, "end": START + timedelta(days=7)}
    first = await _ask(database, startup, **window)
    second = await _ask(database, startup, **window)
    for pointer in (first, second):
        await write_pieces(pointer, database=database, writer=Scribe())
    assert len(await _pieces(database, startup)) == 3
    assert (await _request(database, second)).status is RequestStatus.DONE


async def test_a_failing_writer_ends_the_request_in_words_and_keeps_whole_batches(database: Database) -> None:
    startup = await _ready(database)
    pointer = await _ask(database, startup, start=START, end=START + timedelta(days=14))
    await write_pieces(pointer, database=database, writer=Scribe(at_2=ValueError("no words")))
    request = await _request(database, pointer)
    assert request.status is RequestStatus.FAILED
    assert request.error_message == "The writer scribe/1 failed (ValueError). The log says more."
    assert len(await _pieces(database, startup)) == 4


@pytest.mark.parametrize(
    "stray",
    [
        lambda drafts: [*drafts, drafts[0]],
        lambda drafts: [drafts[0].model_copy(update={"slot": None})],
        lambda drafts: [drafts[0].model_copy(update={"slot": 99})],
    ],
    ids=["twice", "unplaced", "elsewhere"],
)
async def test_a_post_that_nobody_asked_for_is_not_kept(database: Database, stray) -> None:
    startup = await _ready(database)
    pointer = await _ask(database, startup, start=START, end=START + timedelta(days=7))
    await write_pieces(pointer, database=database, writer=Scribe(at_1=stray))
    assert (await _request(database, pointer)).status is RequestStatus.FAILED
    assert await _pieces(database, startup) == []


async def test_a_place_for_which_there_is_nothing_to_say_stays_free(database: Database) -> None:
    startup = await _ready(database)
    pointer = await _ask(database, startup, start=START, end=START + timedelta(days=7))
    await write_pieces(pointer, database=database, writer=Scribe(at_1=lambda drafts: drafts[:2]))
    request = await _request(database, pointer)
    assert (request.status, request.done_count, request.total_count) == (RequestStatus.DONE, 2, 3)


async def test_the_series_is_numbered_without_gaps_over_several_requests(database: Database) -> None:
    startup = await _ready(database)
    for week in range(3):
        start = START + timedelta(days=7 * week)
        pointer = await _ask(database, startup, start=start, end=start + timedelta(days=14))
        await write_pieces(pointer, database=database, writer=Scribe())
    numbered = [piece for piece in await _pieces(database, startup) if piece.series_id]
    assert [piece.sequence_no for piece in numbered] == [1, 2, 3, 4]
    assert len({piece.planned_for.isocalendar().week for piece in numbered if piece.planned_for}) == 4
    async with database.transaction(startup.id) as session:
        (series,) = await queries.series(session, organization_id=startup.id)
        pillars = await queries.pillars(session, organization_id=startup.id, active_only=True)
    assert (series.name, series.total_posts, series.cadence) == ("Bread · X", 4, "weekly")
    assert [(pillar.name, pillar.color) for pillar in pillars] == list(zip(strategy.PILLARS, PALETTE, strict=False))


async def test_what_the_plan_allows_is_written_and_no_more_is_asked_of_a_writer(
    database: Database, owner: asyncpg.Connection
) -> None:
    """A model is paid for what it writes, whether it is kept or not."""
    startup = await _ready(database, plan="free")
    await owner.execute(
        "INSERT INTO usage (id, user_id, month, posts_generated) "
        "VALUES (gen_random_uuid(), $1, date_trunc('month', now() AT TIME ZONE 'UTC')::date, 38)",
        startup.owner.user_id,
    )
    pointer = await _ask(database, startup, start=START, end=START + timedelta(days=7))
    scribe = Scribe()
    await write_pieces(pointer, database=database, writer=scribe)
    request = await _request(database, pointer)
    assert (request.status, request.done_count) == (RequestStatus.FAILED, 2)
    assert "limit of the plan Free" in (request.error_message or "")
    assert len(await _pieces(database, startup)) == 2
    assert [len(call) for call in scribe.calls] == [2]


async def test_in_auto_mode_clean_pieces_come_approved_but_not_scheduled(
    database: Database, owner: asyncpg.Connection
) -> None:
    startup = await _ready(database, approval="auto")
    pointer = await _ask(database, startup, start=START, end=START + timedelta(days=7))
    await write_pieces(pointer, database=database, writer=Scribe())
    assert {piece.status for piece in await _pieces(database, startup)} == {ContentStatus.APPROVED}
    assert await owner.fetchval("SELECT count(*) FROM approvals WHERE user_id IS NULL") == 3
    assert await owner.fetchval("SELECT count(*) FROM scheduled_posts") == 0


async def test_the_offline_writer_fills_the_calendar_with_posts_that_pass_the_check(database: Database) -> None:
    startup = await _ready(
        database,
        icp={"pain_points": ["Supermarket bread goes stale in a day"], "jobs_to_be_done": ["Eat well at breakfast"]},
        positioning={"usp": "Bread from grain that grows within sight", "differentiators": ["No yeast, only time"]},
    )
    pointer = await _ask(database, startup, start=START, end=START + timedelta(days=14))
    async with aiohttp.ClientSession() as http:
        await generate_content(pointer, database=database, http=http)
    pieces = await _pieces(database, startup)
    assert (await _request(database, pointer)).status is RequestStatus.DONE
    assert pieces
    async with database.transaction(startup.id) as session:
        for piece in pieces:
            found = await queries.findings_for(session, piece)
            assert [finding for finding in found if finding.severity == "block"] == [], piece.body


async def test_pieces_are_asked_for_by_editors_once_a_strategy_is_accepted(database: Database) -> None:
    startup = await organizations.organization(database)
    with pytest.raises(Conflict, match="Accept a strategy first"):
        await _ask(database, startup)
    await strategy.active(database, startup)
    viewer = await organizations.member(database, startup, role=Role.VIEWER)
    async with database.transaction(startup.id) as session:
        with pytest.raises(NotAllowed):
            await actions.request_pieces(session, viewer, organization_id=startup.id)
        request = await actions.request_pieces(session, startup.owner, organization_id=startup.id)
        assert request.wanted.end == request.wanted.start + timedelta(days=14)
        pending = await queries.pending_requests(session, limit=5)
    assert [due.pointer.request_id for due in pending] == [request.id]
