"""Parts of a series by a model: in their order, each told what was said before, each once, nothing invented."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import aiohttp
import pytest
from sqlalchemy import select, update

from ai.model_server import Call, Filled, Late, ModelServer, Status, serving
from aipromote import clock, settings
from aipromote.ai import actions as requests
from aipromote.ai import writers
from aipromote.ai.jobs import RequestPointer
from aipromote.ai.models import GenerationRequest, ModelCall
from aipromote.ai.offline.series.templates import Template
from aipromote.ai.states import RequestStatus
from aipromote.content.handlers import generate_content
from aipromote.content.models import Series
from aipromote.content.series import actions, queries
from aipromote.content.series.planning import plan
from aipromote.content.series.queries import PartAndPiece
from aipromote.content.series.writing import write_all
from aipromote.content.states import SeriesStatus
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from factories import organizations, strategy
from factories.organizations import Startup

MODEL = "openai:gpt-5"
START = clock.now().date() + timedelta(days=1)
BRIEF: dict[str, object] = {
    "icp": {"pain_points": ["Good bread is gone by noon", "Nobody says what is in the dough", "Delivery comes by car"]},
    "positioning": {"differentiators": ["Grain from farms nearby", "Baked at night and brought by bicycle"]},
}
Setting = Callable[..., None]


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with serving() as server:
        yield server


@pytest.fixture
def use(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Setting]:
    """Sets the process's settings to models of the server."""

    def use(models: str = MODEL, **values: object) -> None:
        for name, value in server.settings(models, ai_retries=0, **values).items():
            monkeypatch.setenv(f"AIPROMOTE_{name.upper()}", str(value))
        settings.get.cache_clear()

    yield use
    monkeypatch.undo()
    settings.get.cache_clear()


def _number(call: Call) -> int:
    return int(re.findall(r'\\"slot\\": (\d+)', call.text)[0])


def _words(number: int) -> str:
    letters = hashlib.sha256(str(number).encode()).hexdigest().translate(str.maketrans("0123456789", "ghijklmnop"))
    return " ".join(letters[at : at + 6] for at in range(0, 48, 6))


def _part(call: Call) -> Filled:
    number = _number(call)
    return Filled({"slot": number, "hook": f"Thought {_words(number)}", "body": _words(number + 100), "confidence": 1})


async def _planned(database: Database, startup: Startup, **changes: Any) -> Series:
    values: dict[str, Any] = {
        "template": Template.LESSONS, "platform": Platform.LINKEDIN, "start": START, "weekdays": set(range(7)),
        "by_worker": True, "parts": 4,
    }  # fmt: skip
    async with database.transaction(startup.id) as session:
        return await plan(session, startup.owner, organization_id=startup.id, **(values | changes))


async def _ready(database: Database) -> Startup:
    startup = await organizations.organization(database, **BRIEF)
    await strategy.active(database, startup)
    return startup


async def _pointer(database: Database, startup: Startup) -> RequestPointer:
    async with database.transaction(startup.id) as session:
        found = select(GenerationRequest.id).order_by(GenerationRequest.id.desc()).limit(1)
        request_id = (await session.scalars(found)).one()
    return RequestPointer(organization_id=startup.id, request_id=request_id, attempts=0)


async def _run(database: Database, startup: Startup) -> GenerationRequest:
    pointer = await _pointer(database, startup)
    async with aiohttp.ClientSession() as http:
        await generate_content(pointer, database=database, http=http)
    async with database.transaction(startup.id) as session:
        return (
            await session.scalars(select(GenerationRequest).where(GenerationRequest.id == pointer.request_id))
        ).one()


async def _newest(database: Database, startup: Startup) -> GenerationRequest:
    async with database.transaction(startup.id) as session:
        found = select(GenerationRequest).order_by(GenerationRequest.id.desc()).limit(1)
        return (await session.scalars(found)).one()


async def _hours_went_by(database: Database, startup: Startup, hours: float) -> None:
    """Since all that was asked, called and ended."""
    async with database.transaction(startup.id) as session:
        past = timedelta(hours=hours)
        ended = {"created_at": GenerationRequest.created_at - past, "finished_at": GenerationRequest.finished_at - past}
        await session.execute(update(GenerationRequest).values(**ended))
        await session.execute(update(ModelCall).values(created_at=ModelCall.created_at - past))


async def _parts(database: Database, startup: Startup, series: Series) -> list[PartAndPiece]:
    async with database.transaction(startup.id) as session:
        return await queries.parts(session, organization_id=startup.id, series_id=series.id)


async def _round(database: Database) -> int:
    async def writer_for(organization_id: UUID) -> writers.Writer:
        return await writers.current(settings.get(), database=database, organization_id=organization_id)

    return await write_all(database, writer_for=writer_for)


async def test_parts_are_written_by_the_model_and_each_is_told_what_those_before_said(
    database: Database, server: ModelServer, use: Setting
) -> None:
    use()
    server.will(_part)
    startup = await _ready(database)
    series = await _planned(database, startup)
    assert not server.calls, "planning waits for no model"
    assert not any(one.piece for one in await _parts(database, startup, series))
    request = await _run(database, startup)
    assert (request.status, request.done_count, request.total_count) == (RequestStatus.DONE, 4, 4)
    parts = await _parts(database, startup, series)
    for one in parts:
        assert one.piece is not None
        assert one.piece.generated_by == MODEL
        assert one.piece.sequence_no == one.part.number
        assert one.piece.body.startswith(f"{series.name} · {one.part.number}/4\n\nThought {_words(one.part.number)}")
        assert one.piece.confidence <= 0.8
    assert [_number(call) for call in server.calls] == [1, 2, 3, 4]
    for before, call in enumerate(server.calls):
        told = [number for number in range(1, 5) if _words(number) in call.text]
        assert told == list(range(1, before + 1))
        assert json.dumps(parts[before].part.lead, ensure_ascii=False).strip('"') in call.text
    async with database.transaction(startup.id) as session:
        calls = list(await session.scalars(select(ModelCall)))
    assert {(call.purpose, call.prompt) for call in calls} == {("series", "part")}
    assert all(call.cost_micros for call in calls)


async def test_an_invented_fact_goes_back_once_and_then_the_part_is_its_sentence(
    database: Database, server: ModelServer, use: Setting
) -> None:
    use()
    server.will(Filled({"slot": 1, "hook": "The best bread", "body": "93 % of bakers agree with us."}))
    startup = await _ready(database)
    series = await _planned(database, startup, parts=2)
    assert (await _run(database, startup)).status is RequestStatus.DONE
    assert len(server.calls) == 4
    for one in await _parts(database, startup, series):
        assert one.piece is not None
        assert "93" not in one.piece.body
        assert one.part.lead in one.piece.body
        assert f"in place of {MODEL}, whose part could not be used" in (one.piece.rationale or "")
        assert one.piece.generated_by != MODEL


async def test_a_part_like_the_one_before_is_not_taken(database: Database, server: ModelServer, use: Setting) -> None:
    use()
    server.will(Filled({"slot": 1, "hook": _words(1), "body": _words(101)}))
    startup = await _ready(database)
    series = await _planned(database, startup, parts=2)
    await _run(database, startup)
    first, second = await _parts(database, startup, series)
    assert first.piece is not None
    assert second.piece is not None
    assert first.piece.generated_by == MODEL
    assert second.piece.generated_by != MODEL
    assert "too much like an earlier part" in (second.piece.rationale or "")


async def test_a_model_that_fails_is_told_at_the_part_and_the_next_round_writes_it(
    database: Database, server: ModelServer, use: Setting
) -> None:
    use()
    server.will(_part, Status(401))
    startup = await _ready(database)
    series = await _planned(database, startup)
    request = await _run(database, startup)
    assert (request.status, request.done_count) == (RequestStatus.FAILED, 1)
    first, second, *_ = await _parts(database, startup, series)
    assert first.piece is not None, "what is written stays"
    assert "its key is not accepted" in (second.part.problem or "")
    server.will(_part)
    assert await _round(database) == 0, "the round only asks"
    assert (await _newest(database, startup)).id == request.id, "and not at once after a failure"
    await _hours_went_by(database, startup, 1)
    await _round(database)
    assert (await _run(database, startup)).done_count == 3
    parts = await _parts(database, startup, series)
    assert all(one.piece and one.piece.generated_by == MODEL and one.part.problem is None for one in parts)
    assert await _round(database) == 0


async def test_with_offline_behind_it_parts_are_their_sentences_and_say_why(
    database: Database, server: ModelServer, use: Setting
) -> None:
    use(f"{MODEL},offline")
    server.will(Status(404))
    startup = await _ready(database)
    series = await _planned(database, startup, parts=2)
    assert (await _run(database, startup)).status is RequestStatus.DONE
    assert len(server.calls) == 1, "what failed once is not tried with each part anew"
    for one in await _parts(database, startup, series):
        assert one.piece is not None
        assert one.part.lead in one.piece.body
        assert "there is no model of this name" in (one.piece.rationale or "")


async def test_a_series_that_is_paused_while_a_model_thinks_gets_no_part(
    database: Database, server: ModelServer, use: Setting
) -> None:
    use()
    thinking = asyncio.Event()

    def slow(call: Call) -> Late:
        thinking.set()
        return Late(1, _part(call))

    server.will(slow)
    startup = await _ready(database)
    series = await _planned(database, startup)
    running = asyncio.create_task(_run(database, startup))
    await thinking.wait()
    async with database.transaction(startup.id) as session:
        await actions.pause(session, startup.owner, organization_id=startup.id, series_id=series.id)
    await running
    assert len(server.calls) == 1
    assert not any(one.piece for one in await _parts(database, startup, series))


async def test_two_at_once_write_each_part_once(database: Database, server: ModelServer, use: Setting) -> None:
    use()
    server.will(lambda call: Late(0.2, _part(call)))
    startup = await _ready(database)
    series = await _planned(database, startup, parts=3)
    async with database.transaction(startup.id) as session:
        pointer = await _pointer(database, startup)
        await requests.cancel(session, startup.owner, organization_id=startup.id, request_id=pointer.request_id)
    await asyncio.gather(_round(database), _round(database))
    async with database.transaction(startup.id) as session:
        asked = select(GenerationRequest).where(GenerationRequest.status == RequestStatus.PENDING)
        assert len(list(await session.scalars(asked))) == 1, "two rounds ask once"
    await asyncio.gather(_run(database, startup), _run(database, startup))
    assert len(server.calls) == 3, "no part is paid for twice"
    numbers = [one.piece.sequence_no for one in await _parts(database, startup, series) if one.piece]
    assert numbers == [1, 2, 3]


async def test_a_round_leaves_a_series_to_the_request_that_is_open(
    database: Database, server: ModelServer, use: Setting
) -> None:
    use()
    server.will(_part)
    startup = await _ready(database)
    series = await _planned(database, startup)
    assert await _round(database) == 0
    async with database.transaction(startup.id) as session:
        await actions.pause(session, startup.owner, organization_id=startup.id, series_id=series.id)
        await actions.resume(session, startup.owner, organization_id=startup.id, series_id=series.id, by_worker=True)
        asked = list(await session.scalars(select(GenerationRequest)))
    assert len(asked) == 1, "and nobody asks twice"


async def test_whoever_stops_the_writing_of_a_series_stops_the_series(
    database: Database, server: ModelServer, use: Setting
) -> None:
    use()
    server.will(_part)
    startup = await _ready(database)
    series = await _planned(database, startup)
    pointer = await _pointer(database, startup)
    async with database.transaction(startup.id) as session:
        stopped, resting = await actions.stop_writing(
            session, startup.owner, organization_id=startup.id, request_id=pointer.request_id
        )
    assert stopped.cancelled_by == startup.owner.name
    assert resting is not None
    assert (resting.id, resting.status) == (series.id, SeriesStatus.PAUSED)
    await _round(database)
    async with database.transaction(startup.id) as session:
        assert len(list(await session.scalars(select(GenerationRequest)))) == 1, "nothing is asked for again"


async def test_a_part_that_fails_is_asked_for_with_growing_pauses_and_not_for_ever(
    database: Database, server: ModelServer, use: Setting
) -> None:
    use()
    server.will(Filled({"nonsense": True}))
    startup = await _ready(database)
    series = await _planned(database, startup, parts=2)
    assert (await _run(database, startup)).status is RequestStatus.FAILED
    for pause in (1, 2, 4, 8):
        before = await _newest(database, startup)
        await _hours_went_by(database, startup, pause / 2)
        await _round(database)
        assert (await _newest(database, startup)).id == before.id, f"{pause} hours have not gone by"
        await _hours_went_by(database, startup, pause / 2)
        await _round(database)
        assert (await _newest(database, startup)).id != before.id
        assert (await _run(database, startup)).status is RequestStatus.FAILED
    last = await _newest(database, startup)
    await _hours_went_by(database, startup, 999)
    await _round(database)
    assert (await _newest(database, startup)).id == last.id, "five were paid for"
    async with database.transaction(startup.id) as session:
        mine = {"organization_id": startup.id, "series_id": series.id}
        await actions.pause(session, startup.owner, **mine)
        await actions.resume(session, startup.owner, **mine, by_worker=True)
    assert (await _newest(database, startup)).id != last.id, "a person may"
