"""A connection that rested is tried before it is used; one that was in use a moment ago is not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from aipromote.db.database import driver_url
from aipromote.db.pinging import ping_after_rest


async def _engine(url: str, *, rest_seconds: float) -> AsyncEngine:
    engine = create_async_engine(driver_url(url), pool_size=2)
    ping_after_rest(engine.sync_engine, rest_seconds=rest_seconds)
    return engine


async def _pid(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        pid: int = await connection.scalar(select(text("pg_backend_pid()")))
        return pid


@pytest.fixture
async def resting(owner_url: str) -> AsyncIterator[AsyncEngine]:
    engine = await _engine(owner_url, rest_seconds=0.0)
    yield engine
    await engine.dispose()


@pytest.fixture
async def busy(owner_url: str) -> AsyncIterator[AsyncEngine]:
    engine = await _engine(owner_url, rest_seconds=3600.0)
    yield engine
    await engine.dispose()


async def test_a_connection_whose_server_went_while_it_rested_is_replaced_unnoticed(
    resting: AsyncEngine, owner: asyncpg.Connection
) -> None:
    first = await _pid(resting)
    await owner.execute("SELECT pg_terminate_backend($1, 5000)", first)
    assert await _pid(resting) != first


async def test_a_connection_that_was_in_use_a_moment_ago_is_not_pinged_and_its_loss_is_told(
    busy: AsyncEngine, owner: asyncpg.Connection
) -> None:
    first = await _pid(busy)
    assert await _pid(busy) == first
    await owner.execute("SELECT pg_terminate_backend($1, 5000)", first)
    with pytest.raises(DBAPIError) as told:
        await _pid(busy)
    assert told.value.connection_invalidated
    assert await _pid(busy) != first, "and the next one is a new one"
