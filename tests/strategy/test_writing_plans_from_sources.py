"""The worker's own handler asks what is known, hands it to a model, and keeps with the version what was used."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai.model_server import Call, Filled, ModelServer, serving
from aipromote import settings
from aipromote.ai import actions as requests
from aipromote.ai.jobs import RequestPointer
from aipromote.ai.models import Order
from aipromote.ai.offline.writing import OfflineWriter
from aipromote.ai.states import RequestKind
from aipromote.assets.models import Asset, AssetText
from aipromote.assets.states import AssetType
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.db.health import pool_of
from aipromote.documents.passages import Passage, PassageKind
from aipromote.strategy import actions, queries
from aipromote.strategy.gathering import EACH, passages_for, questions
from aipromote.strategy.generation import write_strategy
from aipromote.strategy.handlers import generate_strategy
from aipromote.strategy.jobs import GENERATE_STRATEGY
from aipromote.strategy.models import AIStrategy
from aipromote.worker import HANDLERS
from factories import analytics, organizations
from factories.organizations import Startup

MODEL = "openai:gpt-5"
START = date(2026, 11, 23)
BRIEF: dict[str, Any] = {
    "category": "bakery",
    "icp": {
        "personas": ["Parents of small children"],
        "priority_segments": ["Altona"],
        "jobs_to_be_done": ["Eat well at breakfast"],
        "pain_points": ["Industrial loaves"],
        "industries": ["food"],
    },
    "goals": {"kpis": [{"metric": "newsletter subscribers", "target": 500}]},
    "positioning": {"competitors": ["Backwerk Nord", {"name": "Brotzeit"}]},
}


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with serving() as server:
        yield server


@pytest.fixture
def models(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in server.settings(MODEL, ai_retries=0).items():
        monkeypatch.setenv(f"AIPROMOTE_{name.upper()}", str(value))
    settings.get.cache_clear()
    yield
    monkeypatch.undo()
    settings.get.cache_clear()


async def _startup(database: Database) -> Startup:
    startup = await organizations.organization(database, **BRIEF)
    pages = (
        "Nothing of note.",
        "Backwerk Nord closed its mill.",
        "Subscribers of the newsletter ask for recipes.",
        "Parents in Altona buy on Fridays.",
        "Zeppelins are large.",
    )
    async with database.transaction(startup.id) as session:
        account = await analytics.account(session, startup.id)
        post = await analytics.post(
            session, account, at=datetime(2026, 11, 2, 9, tzinfo=UTC), text="Breakfast, at dawn."
        )
        await analytics.measure(session, post, account, likes=12)
        asset = Asset(
            organization_id=startup.id, id=new_id(), filename="deck.pdf", original_name="deck.pdf",
            type=AssetType.DOCUMENT, mime_type="application/pdf", size=1, storage_key=new_id().hex, bucket="local",
            checksum=b"\1" * 32,
        )  # fmt: skip
        session.add(asset)
        await session.flush()
        for number, words in enumerate(pages, 1):
            session.add(
                AssetText(
                    organization_id=startup.id, asset_id=asset.id, position=number, place=f"page {number}", text=words
                )
            )
    return startup


async def _ask(database: Database, startup: Startup) -> RequestPointer:
    async with database.transaction(startup.id) as session:
        request = await requests.ask(
            session, startup.owner, organization_id=startup.id, kind=RequestKind.STRATEGY, wanted=Order(start=START)
        )
    return RequestPointer(organization_id=startup.id, request_id=request.id, attempts=0)


async def _write(database: Database, startup: Startup) -> AIStrategy:
    pointer = await _ask(database, startup)
    async with aiohttp.ClientSession() as http:
        await HANDLERS[GENERATE_STRATEGY](pointer, database=database, http=http)
    async with database.transaction(startup.id) as session:
        return (await queries.versions(session, organization_id=startup.id))[0]


def _passages(call: Call) -> list[dict[str, Any]]:
    found = re.search(r"<<<DATA passages \w+>>>\\n(.*?)\\n<<<END passages", json.dumps(call.body), re.DOTALL)
    assert found
    return json.loads(json.loads(f'"{found[1]}"'))


def _citing_nothing() -> dict[str, Any]:
    """What a model may answer for a plan."""
    topics = {name: [f"{name}: why", f"{name}: how", f"{name}: who"] for name in ("Grain", "Craft", "People")}
    return {
        "brief": "Bread that tastes of grain.", "primary_message": "Old grains, new mornings.",
        "audiences": [{"name": "Families"}],
        "pillars": [{"name": name, "topics": rows} for name, rows in topics.items()],
    }  # fmt: skip


def _citing(call: Call) -> Filled:
    """Ideas that name every file and post that was handed over, and one that was not."""
    numbers = [row["number"] for row in _passages(call) if row["kind"] in {"file", "post"}]
    return Filled({**_citing_nothing(), "sources": [*numbers, 99]})


async def test_a_model_plans_from_what_is_known_and_its_sources_are_kept(
    database: Database, server: ModelServer, models: None
) -> None:
    startup = await _startup(database)
    server.will(_citing)
    version = await _write(database, startup)
    assert version.generated_by == MODEL
    (call,) = server.calls
    assert "profile" not in {row["kind"] for row in _passages(call)}, "the brief is there as a whole"
    assert {(one.kind, one.source, one.quote) for one in version.sources or []} == {
        (PassageKind.FILE, "deck.pdf, page 2", "Backwerk Nord closed its mill."),
        (PassageKind.FILE, "deck.pdf, page 3", "Subscribers of the newsletter ask for recipes."),
        (PassageKind.FILE, "deck.pdf, page 4", "Parents in Altona buy on Fridays."),
        (PassageKind.POST, "LinkedIn post of 2 November 2026", "Breakfast, at dawn."),
    }, "by competitors, goals, audience and need; none for what nobody asked about nor for what was not handed over"


async def test_a_version_that_a_person_makes_of_it_keeps_its_sources(
    database: Database, server: ModelServer, models: None
) -> None:
    startup = await _startup(database)
    server.will(_citing)
    first = await _write(database, startup)
    mine: dict[str, Any] = {"organization_id": startup.id}
    async with database.transaction(startup.id) as session:
        await actions.accept(session, startup.owner, **mine, strategy_id=first.id)
        edits = {"positioning.brief": "Bread.", "positioning.primary_message": "Rye."}
        edited = await actions.edit(session, startup.owner, **mine, strategy_id=first.id, edits=edits)
    assert (edited.version, edited.sources) == (2, first.sources)


async def test_the_offline_writer_is_handed_nothing_and_says_nothing(database: Database) -> None:
    startup = await _startup(database)
    version = await _write(database, startup)
    assert (version.generated_by, version.sources) == (OfflineWriter.name, None)

    async def find(*_: object, **__: object) -> list[list[Passage]]:
        raise AssertionError("it would be asked for nothing")

    pointer = await _ask(database, startup)
    await write_strategy(pointer, database=database, writer=OfflineWriter(), find=find)
    async with database.transaction(startup.id) as session:
        assert await queries.of_request(session, organization_id=startup.id, request_id=pointer.request_id)


async def test_passages_are_found_while_no_transaction_is_open(
    database: Database, server: ModelServer, models: None
) -> None:
    startup, busy = await _startup(database), []

    async def find(database: Database, *, queries: list[str], **_: object) -> list[list[Passage]]:
        busy.append(pool_of(database).in_use)
        return [[] for _ in queries]

    server.will(lambda _: Filled({**_citing_nothing(), "sources": [1]}))
    pointer = await _ask(database, startup)
    async with aiohttp.ClientSession() as http:
        await generate_strategy(pointer, database=database, http=http, find=find)
    assert busy == [0]
    async with database.transaction(startup.id) as session:
        (version,) = await queries.versions(session, organization_id=startup.id)
    assert (version.generated_by, version.sources) == (MODEL, None), "nothing was found, so there is nothing to name"


def test_questions_are_made_of_the_brief() -> None:
    assert questions(organizations.brief(**BRIEF)) == [
        "bakery food Kornblume bakes bread from old grains and delivers it by bicycle.",
        "Parents of small children Altona",
        "Eat well at breakfast Industrial loaves",
        "newsletter subscribers",
        "Backwerk Nord Brotzeit",
    ]


@given(st.text(min_size=1, max_size=3000).filter(str.strip), st.lists(st.text(min_size=1, max_size=200), max_size=20))
def test_a_brief_of_any_length_makes_few_and_short_questions(words: str, needs: list[str]) -> None:
    brief = organizations.brief().model_copy(update={"description": words, "category": None})
    brief = brief.model_copy(update={"icp": brief.icp.model_copy(update={"jobs_to_be_done": needs})})
    made = questions(brief)
    assert 1 <= len(made) <= 5
    assert all(0 < len(one) <= 500 for one in made)


async def test_the_best_of_each_question_come_first_and_no_sentence_of_the_brief(database: Database) -> None:
    asked: list[str] = []

    async def find(_: Database, *, queries: list[str], **__: object) -> list[list[Passage]]:
        asked.extend(queries)
        kinds = [PassageKind.PROFILE] * 12 + [PassageKind.FILE] * 20
        return [
            [Passage(kind, f"{number}.{place}", "x", 1.0) for place, kind in enumerate(kinds)]
            for number, _ in enumerate(queries)
        ]

    brief = organizations.brief(**BRIEF)
    found = await passages_for(database, brief, organization_id=new_id(), find=find, day=START)
    assert asked == questions(brief)
    assert [one.text for one in found[:6]] == ["0.12", "1.12", "2.12", "3.12", "4.12", "0.13"]
    assert len(found) == EACH * len(asked)
