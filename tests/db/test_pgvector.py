"""pgvector is made where the server has it, missed nowhere, and in no backup."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import make_url

from aipromote import schema
from aipromote.db import migrate, vectors
from aipromote.db.database import Database

_HAS = "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'vector')"


@pytest.fixture
async def fresh(owner: asyncpg.Connection, owner_url: str) -> AsyncIterator[str]:
    """An empty database of its own."""
    await owner.execute("CREATE DATABASE test_pgvector TEMPLATE template0")
    yield make_url(owner_url).set(database="test_pgvector").render_as_string(hide_password=False)
    await owner.execute("DROP DATABASE test_pgvector WITH (FORCE)")


async def test_migrations_make_it_and_make_it_again(owner: asyncpg.Connection, owner_url: str) -> None:
    assert await owner.fetchval(_HAS)
    await owner.execute("DROP EXTENSION vector")
    assert (await migrate.upgrade(owner_url)).is_current
    assert await owner.fetchval(_HAS), "a server can get it when all migrations are applied"


async def test_the_schema_is_the_same_without_it(fresh: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "_IS_AVAILABLE", "SELECT false")  # as a server without pgvector says
    assert (await migrate.upgrade(fresh)).is_current
    connection = await asyncpg.connect(fresh)
    assert not await connection.fetchval(_HAS)
    assert not await connection.fetchval("SELECT to_regtype('vector') IS NOT NULL")
    await connection.close()
    assert await migrate.differences(fresh, schema.metadata) == []


async def test_no_table_depends_on_it(owner: asyncpg.Connection, owner_url: str) -> None:
    await owner.execute("DROP EXTENSION vector RESTRICT")
    assert await vectors.ensure(owner_url)


async def test_an_owner_who_may_not_make_it_goes_on_without(owner: asyncpg.Connection, owner_url: str) -> None:
    await owner.execute("DROP EXTENSION vector")
    await owner.execute("CREATE ROLE plain_vectors LOGIN PASSWORD 'plain'")
    try:
        url = make_url(owner_url).set(username="plain_vectors", password="plain")
        assert not await vectors.ensure(url.render_as_string(hide_password=False))
    finally:
        await owner.execute("DROP ROLE plain_vectors")
        assert await vectors.ensure(owner_url)


async def test_the_application_may_ask_whether_it_is_there(
    database: Database, owner: asyncpg.Connection, owner_url: str
) -> None:
    async with database.transaction() as session:
        assert await vectors.is_there(session)
    await owner.execute("DROP EXTENSION vector")
    try:
        async with database.transaction() as session:
            assert not await vectors.is_there(session)
            assert await vectors.remedy(session) == "Let a superuser run `CREATE EXTENSION vector` in this database."
    finally:
        assert await vectors.ensure(owner_url)
