"""Each text gets its vector once: what is new or changed is embedded, what is gone goes, and failures are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ai.embedding_server import EmbeddingServer, embedding
from aipromote import clock, settings
from aipromote.ai import embedders
from aipromote.brand import actions as brand
from aipromote.db.database import Database
from aipromote.knowledge import indexing, vectors
from aipromote.knowledge.indexing import index
from aipromote.knowledge.library import parts
from aipromote.knowledge.parts import digest, parts_of
from aipromote.knowledge.progress import pending_indexes
from aipromote.organizations import actions as organizations_actions
from factories import organizations
from factories.organizations import Startup
from knowledge.meaning_scene import MODEL, fact, file, how_far, post, set_up, worked


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[EmbeddingServer]:
    async with embedding() as server:
        set_up(monkeypatch, server.settings())
        yield server
    monkeypatch.undo()
    settings.get.cache_clear()


async def _startup(database: Database) -> Startup:
    return await organizations.organization(database, proof_points=[], founders=[], description="Kornblume bakes.")


async def _later(owner: asyncpg.Connection) -> None:
    """The time of the next look has come, everywhere."""
    await owner.execute("UPDATE passage_indexes SET next_look_at = now() - interval '1 second'")


async def _again(database: Database, owner: asyncpg.Connection) -> None:
    await _later(owner)
    await worked(database)


async def _agrees(database: Database, startup: Startup, model: str = MODEL) -> bool:
    """Whether there is exactly one vector for each part of each text, of exactly its words."""
    async with database.transaction(startup.id) as session:
        wanted = {place: digest(words) async for place, words in parts(session, organization_id=startup.id)}
        rows = await vectors.kept(session, organization_id=startup.id)
    assert {row.model for row in rows} <= {model}
    return {row.place: row.text_hash for row in rows} == wanted


async def test_only_what_is_new_is_embedded_and_equal_words_once(
    database: Database, server: EmbeddingServer, owner: asyncpg.Connection
) -> None:
    startup = await _startup(database)
    await post(database, startup, "Rye keeps.")
    await file(database, startup, "Rye keeps.", "Wheat does not.")
    await worked(database)
    assert sorted(server.texts) == ["Kornblume bakes.", "Rye keeps.", "Wheat does not."]
    assert await _agrees(database, startup)
    server.calls.clear()
    await _again(database, owner)
    assert server.calls == []
    await fact(database, startup, "Wheat does not.")
    await fact(database, startup, "Spelt does")
    await _again(database, owner)
    assert server.texts == ["Spelt does"]
    assert await _agrees(database, startup)


async def test_sentences_of_a_brief_that_move_are_not_embedded_again(
    database: Database, server: EmbeddingServer, owner: asyncpg.Connection
) -> None:
    startup = await _startup(database)
    await worked(database)
    server.calls.clear()
    brief = startup.organization.brief.model_copy(update={"tagline": "Bread.", "category": "Bakery"})
    async with database.transaction(startup.id) as session:
        brief = brief.model_copy(update={"description": "It bakes.", "pricing": "Kornblume bakes."})
        await organizations_actions.change_brief(session, startup.owner, organization_id=startup.id, brief=brief)
    await _again(database, owner)
    assert sorted(server.texts) == ["Bakery", "Bread.", "It bakes."]
    assert await _agrees(database, startup)


async def test_a_source_that_is_deleted_takes_its_vectors_along_at_once(
    database: Database, server: EmbeddingServer, owner: asyncpg.Connection
) -> None:
    startup = await _startup(database)
    fact_id = await fact(database, startup, "Rye keeps")
    asset_id = await file(database, startup, "Wheat does not.")
    await worked(database)
    counted = "SELECT count(*) FROM passage_vectors WHERE organization_id = $1"
    assert await owner.fetchval(counted, startup.id) == 3
    async with database.transaction(startup.id) as session:
        await brand.remove_fact(session, startup.owner, organization_id=startup.id, fact_id=fact_id)
    await owner.execute("DELETE FROM assets WHERE id = $1", asset_id)
    assert await owner.fetchval(counted, startup.id) == 1
    await owner.execute("DELETE FROM organizations WHERE id = $1", startup.id)
    assert (
        await owner.fetchval("SELECT (SELECT count(*) FROM passage_vectors) + (SELECT count(*) FROM passage_indexes)")
        == 0
    )


async def test_another_model_embeds_everything_anew(
    database: Database, server: EmbeddingServer, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    startup = await _startup(database)
    await file(database, startup, "Rye keeps.")
    await worked(database)
    server.calls.clear()
    server.dimensions = 64
    set_up(monkeypatch, server.settings("openai:text-embedding-3-small"))
    assert (await how_far(database, startup, "openai:text-embedding-3-small")).others == 2
    await _again(database, owner)
    assert sorted(server.texts) == ["Kornblume bakes.", "Rye keeps."]
    assert await _agrees(database, startup, "openai:text-embedding-3-small")
    assert (await how_far(database, startup, "openai:text-embedding-3-small")).others == 0


async def test_a_failure_is_told_and_what_was_made_before_it_is_kept(
    database: Database, server: EmbeddingServer, owner: asyncpg.Connection
) -> None:
    startup = await _startup(database)
    await file(database, startup, *(f"Loaf number {n}." for n in range(indexing.BATCH + 20)))

    def fail_later(made: list[list[float]]) -> object:
        server.status = 503
        return made

    server.shape = fail_later
    await worked(database)
    found = await how_far(database, startup)
    assert (found.vectors, found.parts) == (indexing.BATCH, indexing.BATCH + 21)
    assert "it is out of order (HTTP 503" in (found.error_message or "")
    assert found.next_look_at is not None
    assert found.next_look_at > clock.now() + timedelta(minutes=4)
    server.status, server.shape = None, None
    server.calls.clear()
    await _again(database, owner)
    assert len(server.texts) == 21, "what was paid for is not paid for again"
    assert (await how_far(database, startup)).error_message is None
    assert await _agrees(database, startup)


async def test_a_long_library_is_done_in_several_runs(
    database: Database, server: EmbeddingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "MOST", 7)
    monkeypatch.setattr(indexing, "BATCH", 3)
    startup = await _startup(database)
    await file(database, startup, *(f"Loaf number {n}." for n in range(20)))
    assert await worked(database) == 3, "21 texts by sevens"
    assert max(map(len, server.calls)) == 3
    assert len(server.texts) == len(set(server.texts)) == 21
    assert await _agrees(database, startup)


async def test_two_workers_never_embed_the_same(database: Database, server: EmbeddingServer) -> None:
    startup = await _startup(database)
    server.delay = 0.3
    embedder = await embedders.current(settings.get(), database=database, organization_id=startup.id)
    assert embedder is not None
    both = await asyncio.gather(
        *(index(database=database, organization_id=startup.id, embedder=embedder) for _ in range(2))
    )
    assert sorted(both) == [False, True]
    assert server.texts == ["Kornblume bakes."]


async def test_a_worker_whose_claim_ran_out_writes_nothing_more(
    database: Database, server: EmbeddingServer, owner: asyncpg.Connection
) -> None:
    startup = await _startup(database)
    server.delay = 1.0
    embedder = await embedders.current(settings.get(), database=database, organization_id=startup.id)
    assert embedder is not None
    slow = asyncio.create_task(index(database=database, organization_id=startup.id, embedder=embedder))
    await server.asked.wait()
    await _later(owner)
    assert await slow is False
    assert (await how_far(database, startup)).vectors == 0


async def test_a_source_that_goes_while_its_words_are_embedded_gets_no_vector(
    database: Database, server: EmbeddingServer, owner: asyncpg.Connection
) -> None:
    startup = await _startup(database)
    asset_id = await file(database, startup, "Rye keeps.")
    server.delay = 0.5
    job = asyncio.create_task(worked(database))
    await server.asked.wait()
    await owner.execute("DELETE FROM assets WHERE id = $1", asset_id)
    await job
    assert (await how_far(database, startup)).vectors == 1
    server.delay = 0
    await _again(database, owner)
    assert await _agrees(database, startup)


async def test_the_products_own_organization_is_left_alone(
    database: Database, server: EmbeddingServer, owner: asyncpg.Connection
) -> None:
    startup = await _startup(database)
    await owner.execute("UPDATE organizations SET is_internal = true WHERE id = $1", startup.id)
    async with database.transaction() as session:
        assert await pending_indexes(session, limit=5) == []


EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("fact"), st.integers(0, 5)),
        st.tuples(st.just("post"), st.integers(0, 5)),
        st.tuples(st.just("file"), st.integers(0, 5)),
        st.tuples(st.just("forget"), st.sampled_from(["facts", "asset_texts"])),
        st.tuples(st.just("change"), st.integers(0, 5)),
        st.tuples(st.just("work"), st.none()),
    ),
    max_size=8,
)


@hypothesis_settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS)
async def test_whatever_is_edited_in_the_end_each_text_has_its_vector_and_nothing_was_paid_for_twice(
    database: Database, server: EmbeddingServer, owner: asyncpg.Connection, edits: list[tuple[str, object]]
) -> None:
    startup = await _startup(database)
    server.calls.clear()
    held: set[str] = set()
    for what, number in [*edits, ("work", None)]:
        if what == "fact":
            known = await owner.fetchval(
                "SELECT count(*) FROM facts WHERE organization_id = $1 AND statement = $2", startup.id, f"Loaf {number}"
            )
            if not known:
                await fact(database, startup, f"Loaf {number}")
        elif what == "post":
            await post(database, startup, f"Loaf {number}")
        elif what == "file":
            await file(database, startup, f"Loaf {number}", "Plain flour. " * 100)
        elif what == "forget":
            await owner.execute(f"DELETE FROM {number} WHERE organization_id = $1", startup.id)
        elif what == "change":
            await owner.execute(
                "UPDATE asset_texts SET text = $2 WHERE organization_id = $1 AND position = 1",
                startup.id, f"Loaf {number}",
            )  # fmt: skip
        else:
            rows = "SELECT encode(text_hash, 'hex') FROM passage_vectors WHERE organization_id = $1"
            held = {row[0] for row in await owner.fetch(rows, startup.id)}
            server.calls.clear()
            await _again(database, owner)
            asked = [digest(words).hex() for words in server.texts]
            assert len(asked) == len(set(asked))
            assert not held & set(asked)
    assert await _agrees(database, startup)


@given(
    text=st.one_of(
        st.text(max_size=3000),
        st.lists(st.sampled_from(["rye.", "oven", "é", "。", "\n\n", "东", "x" * 900]), max_size=300).map(" ".join),
    )
)
def test_the_parts_of_a_text_are_short_and_hold_all_its_words(text: str) -> None:
    found = parts_of(text)
    assert all(0 < len(part) <= 700 for part in found)
    whole, kept = "".join(text.split()), "".join("".join(part.split()) for part in found)
    assert [char for char in kept if char.isalnum()] == [char for char in whole if char.isalnum()]
