"""The numbers are true, and so are the warnings; finished jobs are cleaned, failed ones can be handled by hand."""

from __future__ import annotations

import asyncio
import json

import pytest
from job_samples import COLLECT, ONE_BY_ONE, ORDERED, RETRY, OwnServer, eventually, row, rows, running

from aipromote.errors import NotFound, Unavailable
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.cleaning import Retention, clean
from aipromote.jobs.failed import discard, failed_jobs, replay
from aipromote.jobs.health import QueueHealth, measure
from aipromote.jobs.kinds import ANALYTICS, QUEUES
from aipromote.jobs.outcomes import Done
from aipromote.jobs.server import check_server


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


async def test_a_paused_queue_says_so_and_still_counts_what_waits(carrier: Carrier):
    await carrier.queue(ONE_BY_ONE).pause()
    await carrier.push(ORDERED, rows(2))
    health = await look(carrier)
    assert health.paused
    assert health.waiting + health.prioritized == 2


async def test_overdue_rows_are_counted_by_who_knows_them(carrier: Carrier):
    async def late() -> int:
        return 7

    assert (await look(carrier, overdue={"one-by-one": late})).overdue == 7


async def test_a_server_that_is_away_is_said_to_be_away(own_server: OwnServer, own_carrier: Carrier):
    own_server.kill()
    with pytest.raises(Unavailable):
        await measure(own_carrier)
    with pytest.raises(Unavailable):
        await check_server(own_server.url)


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


async def test_a_failed_job_can_be_replayed_with_all_its_attempts_and_discarded(
    carrier: Carrier, redis_server_url: str, prefix: str
):
    runs, told, (pointer, other) = [], [], rows(2)

    async def fail(pointer):
        runs.append(pointer)
        raise RuntimeError("no")

    async def note(pointer, reason):
        told.append(pointer)

    async with running(redis_server_url, prefix, {RETRY: fail}, gave_up={RETRY: note}):
        await carrier.push(RETRY, [pointer, other])
        await eventually(lambda: len(told) == 2)
        await replay(carrier, RETRY.queue, RETRY.job_id(pointer))
        await eventually(lambda: len(told) == 3)
    assert runs.count(pointer) == 6
    await discard(carrier, RETRY.queue, RETRY.job_id(pointer))
    assert [job.id for job in await failed_jobs(carrier, RETRY.queue)] == [RETRY.job_id(other)]


async def test_only_failed_jobs_are_replayed_or_discarded(carrier: Carrier):
    pointer = row()
    await carrier.push(COLLECT, [pointer])
    for verb in (replay, discard):
        with pytest.raises(NotFound):
            await verb(carrier, ANALYTICS, COLLECT.job_id(pointer))
        with pytest.raises(NotFound):
            await verb(carrier, ANALYTICS, "nothing")
    assert (await look(carrier, ANALYTICS)).prioritized == 1


async def test_a_server_that_suits_queues_has_nothing_to_warn_about(own_server: OwnServer):
    assert await check_server(own_server.url) == []


async def test_a_server_that_evicts_or_forgets_is_warned_about(own_server: OwnServer):
    own_server.kill()
    await own_server.start("--appendonly", "no", "--maxmemory-policy", "allkeys-lru")
    eviction, persistence = await check_server(own_server.url)
    assert "noeviction" in eviction
    assert "appendonly" in persistence
