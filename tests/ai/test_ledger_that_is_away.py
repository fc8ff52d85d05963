"""The database that takes note of what calls cost goes away: no call goes uncounted, and no request pays for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import aiohttp
import asyncpg
import pytest
from sqlalchemy import make_url, select

from ai.model_server import Call, Filled, ModelServer, Text, serving
from aipromote import settings
from aipromote.ai import actions as requests
from aipromote.ai import queries, working
from aipromote.ai.errors import LedgerAway
from aipromote.ai.jobs import RequestPointer
from aipromote.ai.models import GenerationRequest, ModelBudget, ModelCall, Order
from aipromote.ai.states import CallOutcome, RequestKind, RequestStatus
from aipromote.db.database import Database, application_url, create_engine
from aipromote.strategy.handlers import generate_strategy
from factories import organizations, strategy
from factories.organizations import Startup

MODEL = "openai:gpt-5"
IDEAS = Filled(
    {
        "brief": "Bread.", "primary_message": "Old grains, new mornings.", "audiences": [{"name": "Families"}],
        "pillars": [
            {"name": name, "topics": [f"{name} one way", f"{name} another way", f"{name} a new way"]}
            for name in ("Grain", "Craft", "People")
        ],
    }
)  # fmt: skip


class Relay:
    """The way to the database, which can be cut."""

    def __init__(self, host: str, port: int) -> None:
        self._there = (host, port)
        self._writers: set[asyncio.StreamWriter] = set()
        self.is_cut = False
        self.port = 0

    def cut(self) -> None:
        self.is_cut = True
        for writer in self._writers:
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
        writer.close()

    async def _arrived(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            writer.transport.abort()
            return
        there_reader, there_writer = await asyncio.open_connection(*self._there)
        self._writers |= {writer, there_writer}
        await asyncio.gather(self._pass(reader, there_writer), self._pass(there_reader, writer))

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Relay]:
        server = await asyncio.start_server(self._arrived, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        yield self
        self.cut()
        server.close()


@pytest.fixture
async def relay(owner_url: str) -> AsyncIterator[Relay]:
    there = make_url(application_url())
    async with Relay(there.host or "127.0.0.1", there.port or 5432).open() as relay:
        yield relay


@pytest.fixture
async def relayed(database: Database, relay: Relay) -> AsyncIterator[Database]:
    """The same database, by the way that can be cut."""
    url = make_url(application_url()).set(host="127.0.0.1", port=relay.port).render_as_string(hide_password=False)
    engine = create_engine(url)
    yield Database(engine)
    await engine.dispose(close=False)


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ModelServer]:
    async with serving() as server:
        for name, value in server.settings(MODEL, ai_retries=0, ai_budget_cents=1000).items():
            monkeypatch.setenv(f"AIPROMOTE_{name.upper()}", str(value))
        settings.get.cache_clear()
        yield server
        monkeypatch.undo()
        settings.get.cache_clear()


@pytest.fixture
async def refusing(owner: asyncpg.Connection, database: Database) -> AsyncIterator[Callable[[str, str], object]]:
    """Has PostgreSQL refuse an INSERT or UPDATE of calls with this SQLSTATE; an empty one ends it."""

    async def refuse(event: str, state: str) -> None:
        await owner.execute("DROP TRIGGER IF EXISTS refuse_in_tests ON model_calls")
        if state:
            await owner.execute(
                "CREATE OR REPLACE FUNCTION refuse_in_tests() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{state}'; END $$"
            )
            await owner.execute(
                f"CREATE TRIGGER refuse_in_tests BEFORE {event} ON model_calls FOR EACH ROW "
                "EXECUTE FUNCTION refuse_in_tests()"
            )

    yield refuse
    await refuse("", "")
    await owner.execute("DROP FUNCTION IF EXISTS refuse_in_tests()")


async def _asked(database: Database) -> tuple[Startup, RequestPointer]:
    startup = await organizations.organization(database)
    order = Order(start=strategy.START)
    async with database.transaction(startup.id) as session:
        request = await requests.ask(
            session, startup.owner, organization_id=startup.id, kind=RequestKind.STRATEGY, wanted=order
        )
    return startup, RequestPointer(organization_id=startup.id, request_id=request.id, attempts=0)


async def _run(database: Database, pointer: RequestPointer) -> None:
    async with aiohttp.ClientSession() as http:
        await generate_strategy(pointer, database=database, http=http)


async def _request(database: Database, pointer: RequestPointer) -> GenerationRequest:
    async with database.transaction(pointer.organization_id) as session:
        return await queries.request(session, organization_id=pointer.organization_id, request_id=pointer.request_id)


async def _calls(database: Database, startup: Startup) -> list[ModelCall]:
    async with database.transaction(startup.id) as session:
        return list(await session.scalars(select(ModelCall).order_by(ModelCall.id)))


async def test_a_request_outlives_the_database_going_away_before_a_call(
    database: Database, relayed: Database, relay: Relay, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "LEASE_SECONDS", 2.0)

    def cut(_: Call) -> Text:
        relay.cut()
        return Text("I cannot do JSON")

    server.will(cut, IDEAS)
    startup, pointer = await _asked(database)
    with pytest.raises((LedgerAway, OSError)):  # the second: giving it back did not get through either
        await _run(relayed, pointer)
    assert len(server.calls) == 1, "no call is made that nobody took note of"
    request = await _request(database, pointer)
    assert (request.status, request.error_message) == (RequestStatus.RUNNING, None)
    relay.is_cut = False
    while (request := await _request(database, pointer)).status is not RequestStatus.DONE:  # its lease runs out first
        await asyncio.sleep(0.2)
        await _run(relayed, pointer)
    outcomes = [(call.outcome, call.counted_micros > 0) for call in await _calls(database, startup)]
    assert outcomes == [(CallOutcome.STARTED, True), (CallOutcome.ANSWERED, True)]


async def test_a_call_that_cannot_be_booked_is_not_made_and_not_counted_against_the_request(
    database: Database, server: ModelServer, refusing: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "PAUSE_SECONDS", 0.0)
    server.will(IDEAS)
    _, pointer = await _asked(database)
    await refusing("INSERT", "57P03")
    for _ in range(requests.MAX_ATTEMPTS + 2):
        with pytest.raises(LedgerAway):
            await _run(database, pointer)
    assert not server.calls
    request = await _request(database, pointer)
    assert (request.status, request.fruitless_claims) == (RequestStatus.RUNNING, 0)
    await refusing("INSERT", "")
    await _run(database, pointer)
    assert (await _request(database, pointer)).status is RequestStatus.DONE


async def test_a_ledger_that_always_refuses_ends_the_request_after_its_attempts(
    database: Database, server: ModelServer, refusing: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "PAUSE_SECONDS", 0.0)
    server.will(IDEAS)
    _, pointer = await _asked(database)
    await refusing("INSERT", "P0001")
    for _ in range(requests.MAX_ATTEMPTS):
        with pytest.raises(LedgerAway):
            await _run(database, pointer)
    await _run(database, pointer)
    request = await _request(database, pointer)
    assert (request.status, len(server.calls)) == (RequestStatus.FAILED, 0)


async def test_after_a_ledger_that_was_away_a_request_waits_a_moment(
    database: Database, server: ModelServer, refusing: Callable[..., object]
) -> None:
    _, pointer = await _asked(database)
    await refusing("INSERT", "57P03")
    with pytest.raises(LedgerAway):
        await _run(database, pointer)
    await _run(database, pointer)  # nobody may take it yet, so nothing is asked or raised
    async with database.transaction() as session:
        assert not await queries.owed(session, kind=RequestKind.STRATEGY, limit=10)


async def test_an_answer_that_was_paid_for_is_kept_though_its_call_cannot_be_settled(
    database: Database, server: ModelServer, refusing: Callable[..., object]
) -> None:
    server.will(IDEAS)
    startup, pointer = await _asked(database)
    await refusing("UPDATE", "P0001")
    await _run(database, pointer)
    assert (await _request(database, pointer)).status is RequestStatus.DONE
    (call,) = await _calls(database, startup)
    assert (call.outcome, call.cost_micros) == (CallOutcome.STARTED, None)
    async with database.transaction(startup.id) as session:
        budget = (await session.scalars(select(ModelBudget))).one()
    assert budget.spent_micros == call.counted_micros > 0, "it stays booked at its estimate"
