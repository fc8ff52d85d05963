"""`aipromote knowledge …` and `aipromote ai check` as a person runs them, with a server that makes embeddings."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator

import asyncpg
import pytest

from ai.embedding_server import EmbeddingServer, embedding
from ai.model_server import KEY
from aipromote import settings
from aipromote.db import vectors as pgvector
from aipromote.db.database import Database
from factories import organizations
from knowledge.meaning_scene import file, set_up, worked


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[EmbeddingServer]:
    async with embedding() as server:
        set_up(monkeypatch, server.settings())
        yield server
    monkeypatch.undo()
    settings.get.cache_clear()


async def _program(*arguments: str) -> tuple[int, str, str]:
    """The exit code, and what was printed on both outputs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import sys; from aipromote.cli import main; sys.argv = ['aipromote', *sys.argv[1:]]; main()",
        *arguments,
        env=os.environ | {"COLUMNS": "200"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_a_person_sees_how_far_it_is_and_how_each_passage_was_found(
    database: Database, server: EmbeddingServer
) -> None:
    startup = await organizations.organization(database, proof_points=[], founders=[], description="It bakes.")
    await file(database, startup, "Rye is expensive.", "The costs of flour.")
    code, told, _ = await _program("knowledge", "status")
    assert code == 0, told
    assert "by words and by meaning, with compatible:words." in told
    assert "were not looked at yet" in told
    await worked(database)
    code, told, _ = await _program("knowledge", "status")
    assert code == 0
    assert "3 of 3 texts have their vectors." in told
    code, told, err = await _program("knowledge", "search", "costs")
    assert code == 0, err
    assert "words, meaning" in told
    assert "Rye is expensive." in told
    assert "deck.pdf, page 1" in told
    _, told, _ = await _program("knowledge", "search", "costs", "--json")
    assert {row["text"]: row["found_by"] for row in json.loads(told.splitlines()[-1])} == {
        "The costs of flour.": ["words", "meaning"], "Rye is expensive.": ["meaning"]
    }  # fmt: skip
    server.status = 500
    code, told, err = await _program("knowledge", "search", "costs")
    assert code == 0
    assert "The costs of flour." in told
    assert "Found by words alone. compatible:words: it is out of order (HTTP 500" in err
    assert KEY not in told + err


async def test_the_check_asks_the_model_for_embeddings_and_looks_for_pgvector(
    database: Database, server: EmbeddingServer, owner: asyncpg.Connection, owner_url: str
) -> None:
    await organizations.organization(database)
    code, told, err = await _program("ai", "check")
    assert code == 0, told + err
    assert "✓ compatible:words embeds: 1000 numbers" in told
    assert "✓ This database has pgvector." in told
    server.status = 404
    await owner.execute("DROP EXTENSION vector")
    try:
        code, told, _ = await _program("ai", "check")
        assert code == 1
        assert "✗ compatible:words does not embed. compatible:words: there is no model of this name" in told
        assert "look at AIPROMOTE_AI_EMBEDDING_MODEL" in told
        assert "Let a superuser run `CREATE EXTENSION vector` in this database." in told
        code, told, _ = await _program("knowledge", "status")
        assert code == 1
        assert "this database has no pgvector" in told
    finally:
        assert await pgvector.ensure(owner_url)


async def test_without_a_model_the_status_says_so(database: Database) -> None:
    await organizations.organization(database)
    code, told, _ = await _program("knowledge", "status")
    assert code == 0
    assert "AIPROMOTE_AI_EMBEDDING_MODEL names no model" in told
