"""With a model for embeddings, passages are found by meaning beside words; without one, or when it fails, by words."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import text

from ai.embedding_server import EmbeddingServer, embedding
from aipromote import clock, settings
from aipromote.ai.models import ModelCall
from aipromote.ai.usage import by_purpose
from aipromote.content import actions as content
from aipromote.db import vectors as pgvector
from aipromote.db.database import Database
from aipromote.documents.passages import FoundBy, PassageKind
from aipromote.knowledge.asking import Answer, ask, for_writers
from factories import organizations
from factories.organizations import Startup
from knowledge.meaning_scene import AT, fact, file, how_far, post, set_up, worked

WORDS, MEANING = FoundBy.WORDS, FoundBy.MEANING
assert content
assert ModelCall


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[EmbeddingServer]:
    async with embedding() as server:
        set_up(monkeypatch, server.settings())
        yield server
    monkeypatch.undo()
    settings.get.cache_clear()


async def _startup(database: Database, **how: object) -> Startup:
    return await organizations.organization(
        database, **{"proof_points": [], "founders": [], "description": "Kornblume bakes.", **how}
    )


async def _ask(database: Database, startup: Startup, query: str, **how: object) -> Answer:
    return await ask(database, organization_id=startup.id, query=query, **how)


async def test_what_means_the_same_in_other_words_is_found_with_its_source(
    database: Database, server: EmbeddingServer
) -> None:
    startup = await _startup(database, pricing="The price is six euros.")
    await fact(database, startup, "Nobody here is cheap")
    await file(database, startup, "Nothing here.", "Pricing was hard to decide.")
    piece_id = await post(database, startup, "Why our rye is expensive.")
    await worked(database)
    answer = await _ask(database, startup, "what are the costs")
    assert answer.by_meaning
    assert answer.note == ""
    assert {passage.kind: passage.source for passage in answer.passages} == {
        PassageKind.PROFILE: "Brief: pricing",
        PassageKind.FACT: "Fact, by Ledger",
        PassageKind.FILE: "deck.pdf, page 2",
        PassageKind.POST: "LinkedIn post of 2 November 2026",
    }
    assert {passage.found_by for passage in answer.passages} == {(MEANING,)}
    (found,) = [passage for passage in answer.passages if passage.kind is PassageKind.POST]
    assert (found.text, found.reference, found.outcome) == ("Why our rye is expensive.", piece_id, "not measured")


async def test_what_both_find_comes_before_what_only_one_finds(database: Database, server: EmbeddingServer) -> None:
    startup = await _startup(database)
    await file(
        database, startup, "The costs of flour.", "A cheap oven.", "The cheap flour has a price and costs little."
    )
    await worked(database)
    found = (await _ask(database, startup, "price of cheap flour")).passages
    assert found[0].text == "The cheap flour has a price and costs little."
    assert found[0].found_by == (WORDS, MEANING)
    assert {passage.text: passage.found_by for passage in found}["The costs of flour."] == (WORDS, MEANING)
    scores = [passage.score for passage in found]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] <= 2 / 61


async def test_the_part_of_a_long_text_that_is_near_is_shown(database: Database, server: EmbeddingServer) -> None:
    startup = await _startup(database)
    plain = "Plain flour rests in baskets. " * 60
    await file(database, startup, f"{plain}\n\nWhatever is expensive is cheap elsewhere.\n\n{plain}")
    await worked(database)
    (first, *_) = (await _ask(database, startup, "costs")).passages
    assert "Whatever is expensive" in first.text
    assert len(first.text) <= 700


async def test_a_text_that_changed_is_not_found_by_what_it_said(
    database: Database, server: EmbeddingServer, owner: asyncpg.Connection
) -> None:
    startup = await _startup(database)
    piece_id = await post(database, startup, "Why our rye is expensive.")
    await worked(database)
    assert len((await _ask(database, startup, "costs")).passages) == 1
    await owner.execute("ALTER TABLE content_pieces DISABLE TRIGGER USER")
    try:
        await owner.execute("UPDATE content_pieces SET body = 'Something else.' WHERE id = $1", piece_id)
        assert (await _ask(database, startup, "costs")).passages == []
        await owner.execute("UPDATE content_pieces SET body = 'Why our rye is expensive.' WHERE id = $1", piece_id)
        await owner.execute("UPDATE content_pieces SET status = 'ARCHIVED' WHERE id = $1", piece_id)
        assert (await _ask(database, startup, "costs")).passages == [], "archived pieces are no sources"
    finally:
        await owner.execute("ALTER TABLE content_pieces ENABLE TRIGGER USER")


async def test_another_organization_finds_nothing_of_it(
    database: Database, server: EmbeddingServer, owner: asyncpg.Connection
) -> None:
    mine, other = [await _startup(database, name=name) for name in ("Mine", "Other")]
    await file(database, mine, "Rye is expensive.")
    await fact(database, other, "Ovens are warm")
    await worked(database)
    assert [passage.text for passage in (await _ask(database, mine, "costs")).passages] == ["Rye is expensive."]
    assert (await _ask(database, other, "costs")).passages == []
    counted = "SELECT count(*) FROM passage_vectors"
    for organization_ids, seen in (((), 0), ((mine.id,), 2), ((other.id,), 2), ((mine.id, other.id), 4)):
        async with database.transaction(*organization_ids) as session:
            assert await session.scalar(text(counted)) == seen
    assert await owner.fetchval(counted) == 4


async def test_writers_get_it_too_without_facts_that_have_expired(
    database: Database, server: EmbeddingServer, owner: asyncpg.Connection
) -> None:
    startup = await _startup(database)
    old = await fact(database, startup, "A loaf is cheap")
    await fact(database, startup, "A loaf is expensive")
    await worked(database)
    await owner.execute("UPDATE facts SET expires_on = '2026-11-01' WHERE id = $1", old)
    server.calls.clear()
    first, second, third = await for_writers(
        database, organization_id=startup.id, queries=["costs", "?!", "price"], limit=8, day=AT.date()
    )
    assert [passage.text for passage in first] == ["A loaf is expensive"] == [passage.text for passage in third]
    assert second == []
    assert server.calls == [["costs", "price"]], "all questions in one call, and none without a word"


@pytest.mark.parametrize("trouble", ["away", "slow", "garbled", "another length", "budget", "unclear"])
async def test_when_the_provider_fails_words_find_and_the_answer_says_so(
    database: Database, server: EmbeddingServer, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    startup = await _startup(database)
    await file(database, startup, "Rye has a price.")
    await worked(database)
    if trouble == "away":
        server.status = 503
    elif trouble == "slow":
        server.delay = 5
        set_up(monkeypatch, {"ai_timeout_seconds": 0.2})
    elif trouble == "garbled":
        server.shape = lambda _: []
    elif trouble == "another length":
        server.dimensions = 32
    elif trouble == "budget":
        set_up(monkeypatch, {"ai_prices": "compatible:words=100000/0", "ai_budget_cents": 0})
    else:
        set_up(monkeypatch, {"ai_embedding_model": "anthropic:claude"})
    answer = await _ask(database, startup, "price")
    assert [(passage.text, passage.found_by) for passage in answer.passages] == [("Rye has a price.", (WORDS,))]
    if trouble != "another length":
        assert not answer.by_meaning
    said = {"away": "out of order", "slow": "longer than", "garbled": "vectors", "another length": "",
            "budget": "budget", "unclear": "AIPROMOTE_AI_EMBEDDING_MODEL"}  # fmt: skip
    assert said[trouble] in answer.note


async def test_without_a_model_nobody_is_asked_and_nothing_is_noted(database: Database) -> None:
    startup = await _startup(database)
    await file(database, startup, "Rye has a price.")
    assert await worked(database) == 0
    answer = await _ask(database, startup, "price")
    assert (len(answer.passages), answer.by_meaning, answer.note) == (1, False, "")


async def test_a_question_is_not_embedded_before_there_is_a_vector(database: Database, server: EmbeddingServer) -> None:
    startup = await _startup(database)
    answer = await _ask(database, startup, "bakes")
    assert len(answer.passages) == 1
    assert answer.note == "No text of this organization has been embedded with compatible:words yet."
    assert server.calls == []


async def test_what_it_costs_is_shown_by_purpose(database: Database, server: EmbeddingServer) -> None:
    startup = await _startup(database)
    await worked(database)
    await _ask(database, startup, "costs")
    async with database.transaction(startup.id) as session:
        now = clock.now()
        (used,) = await by_purpose(session, start=now.replace(day=1, hour=0, minute=0), end=now)
    assert (used.purpose, used.model, used.calls, used.answered) == ("embedding", "compatible:words", 2, 2)


async def test_without_pgvector_words_find_and_the_answer_says_what_to_do(
    database: Database, server: EmbeddingServer, owner: asyncpg.Connection, owner_url: str
) -> None:
    startup = await _startup(database)
    await file(database, startup, "Rye has a price.")
    await worked(database)
    await owner.execute("DROP EXTENSION vector")
    try:
        answer = await _ask(database, startup, "price")
        assert [passage.found_by for passage in answer.passages] == [(WORDS,)]
        assert answer.note == (
            "This database has no pgvector. Let a superuser run `CREATE EXTENSION vector` in this database."
        )
        await fact(database, startup, "Rye keeps")
        before = len(server.calls)
        assert await worked(database) == 0
        assert len(server.calls) == before, "nothing is paid for that cannot be used"
    finally:
        assert await pgvector.ensure(owner_url)
    assert (await _ask(database, startup, "price")).by_meaning
    assert (await how_far(database, startup)).vectors == 2
