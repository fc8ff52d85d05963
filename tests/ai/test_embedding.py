"""Texts become vectors over HTTP, in the providers' own protocols; each call has its row, its cost and its words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from ai.embedding_server import EmbeddingServer, embedding, vector_of
from ai.model_server import KEY
from aipromote.ai import embedders
from aipromote.ai.embedder import Embedder
from aipromote.ai.errors import ModelsFailed
from aipromote.ai.models import ModelBudget, ModelCall
from aipromote.db.database import Database
from aipromote.errors import SetupError
from aipromote.settings import Settings
from factories import organizations
from factories.organizations import Startup

MODELS = ("openai:text-embedding-3-small", "google:gemini-embedding-001", "compatible:nomic-embed-text")
TEXTS = ["Bread of old grains.", "We deliver by bicycle."]

every_model = pytest.mark.parametrize("model", MODELS)


@pytest.fixture
async def server() -> AsyncIterator[EmbeddingServer]:
    async with embedding() as server:
        yield server


async def _embedder(
    database: Database, server: EmbeddingServer, model: str, **values: object
) -> tuple[Startup, Embedder]:
    startup = await organizations.organization(database)
    config = Settings.model_validate(server.settings(model, **values))
    embedder = await embedders.current(config, database=database, organization_id=startup.id)
    assert embedder is not None
    assert embedder.name == model
    return startup, embedder


async def _rows(database: Database, startup: Startup) -> list[ModelCall]:
    async with database.transaction(startup.id) as session:
        return list(await session.scalars(select(ModelCall).order_by(ModelCall.id)))


async def _booked(database: Database, startup: Startup) -> int:
    async with database.transaction(startup.id) as session:
        return (await session.scalars(select(ModelBudget.spent_micros))).one()


@every_model
async def test_each_text_gets_its_vector_and_the_call_its_row(
    database: Database, server: EmbeddingServer, model: str
) -> None:
    startup, embedder = await _embedder(database, server, model)
    vectors = await embedder.embed(TEXTS, kind="document")
    assert vectors == [pytest.approx(vector_of(text)) for text in TEXTS]
    assert server.calls == [TEXTS]
    (row,) = await _rows(database, startup)
    assert (row.purpose, f"{row.provider}:{row.model}", row.outcome) == ("embedding", model, "ANSWERED")
    if not model.startswith("google"):  # whose answer does not tell
        assert (row.input_tokens, row.output_tokens) == (8, 0)
    if model.startswith("openai"):
        assert row.cost_micros == row.counted_micros == 1, "eight tokens cost less than a millionth of a dollar"
    if model.startswith("compatible"):
        assert (row.cost_micros, row.counted_micros) == (None, 0)


async def test_a_question_is_told_from_what_may_answer_it(database: Database, server: EmbeddingServer) -> None:
    _, embedder = await _embedder(database, server, "google:gemini-embedding-001")
    await embedder.embed(["What is it?"], kind="query")
    await embedder.embed(["This."], kind="document")
    assert server.kinds == ["RETRIEVAL_QUERY", "RETRIEVAL_DOCUMENT"]


@every_model
@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "put a valid one into AIPROMOTE_AI_"),
        (404, "look at AIPROMOTE_AI_EMBEDDING_MODEL"),
        (500, "it is out of order (HTTP 500"),
    ],
)
async def test_a_failure_has_words_and_a_row_and_repeats_nothing(
    database: Database, server: EmbeddingServer, model: str, status: int, words: str
) -> None:
    startup, embedder = await _embedder(database, server, model)
    server.status = status
    with pytest.raises(ModelsFailed) as caught:
        await embedder.embed(TEXTS, kind="document")
    assert words in caught.value.message
    assert caught.value.message.startswith(model)
    assert not any(secret in str(caught.value) for secret in (KEY, *TEXTS))
    (row,) = await _rows(database, startup)
    assert row.outcome == "FAILED"
    assert await _booked(database, startup) == 0


async def test_what_fails_in_passing_is_tried_again_but_not_for_somebody_who_waits(
    database: Database, server: EmbeddingServer
) -> None:
    _, embedder = await _embedder(database, server, "compatible:words", ai_retries=1)
    server.status = 503
    for patient, calls in ((True, 2), (False, 1)):
        server.calls.clear()
        with pytest.raises(ModelsFailed):
            await embedder.embed(TEXTS, kind="query", patient=patient)
        assert len(server.calls) == calls


async def test_a_slow_model_is_not_waited_for_and_stays_booked(database: Database, server: EmbeddingServer) -> None:
    startup, embedder = await _embedder(database, server, MODELS[0], ai_timeout_seconds=0.2)
    server.delay = 5
    with pytest.raises(ModelsFailed, match="longer than AIPROMOTE_AI_TIMEOUT_SECONDS allows"):
        await embedder.embed(TEXTS, kind="document")
    assert await _booked(database, startup) > 0, "it may have been charged"


@pytest.mark.parametrize(
    "shape",
    [
        lambda vectors: vectors[:1],
        lambda vectors: [vectors[0], vectors[1][:-1]],
        lambda _: [[0.0] * 4, [1.0] * 4],
        lambda _: [[1e30] * 4, [1.0] * 4],
        lambda _: [[], []],
    ],
    ids=["one too few", "of two lengths", "zeros", "beyond a real", "empty"],
)
@pytest.mark.parametrize("model", MODELS[:2])
async def test_what_is_no_list_of_vectors_is_refused(
    database: Database, server: EmbeddingServer, model: str, shape: object
) -> None:
    startup, embedder = await _embedder(database, server, model)
    server.shape = shape  # type: ignore[assignment]  # any of its words
    with pytest.raises(ModelsFailed, match="no list of vectors"):
        await embedder.embed(TEXTS, kind="document")
    (row,) = await _rows(database, startup)
    assert row.outcome == "FAILED"


async def test_a_budget_that_is_spent_makes_no_call(database: Database, server: EmbeddingServer) -> None:
    startup, embedder = await _embedder(database, server, MODELS[0], ai_budget_cents=0)
    with pytest.raises(ModelsFailed, match="budget"):
        await embedder.embed(TEXTS, kind="document")
    assert server.calls == []
    assert await _rows(database, startup) == []


async def test_a_call_that_was_stopped_has_its_row(database: Database, server: EmbeddingServer) -> None:
    startup, embedder = await _embedder(database, server, MODELS[2])
    server.delay = 5
    task = asyncio.create_task(embedder.embed(TEXTS, kind="document"))
    await server.asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (row,) = await _rows(database, startup)
    assert (row.outcome, row.error_kind) == ("FAILED", "cancelled")


@pytest.mark.parametrize("name", ["anthropic:claude", "nobody:x", "openai:", "offline", "text-embedding-3-small"])
async def test_what_is_no_model_for_embeddings_is_named_with_its_setting(database: Database, name: str) -> None:
    startup = await organizations.organization(database)
    config = Settings(ai_embedding_model=name)
    with pytest.raises(SetupError, match="AIPROMOTE_AI_EMBEDDING_MODEL"):
        await embedders.current(config, database=database, organization_id=startup.id)


async def test_without_a_model_there_is_no_embedder(database: Database) -> None:
    startup = await organizations.organization(database)
    assert await embedders.current(Settings(), database=database, organization_id=startup.id) is None
