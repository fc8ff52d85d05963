"""Backfills: bounded, resumable, in nobody's way."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import create_async_engine

from aipromote.db.backfill import Backfill, Progress, fill
from aipromote.db.database import driver_url

ONE, OTHER = uuid4(), uuid4()
TASK = Backfill(table="parcels", change="doubled = size * 2", undone="doubled IS NULL", batch=40, pause=0)


@pytest.fixture
async def parcels(owner: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    await owner.execute(
        "CREATE TABLE parcels (organization_id uuid, id uuid DEFAULT gen_random_uuid(), size int, doubled int, "
        "PRIMARY KEY (organization_id, id))"
    )
    for organization in (ONE, OTHER):
        await owner.execute(
            "INSERT INTO parcels SELECT $1, gen_random_uuid(), n FROM generate_series(1, 100) n", organization
        )
    yield owner
    await owner.execute("DROP TABLE parcels")


async def run(url: str, task: Backfill, seen: list[Progress] | None = None) -> int:
    engine = create_async_engine(driver_url(url), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(
                lambda found: fill(found, task, on_progress=(seen if seen is not None else []).append)
            )
    finally:
        await engine.dispose()


async def left(connection: asyncpg.Connection) -> int:
    return await connection.fetchval("SELECT count(*) FROM parcels WHERE doubled IS DISTINCT FROM size * 2")


async def test_every_row_is_changed_in_batches_of_the_size_that_was_asked_for(
    parcels: asyncpg.Connection, owner_url: str
) -> None:
    seen: list[Progress] = []
    assert await run(owner_url, TASK, seen) == 200
    assert [step.rows for step in seen] == [40, 80, 120, 160, 200]
    assert await left(parcels) == 0
    transactions = "SELECT count(DISTINCT xmin::text) FROM parcels"
    assert await parcels.fetchval(transactions) == 5
    assert await run(owner_url, TASK) == 0, "what is done is not done again"


async def test_one_organization_can_be_done_by_itself(parcels: asyncpg.Connection, owner_url: str) -> None:
    only = Backfill(
        table="parcels", change="doubled = size * 2", undone="doubled IS NULL", pause=0, organization_id=ONE
    )
    assert await run(owner_url, only) == 100
    rows = await parcels.fetch("SELECT DISTINCT organization_id FROM parcels WHERE doubled IS NULL")
    assert [UUID(str(row["organization_id"])) for row in rows] == [OTHER]


async def test_a_killed_backfill_goes_on_where_it_stopped(parcels: asyncpg.Connection, owner_url: str) -> None:
    program = (
        "import asyncio, sys; sys.path.insert(0, 'tests/db')\n"
        "from test_backfill import *\n"
        "task = Backfill(table='parcels', change='doubled = size * 2', undone='doubled IS NULL', batch=7, pause=0)\n"
        "class Told(list):\n"
        "    def append(self, step):\n"
        "        print(step.rows, flush=True)\n"
        "        if step.rows >= 70: sys.stdin.read()\n"  # holds still until it is killed
        "asyncio.run(run(sys.argv[1], task, Told()))\n"
    )
    victim = subprocess.Popen(  # noqa: ASYNC220 -- read line by line, and nothing else runs in this loop
        [sys.executable, "-c", program, owner_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert victim.stdout is not None
    while int(victim.stdout.readline()) < 70:
        pass
    os.kill(victim.pid, signal.SIGKILL)
    victim.communicate()
    assert await left(parcels) == 130, "each batch was committed by itself"
    assert await run(owner_url, TASK) == 130
    assert await left(parcels) == 0


async def test_a_locked_row_is_waited_for_and_what_others_did_meanwhile_is_kept(
    parcels: asyncpg.Connection, owner_url: str
) -> None:
    other = await asyncpg.connect(owner_url)
    transaction = other.transaction()
    await transaction.start()
    await other.execute("UPDATE parcels SET doubled = -1 WHERE organization_id = $1", ONE)

    async def filled() -> int:
        engine = create_async_engine(driver_url(owner_url), poolclass=NullPool, isolation_level="AUTOCOMMIT")
        try:
            async with engine.connect() as connection:
                await connection.exec_driver_sql("SET lock_timeout = '150ms'")
                return await connection.run_sync(lambda found: fill(found, TASK))
        finally:
            await engine.dispose()

    try:  # in a thread of its own: while it pauses, the one that looks at it must not stand still
        release = asyncio.create_task(_after_a_refusal(parcels, transaction))
        changed = await asyncio.to_thread(asyncio.run, filled())
        await release
    finally:
        await other.close()
    assert changed == 100
    assert await parcels.fetchval("SELECT count(*) FROM parcels WHERE doubled = -1") == 100


async def _after_a_refusal(watcher: asyncpg.Connection, transaction: asyncpg.transaction.Transaction) -> None:
    """Let go of the rows once somebody has waited for them in vain."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    for is_it_now in (1, 0):
        while await watcher.fetchval(waiting) != is_it_now:  # noqa: ASYNC110 -- only the server can tell
            await asyncio.sleep(0.01)
    await transaction.commit()


async def test_a_connection_whose_batches_would_not_be_committed_is_refused(
    parcels: asyncpg.Connection, owner_url: str
) -> None:
    engine = create_async_engine(driver_url(owner_url), poolclass=NullPool)
    async with engine.connect() as connection:
        with pytest.raises(ValueError, match="autocommit"):
            await connection.run_sync(lambda found: fill(found, TASK))
    await engine.dispose()
