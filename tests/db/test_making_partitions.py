"""The door that makes a month's partition, asked by two at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date

import asyncpg
import pytest

MONTH = date(2031, 5, 17)
NAME = "analytics_y2031m05"
MAKE = "SELECT doors.make_partition($1)"


@pytest.fixture
async def other(owner_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


@pytest.fixture
async def no_partition(owner: asyncpg.Connection) -> AsyncIterator[None]:
    await owner.execute(f"DROP TABLE IF EXISTS {NAME}")
    yield
    await owner.execute(f"DROP TABLE IF EXISTS {NAME}")


async def _until_it_waits(watcher: asyncpg.Connection, pid: int) -> None:
    async with asyncio.timeout(10):
        while not await watcher.fetchval(  # noqa: ASYNC110 -- only the database knows
            "SELECT true FROM pg_locks WHERE pid = $1 AND locktype = 'advisory' AND NOT granted", pid
        ):
            await asyncio.sleep(0.01)


@pytest.mark.usefixtures("no_partition")
@pytest.mark.parametrize("isolation", ["read_committed", "repeatable_read", "serializable"])
async def test_two_who_make_the_same_month_at_once_both_get_it(
    owner: asyncpg.Connection, other: asyncpg.Connection, isolation: str
) -> None:
    first = owner.transaction()
    await first.start()
    assert await owner.fetchval(MAKE, MONTH) == NAME
    second = other.transaction(isolation=isolation)
    await second.start()
    assert await other.fetchval(f"SELECT to_regclass('{NAME}')") is None, "it remembers that there was none"
    late = asyncio.create_task(other.fetchval(MAKE, MONTH))
    await _until_it_waits(owner, other.get_server_pid())
    await first.commit()
    assert await late == NAME
    await second.commit()
    parts = await owner.fetch(
        "SELECT inhparent::regclass::text AS parent FROM pg_inherits WHERE inhrelid = $1::text::regclass", NAME
    )
    assert [row["parent"] for row in parts] == ["analytics"]


@pytest.mark.usefixtures("no_partition")
async def test_one_who_waits_makes_the_month_that_the_first_took_back(
    owner: asyncpg.Connection, other: asyncpg.Connection
) -> None:
    first = owner.transaction()
    await first.start()
    await owner.fetchval(MAKE, MONTH)
    late = asyncio.create_task(other.fetchval(MAKE, MONTH))
    await _until_it_waits(owner, other.get_server_pid())
    await first.rollback()
    assert await late == NAME
    assert await owner.fetchval("SELECT to_regclass($1)::text", NAME) == NAME
