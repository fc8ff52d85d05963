"""Staging: every due row, from every source that works, however many stagers look."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import structlog
from job_samples import COLLECT, ORDERED, RETRY, Ledger, eventually, rows, running

from aipromote.jobs.carrier import Carrier
from aipromote.jobs.ending import end
from aipromote.jobs.health import measure
from aipromote.jobs.kinds import ANALYTICS, Due
from aipromote.jobs.stager import Source, Stager


async def broken(limit):
    raise RuntimeError("relation does not exist")


async def stuck(limit):
    await asyncio.Event().wait()


async def test_a_row_that_nobody_pushed_is_staged_and_run(carrier: Carrier, redis_server_url: str, prefix: str):
    ledger = Ledger(due=dict.fromkeys(rows(5)))
    stager = Stager(carrier, [Source(COLLECT, ledger.pending)], interval=0.01)
    async with running(redis_server_url, prefix, {COLLECT: ledger.handle}):
        await stager.start()
        await eventually(lambda: not ledger.due)
        await stager.stop()


async def test_a_row_that_stays_due_is_run_again_by_a_stager_that_pushed_it_before(
    carrier: Carrier, redis_server_url: str, prefix: str
):
    ledger = Ledger(due=dict.fromkeys(rows(1)))

    async def dies_twice(pointer):
        outcome = await ledger.handle(pointer)
        if len(ledger.handled) < 3:
            ledger.due[pointer] = None
        return outcome

    stager = Stager(carrier, [Source(COLLECT, ledger.pending)], interval=0.01, quiet_seconds=0.05)
    async with running(redis_server_url, prefix, {COLLECT: dies_twice}):
        await stager.start()
        await eventually(lambda: len(ledger.handled) == 3)
        await stager.stop()


async def test_one_source_that_fails_and_one_that_hangs_do_not_stop_the_others(carrier: Carrier):
    ledger = Ledger(due=dict.fromkeys(rows(2)))
    sources = [Source(RETRY, broken), Source(ORDERED, stuck, timeout_seconds=0.05), Source(COLLECT, ledger.pending)]
    stager = Stager(carrier, sources, interval=0.01)
    with structlog.testing.capture_logs() as logs:
        assert await stager.tick() == 2
        await stager.tick()
    assert set(stager.last_errors) == {"retry", "ordered"}
    assert "relation does not exist" in stager.last_errors["retry"]
    assert len([line for line in logs if line["event"] == "source not staged"]) == 2  # once each, not at every look


async def test_two_stagers_and_two_workers_run_every_row_once(carrier: Carrier, redis_server_url: str, prefix: str):
    ledger = Ledger(due=dict.fromkeys(rows(40)))
    stagers = [Stager(carrier, [Source(COLLECT, ledger.pending)], interval=0.001) for _ in range(2)]
    async with (
        running(redis_server_url, prefix, {COLLECT: ledger.handle}),
        running(redis_server_url, prefix, {COLLECT: ledger.handle}),
    ):
        for stager in stagers:
            await stager.start()
        await eventually(lambda: not ledger.due)
        for stager in stagers:
            await stager.stop()
    assert sorted(ledger.handled, key=str) == sorted(set(ledger.handled), key=str)


async def test_urgency_comes_from_the_source(carrier: Carrier, redis_server_url: str, prefix: str):
    late, soon = rows(2)
    ledger = Ledger(due={soon: 4, late: 1})
    await Stager(carrier, [Source(ORDERED, ledger.pending)], interval=1).tick()
    async with running(redis_server_url, prefix, {ORDERED: ledger.handle}):
        await eventually(lambda: not ledger.due)
    assert ledger.handled == [late, soon]


async def test_a_stager_takes_only_as_many_as_it_asked_for(carrier: Carrier):
    ledger = Ledger(due=dict.fromkeys(rows(7)))
    assert await Stager(carrier, [Source(COLLECT, ledger.pending, limit=5)], interval=1).tick() == 5


async def test_a_stager_shows_that_it_lives_and_what_it_could_not_do(carrier: Carrier):
    stager = Stager(carrier, [Source(RETRY, broken)], interval=0.01)
    await stager.tick()
    await stager.start()
    await eventually(lambda: carrier.redis.exists(f"{carrier.prefix}:pulse"))
    processes = (await measure(carrier, queues=(ANALYTICS,))).processes
    assert (processes[0].role, processes[0].alive) == ("stager", True)
    assert "relation does not exist" in processes[0].facts["errors"]["retry"]
    look = processes[0].facts["looks"]["retry"]
    assert look["seconds_ago"] >= 0
    assert look["late_after"] == 2 * 0.01 + 15
    await stager.stop()
    assert (await measure(carrier, queues=(ANALYTICS,))).processes == ()


async def test_a_kind_is_looked_for_as_often_as_it_says(carrier: Carrier):
    looks: list[str] = []

    async def often(limit):
        looks.append("often")
        return []

    async def seldom(limit):
        looks.append("seldom")
        return []

    rare = replace(RETRY, look_seconds=3600.0)
    stager = Stager(carrier, [Source(COLLECT, often), Source(rare, seldom)], interval=0.01)
    await stager.start()
    await eventually(lambda: looks.count("often") >= 5)
    await stager.stop()
    assert looks.count("seldom") == 1


async def test_a_source_that_hangs_is_seen_by_when_it_was_last_looked_at(carrier: Carrier):
    ledger, hanging = Ledger(), asyncio.Event()

    async def hangs_later(limit):
        if hanging.is_set():
            await asyncio.Event().wait()
        return []

    sources = [Source(ORDERED, hangs_later, timeout_seconds=3600), Source(COLLECT, ledger.pending)]
    stager = Stager(carrier, sources, interval=0.01)
    await stager.start()
    hanging.set()
    await asyncio.sleep(0.5)
    looks = stager.looks()
    await stager.stop()
    assert looks["ordered"]["seconds_ago"] >= 0.4
    assert looks["ordered"]["seconds_ago"] > looks["collect"]["seconds_ago"]


async def test_a_task_that_swallows_a_cancellation_is_ended_all_the_same():
    swallowed = []

    async def deaf_at_first():
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if swallowed:
                    raise
                swallowed.append(True)

    task = asyncio.create_task(deaf_at_first())
    await asyncio.sleep(0)
    await end([task, None])
    assert swallowed
    assert task.cancelled()


async def test_during_a_backlog_the_stager_glances_until_the_workers_have_eaten_most_of_it(carrier: Carrier):
    """And what is beyond the glance is found again as soon as too little waits."""
    due = dict.fromkeys(rows(80), ORDERED.queue.priority)
    ledger, asked = Ledger(due=due), list[int]()

    async def pending(limit: int):
        asked.append(limit)
        return await ledger.pending(limit)

    stager = Stager(carrier, [Source(ORDERED, pending, glances=True)], interval=1, quiet_seconds=0)
    assert await stager.tick() == 80
    await stager.tick()
    await stager.tick()
    assert asked == [100, 10, 10]
    for job in (await carrier.queue(ORDERED.queue).getJobs(["prioritized"]))[:60]:
        await job.remove()
    assert await stager.tick() == 60, "what Redis has lost is carried again"
    assert asked == [100, 10, 10, 100]


async def test_jobs_that_failed_do_not_keep_the_stager_from_looking_beyond_them(carrier: Carrier):
    """Only what waits counts as enough: what has failed stays due, and stays out of the way."""
    ledger = Ledger(due=dict.fromkeys(rows(80), ORDERED.queue.priority))
    stager = Stager(carrier, [Source(ORDERED, ledger.pending, glances=True)], interval=1, quiet_seconds=0)
    await stager.tick()
    queue = carrier.queue(ORDERED.queue)
    for job in await queue.getJobs(["prioritized"]):
        await job.remove()
        await carrier.redis.zadd(queue.toKey("failed"), {job.id: 2**45})
        await carrier.redis.hset(queue.toKey(job.id), mapping={"timestamp": 1, "finishedOn": 2**45, "name": "ordered"})
    newest = rows(1)[0]
    ledger.due[newest] = ORDERED.queue.priority
    assert await stager.tick() == 1


async def test_what_is_due_soon_is_staged_when_it_is_due_and_not_at_the_next_beat(carrier: Carrier):
    """With a beat of an hour only the look ahead can bring it in time."""
    soon, begun = rows(1)[0], time.monotonic()

    async def pending(limit: int):
        left = begun + 0.3 - time.monotonic()
        return [Due(soon, in_seconds=max(0.0, left))]

    stager = Stager(carrier, [Source(COLLECT, pending)], interval=3600)
    assert await stager.tick() == 0, "not before its time"
    await stager.start()
    await eventually(lambda: carrier.waiting(COLLECT))
    assert time.monotonic() - begun >= 0.3
    await stager.stop()
