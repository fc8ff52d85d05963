"""How the database is."""

from __future__ import annotations

import asyncio

import asyncpg
from sqlalchemy import text

from aipromote.db import health
from aipromote.db.database import Database, create_engine
from aipromote.db.replica import Replica
from aipromote.db.revision import head

NOWHERE = "postgresql://somebody:secret-password@127.0.0.1:1/nothing"


async def test_a_database_at_rest_is_healthy(database: Database) -> None:
    found = await health.measure(database)
    assert found.problems == []
    assert found.schema_current == found.schema_wanted == head()
    assert found.latency_ms is not None
    assert (found.server_version or "").partition(".")[0].isdigit()
    assert 0 < found.connections_used <= found.connections_max
    assert found.replica is None
    assert "tests" in {client.name for client in found.clients or []}


async def test_the_pool_tells_who_is_in_and_who_waits(owner_url: str) -> None:
    database = Database.from_settings("tests", pool_size=1)
    try:
        async with database.transaction():
            waiter = asyncio.create_task(_once(database))
            while not database.waiting:  # noqa: ASYNC110 -- a counter has no event
                await asyncio.sleep(0.005)
            assert health.pool_of(database) == health.Pool(size=1, in_use=1, overflow=0, waiting=1)
        await waiter
        assert health.pool_of(database) == health.Pool(size=1, in_use=0, overflow=0, waiting=0)
    finally:
        await database.close()


async def _once(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(text("SELECT 1"))


async def test_an_old_transaction_is_seen(database: Database, owner: asyncpg.Connection) -> None:
    async with database.transaction() as session:
        await session.execute(text("SELECT pg_sleep(0.2)"))
        found = await health.measure(database)
    assert found.oldest_transaction_seconds is not None
    assert found.oldest_transaction_seconds >= 0.2
    mine = next(client for client in found.clients or [] if client.name == "tests")
    assert mine.idle_in_transaction >= 1


async def test_a_schema_that_is_behind_is_a_problem(database: Database, owner: asyncpg.Connection) -> None:
    await owner.execute("UPDATE alembic_version SET version_num = '0003'")
    try:
        found = await health.measure(database)
    finally:
        await owner.execute("UPDATE alembic_version SET version_num = $1", head())
    assert found.problems == ["The schema is not the one of this release. Run `aipromote db migrate`."]


async def test_a_database_that_is_away_is_said_so_without_its_address(owner_url: str) -> None:
    away = Database(create_engine(NOWHERE))
    found = await health.measure(away)
    assert found.problems == ["The database does not answer."]
    assert "secret" not in str(found.as_dict())


async def test_a_replica_that_is_away_needs_a_look_but_breaks_nothing(owner_url: str, database: Database) -> None:
    reading = Database(database.engine, replica=Replica(create_engine(NOWHERE), 10))
    found = await health.measure(reading)
    assert found.problems == ["The replica does not answer, or is none. Pages read from the primary."]
    async with reading.reading() as session:
        assert await session.scalar(text("SHOW transaction_read_only")) == "on"
