"""The numbers are true, and so are the warnings; finished jobs are cleaned, failed ones can be handled by hand."""

from __future__ import annotations

import asyncio
import json

import pytest
from job_samples import ONE_BY_ONE, ORDERED, OwnServer, eventually, row, rows, running

from aipromote import __version__
from aipromote.errors import Unavailable
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.cleaning import Retention, clean
from aipromote.jobs.health import QueueHealth, measure
from aipromote.jobs.kinds import QUEUES
from aipromote.jobs.outcomes import Done


async def look(carrier: Carrier, queue=ONE_BY_ONE, **options) -> QueueHealth:
    [health] = (await measure(carrier, queues=(queue,), **options)).queues
    return health


async def three_are_finished(queue) -> bool:
    return await queue.getJobCountByTypes("completed", "failed") == 3


async def test_an_untouched_server_has_five_empty_queues(carrier: Carrier):
    health = await measure(carrier)
    assert [queue.name for queue in health.queues] == [queue.name for queue in QUEUES]
    for queue in health.queues:
        assert queue == QueueHealth(queue.name, 0, 0, 0, 0, 0, 0, False, 0, None, 0, 0, None)
    assert health.workers_alive == 0


async def test_every_count_is_true_at_once(carrier: Carrier, redis_server_url: str, prefix: str):
    begun = asyncio.Event()
    patient = type(ORDERED)("patient", queue=ONE_BY_ONE, pointer=ORDERED.pointer)

    async def handle(pointer):
        if pointer.attempt == 1:
            raise RuntimeError("fails")
        if pointer.attempt == 2:
            begun.set()
            await asyncio.Event().wait()
        return Done()

    await carrier.push(patient, [row(), row(), row(attempt=1), row(attempt=2), row(), row(), row()], priority=1)
    await carrier.push(patient, rows(2), delay=600)
    async with running(redis_server_url, prefix, {patient: handle}) as runner:
        await begun.wait()
        health = await look(carrier)
        await eventually(lambda: carrier.redis.exists(f"{prefix}:pulse"))
        whole = await measure(carrier, queues=(ONE_BY_ONE,))
        assert whole.workers_alive == 1
        assert whole.processes[0].id == runner.id
        assert whole.processes[0].queues == ("one-by-one",)
        json.dumps(whole.as_dict())
        await runner.stop(grace_seconds=0)
    assert (health.completed, health.failed, health.active, health.prioritized, health.delayed) == (2, 1, 1, 3, 2)
    assert (health.completed_last_minute, health.failed_last_minute) == (2, 1)
    assert health.oldest_waiting_seconds is not None


async def test_the_oldest_waiting_job_is_found_behind_more_urgent_ones(carrier: Carrier):
    old, *new = rows(4)
    await carrier.push(ORDERED, [old], priority=5)
    key = carrier.queue(ONE_BY_ONE).toKey(ORDERED.job_id(old))
    pushed = int(await carrier.redis.hget(key, "timestamp"))
    await carrier.redis.hset(key, "timestamp", pushed - 3_600_000)
    for priority, pointer in enumerate(new, start=3):
        await carrier.push(ORDERED, [pointer], priority=priority)
    assert (await look(carrier)).oldest_waiting_seconds >= 3600


async def test_overdue_rows_are_counted_by_who_knows_them(carrier: Carrier):
    async def late() -> int:
        return 7

    assert (await look(carrier, overdue={"one-by-one": late})).overdue == 7


async def test_a_server_that_is_away_is_said_to_be_away(own_server: OwnServer, own_carrier: Carrier):
    own_server.kill()
    with pytest.raises(Unavailable):
        await measure(own_carrier)


async def test_finished_jobs_are_cleaned_by_age(carrier: Carrier, redis_server_url: str, prefix: str):
    async def handle(pointer):
        if pointer.attempt:
            raise RuntimeError("fails")
        return Done()

    async with running(redis_server_url, prefix, {ORDERED: handle}):
        await carrier.push(ORDERED, [row(), row(), row(attempt=1)])
        queue = carrier.queue(ONE_BY_ONE)
        await eventually(lambda: three_are_finished(queue))
    assert await clean(carrier, queues=(ONE_BY_ONE,)) == 0
    only_done = Retention(completed_seconds=0)
    assert await clean(carrier, retention=only_done, queues=(ONE_BY_ONE,)) == 2
    health = await look(carrier)
    assert (health.completed, health.failed) == (0, 1)


async def test_a_process_tells_what_it_is_and_since_when(carrier: Carrier, redis_server_url: str, prefix: str):
    async with running(redis_server_url, prefix, {ORDERED: None}) as runner:
        await eventually(lambda: carrier.redis.zscore(f"{prefix}:pulse", runner.id))
        [beat] = (await measure(carrier, queues=())).processes
    assert (beat.role, beat.version, beat.queues) == ("worker", __version__, ("one-by-one",))
    assert beat.since_seconds is not None


async def test_a_process_of_another_release_is_understood_as_far_as_it_goes(carrier: Carrier, prefix: str):
    told = {"role": "worker", "host": "there", "pid": 7, "queues": ["email"], "facts": {}, "mood": "fine"}
    await carrier.redis.set(f"{prefix}:pulse:old", json.dumps(told))
    await carrier.redis.zadd(f"{prefix}:pulse", {"old": 1})
    [beat] = (await measure(carrier, queues=())).processes
    assert (beat.pid, beat.version, beat.since_seconds, beat.alive) == (7, None, None, False)
