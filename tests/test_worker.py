"""The worker as it is built for real: every room's handlers, sources and periodic tasks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest

from aipromote import clock, settings, worker
from aipromote.db.database import Database
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.kinds import EMAIL


@pytest.fixture
async def carrier(database: Database) -> AsyncIterator[Carrier]:
    config = settings.get()
    carrier = Carrier(config.require("redis_url"), prefix=config.queue_prefix)
    yield carrier
    await carrier.close()


@asynccontextmanager
async def at_work() -> AsyncIterator[None]:
    stop = asyncio.Event()
    working = asyncio.create_task(worker.run(stop))
    try:
        yield
    finally:
        stop.set()
        await working


async def test_every_periodic_task_really_runs(carrier: Carrier, owner: asyncpg.Connection) -> None:
    """What they are for is tested in their rooms; one of them is shown here to have done its work."""
    await _failed_ago(carrier, "old", timedelta(days=8))
    await _failed_ago(carrier, "new", timedelta(days=6))
    finished = "SELECT name FROM periodic_runs WHERE finished_at IS NOT NULL AND error_message IS NULL"
    async with at_work(), asyncio.timeout(60):
        while len(done := await owner.fetch(finished)) < len(worker.PERIODIC):  # noqa: ASYNC110 -- a server's news
            await asyncio.sleep(0.1)
    assert {row["name"] for row in done} == {task.name for task in worker.PERIODIC}
    failed = carrier.queue(EMAIL).toKey("failed")
    assert await carrier.redis.zrange(failed, 0, -1) == ["new"]
    await carrier.redis.delete(failed)


async def _failed_ago(carrier: Carrier, job_id: str, ago: timedelta) -> None:
    """A job of the e-mail queue that failed then, as BullMQ keeps it."""
    finished_ms = round((clock.now() - ago).timestamp() * 1000)
    queue = carrier.queue(EMAIL)
    facts = {"name": "send-email", "data": "{}", "opts": "{}", "timestamp": finished_ms, "finishedOn": finished_ms}
    await carrier.redis.hset(queue.toKey(job_id), mapping=facts)
    await carrier.redis.zadd(queue.toKey("failed"), {job_id: finished_ms})


def test_the_names_of_periodic_tasks_are_their_own() -> None:
    names = [task.name for task in worker.PERIODIC]
    assert len(names) == len(set(names))
