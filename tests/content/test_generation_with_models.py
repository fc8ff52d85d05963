"""Strategies and posts by a model, through the jobs that workers run, on the organization's budget."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta

import aiohttp
import pytest
from sqlalchemy import func, select

from ai.model_server import KEY, Call, Filled, Late, ModelServer, Status, serving
from aipromote import clock, settings
from aipromote.ai import actions as requests
from aipromote.ai import queries, working
from aipromote.ai.jobs import RequestPointer
from aipromote.ai.models import GenerationRequest, ModelCall, Order
from aipromote.ai.offline.writing import OfflineWriter
from aipromote.ai.states import RequestKind, RequestStatus
from aipromote.brand import actions as brand
from aipromote.content import actions, generation
from aipromote.content import queries as content
from aipromote.content.handlers import generate_content
from aipromote.content.models import ContentPiece
from aipromote.db.database import Database
from aipromote.strategy.handlers import generate_strategy
from aipromote.strategy.models import AIStrategy
from factories import content as pieces_of
from factories import organizations, strategy
from factories.organizations import Startup

MODEL = "openai:gpt-5"
START = strategy.START
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


def _ideas() -> dict[str, object]:
    pillars = [
        {"name": name, "topics": [f"{name} one way", f"{name} another way", f"{name} a new way"]}
        for name in ("Grain", "Craft", "People")
    ]
    return {
        "brief": "Bread.", "primary_message": "Old grains, new mornings.", "audiences": [{"name": "Families"}],
        "pillars": pillars,
    }  # fmt: skip


def _posts(call: Call) -> Filled:
    return Filled({"posts": [{"slot": slot, "hook": _thought(slot)} for slot in _slots(call)]})


def _slots(call: Call) -> list[int]:
    return sorted({int(number) for number in re.findall(r'\\"slot\\": (\d+)', call.text)})


def _thought(number: int) -> str:
    """No two are alike, and none has a digit."""
    letters = hashlib.sha256(str(number).encode()).hexdigest().translate(str.maketrans("0123456789", "ghijklmnop"))
    return " ".join(letters[at : at + 6] for at in range(0, 48, 6))


async def _run(handler: Callable[..., object], database: Database, pointer: RequestPointer) -> GenerationRequest:
    async with aiohttp.ClientSession() as http:
        await handler(pointer, database=database, http=http)  # type: ignore[misc]
    return await _request(database, pointer)


async def _request(database: Database, pointer: RequestPointer) -> GenerationRequest:
    async with database.transaction(pointer.organization_id) as session:
        return await queries.request(session, organization_id=pointer.organization_id, request_id=pointer.request_id)


async def _ask_strategy(database: Database, startup: Startup) -> RequestPointer:
    async with database.transaction(startup.id) as session:
        request = await requests.ask(
            session, startup.owner, organization_id=startup.id, kind=RequestKind.STRATEGY, wanted=Order(start=START)
        )
    return RequestPointer(organization_id=startup.id, request_id=request.id, attempts=0)


async def _ask_posts(database: Database, startup: Startup, days: int = 14) -> RequestPointer:
    async with database.transaction(startup.id) as session:
        request = await actions.request_pieces(
            session, startup.owner, organization_id=startup.id, start=START, end=START + timedelta(days=days)
        )
    return RequestPointer(organization_id=startup.id, request_id=request.id, attempts=0)


async def _pieces(database: Database, startup: Startup) -> list[ContentPiece]:
    async with database.transaction(startup.id) as session:
        return await content.pieces(session, organization_id=startup.id)


async def _count(database: Database, startup: Startup, model: type) -> int:
    async with database.transaction(startup.id) as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def test_a_strategy_is_written_by_a_model(database: Database, server: ModelServer, use: Setting) -> None:
    use()
    server.will(Filled(_ideas()))
    startup = await organizations.organization(database)
    request = await _run(generate_strategy, database, await _ask_strategy(database, startup))
    assert (request.status, request.error_message) == (RequestStatus.DONE, None)
    async with database.transaction(startup.id) as session:
        written = (await session.scalars(select(AIStrategy))).one()
    assert written.generated_by == MODEL
    assert written.positioning.primary_message == "Old grains, new mornings."


async def test_posts_are_written_by_a_model(database: Database, server: ModelServer, use: Setting) -> None:
    use()
    server.will(_posts)
    startup = await organizations.organization(database)
    await strategy.active(database, startup)
    request = await _run(generate_content, database, await _ask_posts(database, startup))
    assert (request.status, request.done_count) == (RequestStatus.DONE, 6)
    assert {piece.generated_by for piece in await _pieces(database, startup)} == {MODEL}
    assert await _count(database, startup, ModelCall) == len(server.calls) == 2


async def test_a_spent_budget_ends_the_request_in_words_and_nothing_is_saved(
    database: Database, server: ModelServer, use: Setting
) -> None:
    use(ai_budget_cents=2)
    server.will(Filled(_ideas()))
    startup = await organizations.organization(database)
    request = await _run(generate_strategy, database, await _ask_strategy(database, startup))
    assert request.status is RequestStatus.FAILED
    assert "budget for language models does not cover the next call: $0.00 of $0.02" in request.error_message
    assert "begins anew on" in request.error_message
    assert "AIPROMOTE_AI_BUDGET_CENTS" in request.error_message
    assert not server.calls
    assert await _count(database, startup, AIStrategy) == 0


async def test_a_budget_that_ends_on_the_way_leaves_whole_posts_and_can_be_continued(
    database: Database, server: ModelServer, use: Setting
) -> None:
    # Each answer costs 1,200 tokens at $400 a million and 80 for nothing, $0.48; it is booked at more before.
    use(ai_budget_cents=400, ai_prices=f"{MODEL}=400/0")
    server.will(_posts)
    startup = await organizations.organization(database)
    await strategy.active(database, startup)
    pointer = await _ask_posts(database, startup, days=28)
    stopped = await _run(generate_content, database, pointer)
    assert stopped.status is RequestStatus.FAILED
    assert "does not cover the next call" in stopped.error_message
    kept = await _pieces(database, startup)
    assert len(kept) == stopped.done_count == 4 * len(server.calls)
    assert 0 < len(kept) < 12
    use(ai_budget_cents=10_000, ai_prices=f"{MODEL}=400/0")
    async with database.transaction(startup.id) as session:
        await requests.ask_again(session, organization_id=startup.id, request_id=pointer.request_id)
    done = await _run(generate_content, database, pointer)
    assert (done.status, done.done_count) == (RequestStatus.DONE, 12)
    assert {piece.id for piece in kept} < {piece.id for piece in await _pieces(database, startup)}


async def test_a_wrong_key_is_told_with_its_setting_and_never_shown(
    database: Database, server: ModelServer, use: Setting
) -> None:
    wrong = KEY + "-mistyped"
    use(ai_openai_key=wrong)
    startup = await organizations.organization(database)
    request = await _run(generate_strategy, database, await _ask_strategy(database, startup))
    assert request.status is RequestStatus.FAILED
    assert "put a valid one into AIPROMOTE_AI_OPENAI_KEY" in request.error_message
    assert KEY not in request.error_message


async def test_settings_that_are_not_clear_end_the_request_in_words(
    database: Database, server: ModelServer, use: Setting
) -> None:
    use("gpt-5")
    startup = await organizations.organization(database)
    request = await _run(generate_strategy, database, await _ask_strategy(database, startup))
    assert (request.status, "'gpt-5' is no model" in request.error_message) == (RequestStatus.FAILED, True)


async def test_with_offline_behind_it_a_failure_still_gives_posts_that_say_why(
    database: Database, server: ModelServer, use: Setting
) -> None:
    use(f"{MODEL},offline")
    server.will(Status(404))
    startup = await organizations.organization(database)
    await strategy.active(database, startup)
    request = await _run(generate_content, database, await _ask_posts(database, startup))
    assert request.status is RequestStatus.DONE
    pieces = await _pieces(database, startup)
    assert pieces
    assert {piece.generated_by for piece in pieces} == {OfflineWriter.name}
    assert all("there is no model of this name" in piece.rationale for piece in pieces)


async def test_a_claim_is_held_while_a_model_thinks(
    database: Database, server: ModelServer, use: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "LEASE_SECONDS", 0.6)
    use()
    server.will(Late(2.5, Filled(_ideas())))
    startup = await organizations.organization(database)
    pointer = await _ask_strategy(database, startup)
    running = asyncio.create_task(_run(generate_strategy, database, pointer))
    seen = []
    while not running.done():
        await asyncio.sleep(0.1)
        request = await _request(database, pointer)
        if request.status is RequestStatus.RUNNING:
            seen.append(request.claimed_until - clock.now())
    assert (await running).status is RequestStatus.DONE
    assert len(seen) > 10, "it took several times as long as a claim holds"
    assert min(seen) > timedelta(0)


async def _cut_off(database: Database, pointer: RequestPointer, server: ModelServer, *, after: int) -> None:
    """Run the job as a worker does, and cancel it in the middle of the call after so many answers, as a limit does."""
    thinking = asyncio.Event()

    def never(_: Call) -> Late:
        thinking.set()
        return Late(30, Status(500))

    server.will(*[_posts] * after, never)
    running = asyncio.create_task(_run(generate_content, database, pointer))
    waiting = asyncio.create_task(thinking.wait())
    await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
    for task in (running, waiting):
        task.cancel()
    await asyncio.gather(running, waiting, return_exceptions=True)


async def test_an_order_that_is_cut_off_again_and_again_goes_on_until_it_is_done(
    database: Database, server: ModelServer, use: Setting
) -> None:
    use(ai_timeout_seconds=60)
    startup = await organizations.organization(database)
    await strategy.active(database, startup)
    pointer = await _ask_posts(database, startup, days=70)
    rounds = 0
    while (request := await _request(database, pointer)).status is RequestStatus.PENDING:
        await _cut_off(database, pointer, server, after=1)
        rounds += 1
    assert (request.status, request.error_message) == (RequestStatus.DONE, None)
    assert rounds > requests.MAX_ATTEMPTS
    assert len(await _pieces(database, startup)) == request.done_count == request.total_count


async def test_an_order_whose_workers_are_shut_down_again_and_again_goes_on(
    database: Database, server: ModelServer, use: Setting
) -> None:
    """That an order that gets no further for other reasons ends after its attempts is tried in tests/ai."""
    use(ai_timeout_seconds=60)
    startup = await organizations.organization(database)
    await strategy.active(database, startup)
    pointer = await _ask_posts(database, startup)
    await _cut_off(database, pointer, server, after=1)
    for _ in range(requests.MAX_ATTEMPTS + 1):
        await _cut_off(database, pointer, server, after=0)
        assert (await _request(database, pointer)).status is RequestStatus.PENDING
    assert len(await _pieces(database, startup)) == 4, "what was written stays"


async def test_a_long_order_is_handed_on_between_batches_and_pays_for_nothing_twice(
    database: Database, server: ModelServer, use: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generation, "SHIFT_SECONDS", 0.0)
    use()
    server.will(_posts)
    startup = await organizations.organization(database)
    await strategy.active(database, startup)
    pointer = await _ask_posts(database, startup, days=70)
    rounds = 0
    while (await _request(database, pointer)).status is RequestStatus.PENDING:
        await _run(generate_content, database, pointer)
        rounds += 1
    request = await _request(database, pointer)
    assert (request.status, request.done_count) == (RequestStatus.DONE, request.total_count)
    assert requests.MAX_ATTEMPTS < rounds == request.attempts
    assert len(server.calls) == rounds, "each batch was asked for once"


async def test_a_model_is_told_of_the_newest_posts_and_not_of_the_oldest(
    database: Database, server: ModelServer, use: Setting
) -> None:
    use()
    server.will(_posts)
    startup = await organizations.organization(database)
    await strategy.active(database, startup)
    for number in range(45):
        await pieces_of.piece(database, startup, body=f"{_thought(1000 + number)}\nand more of it")
    await _run(generate_content, database, await _ask_posts(database, startup))
    told = [number for number in range(45) if _thought(1000 + number) in server.calls[0].text]
    assert told == list(range(5, 45))
    first = [_thought(slot) for slot in _slots(server.calls[0])]
    assert all(thought in server.calls[1].text for thought in first), "those of this order are the newest of all"


@pytest.mark.parametrize("kind", [RequestKind.STRATEGY, RequestKind.CONTENT])
async def test_a_proof_point_that_expired_is_not_told_to_a_model(
    database: Database, server: ModelServer, use: Setting, kind: RequestKind
) -> None:
    use()
    server.will(Filled(_ideas()) if kind is RequestKind.STRATEGY else _posts)
    old, new = "We won the medal of the guild", "We bake 900 loaves a day"
    points = [
        {"kind": "award", "statement": old, "source": "the guild", "expires": str(START - timedelta(days=30))},
        {"kind": "metric", "statement": new, "source": "the ledger"},
    ]
    startup = await organizations.organization(database, proof_points=points)
    async with database.transaction(startup.id) as session:
        await brand.adopt_brief(session, startup.owner, organization_id=startup.id, brief=startup.organization.brief)
    await strategy.active(database, startup)
    ask, handler = (
        (_ask_strategy, generate_strategy) if kind is RequestKind.STRATEGY else (_ask_posts, generate_content)
    )
    assert (await _run(handler, database, await ask(database, startup))).status is RequestStatus.DONE
    assert server.calls
    for call in server.calls:
        assert old not in call.text
        assert new in call.text
