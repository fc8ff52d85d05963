"""Posts are written from what is known, by the worker's own handlers; what was used is shown, told and kept."""

from __future__ import annotations

import html
import json
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from ai.model_server import Call, Filled, ModelServer, serving
from aipromote import settings
from aipromote.ai.jobs import RequestPointer
from aipromote.ai.offline.writing import OfflineWriter
from aipromote.brand import actions as brand
from aipromote.content import actions, queries
from aipromote.content.jobs import GENERATE_CONTENT
from aipromote.content.models import ContentPiece
from aipromote.db.database import Database
from aipromote.documents.passages import PassageKind
from aipromote.worker import HANDLERS
from factories import analytics, organizations, strategy
from factories.organizations import Startup

MODEL = "openai:gpt-5"
START = strategy.START
WORDS = (
    "amber", "birch", "cedar", "dusk", "ember", "fern", "grove", "hazel", "iris", "jade", "kelp", "lilac", "moss",
    "nettle", "opal", "pine",
)  # fmt: skip


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
    startup = await organizations.organization(database)
    await strategy.active(database, startup)
    async with database.transaction(startup.id) as session:
        for words, ends in (("Bread that keeps a week", None), ("Bread for 900 families", START - timedelta(days=1))):
            await brand.add_fact(
                session, startup.owner, organization_id=startup.id, statement=words, source="Ledger", expires_on=ends
            )
        account = await analytics.account(session, startup.id)
        post = await analytics.post(session, account, at=datetime(2026, 11, 2, 9, tzinfo=UTC), text="Bread, at dawn.")
        await analytics.measure(session, post, account, likes=12)
    return startup


async def _write(database: Database, startup: Startup) -> list[ContentPiece]:
    async with database.transaction(startup.id) as session:
        request = await actions.request_pieces(
            session, startup.owner, organization_id=startup.id, start=START, end=START + timedelta(days=14)
        )
    pointer = RequestPointer(organization_id=startup.id, request_id=request.id, attempts=0)
    async with aiohttp.ClientSession() as http:
        await HANDLERS[GENERATE_CONTENT](pointer, database=database, http=http)
    async with database.transaction(startup.id) as session:
        found = await queries.pieces(session, organization_id=startup.id)
    return [piece for piece in found if piece.slot_key]


def _text(call: Call) -> str:
    """All that was sent, as the model reads it."""

    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict | list):
            for part in value.values() if isinstance(value, dict) else value:
                yield from texts(part)

    return "\n".join(texts(json.loads(call.text)))


def _passages(call: Call) -> list[dict[str, Any]]:
    found = re.search(r"<<<DATA passages \w+>>>\n(.*?)\n<<<END passages", _text(call), re.DOTALL)
    assert found
    return json.loads(found[1])


def _citing(call: Call) -> Filled:
    """Posts that name every fact and post that was handed over, and one that was not."""
    numbers = [row["number"] for row in _passages(call) if row["kind"] in {"fact", "post"}]
    slots = sorted({int(number) for number in re.findall(r'"slot": (\d+)', _text(call))})
    said = [" ".join(WORDS[(slot * step + step) % len(WORDS)] * 2 for step in (1, 3, 5, 7)) for slot in slots]
    rows = zip(slots, said, strict=True)
    return Filled({"posts": [{"slot": slot, "hook": hook, "sources": [*numbers, 99]} for slot, hook in rows]})


async def test_a_model_writes_from_what_is_known_and_its_sources_are_kept(
    database: Database, server: ModelServer, models: None
) -> None:
    startup = await _startup(database)
    server.will(_citing)
    pieces = await _write(database, startup)
    assert pieces
    told = {row["text"]: row for call in server.calls for row in _passages(call)}
    assert "Bread that keeps a week" in told
    assert told["Bread, at dawn."]["result"] == "12 reactions (simulated audience)"
    for call in server.calls:
        assert "Bread for 900 families" not in _text(call), "no fact that has expired reaches a writer"
    assert {piece.generated_by for piece in pieces} == {MODEL}
    sources = {(one.kind, one.source, one.quote) for piece in pieces for one in piece.sources or []}
    assert sources == {
        (PassageKind.FACT, "Fact, by Ledger", "Bread that keeps a week"),
        (PassageKind.POST, "LinkedIn post of 2 November 2026", "Bread, at dawn."),
    }, "and none for the number that was not handed over"


async def test_the_offline_writers_pieces_keep_their_sentences_as_sources(database: Database) -> None:
    startup = await _startup(database)
    pieces = await _write(database, startup)
    assert pieces
    assert {piece.generated_by for piece in pieces} == {OfflineWriter.name}
    assert all(piece.sources for piece in pieces)
    said = html.unescape(" ".join(one.source for piece in pieces for one in piece.sources or []))
    assert "Brief: description" in said


async def test_what_a_person_writes_has_no_sources(database: Database) -> None:
    startup = await _startup(database)
    async with database.transaction(startup.id) as session:
        piece = await actions.new_piece(
            session, startup.owner, organization_id=startup.id, platform="TWITTER", body="By hand."
        )
        assert piece.sources is None
