"""Real servers that go away and real workers that are killed: nothing is lost."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable

from job_samples import COLLECT, Ledger, OwnServer, eventually, rows, running

from aipromote.jobs.carrier import Carrier
from aipromote.jobs.health import measure
from aipromote.jobs.kinds import ANALYTICS
from aipromote.jobs.stager import Source, Stager


async def test_the_jobs_of_a_worker_that_was_killed_are_run_by_another(
    carrier: Carrier, redis_server_url: str, prefix: str, start_victim: Callable
):
    ledger, pointers = Ledger(), rows(ANALYTICS.concurrency)
    await carrier.push(COLLECT, pointers)
    victim = start_victim(redis_server_url, prefix)
    begun = {(await asyncio.to_thread(victim.stdout.readline)).split()[1] for _ in pointers}
    assert begun == {str(pointer.row_id) for pointer in pointers}
    os.kill(victim.pid, signal.SIGKILL)
    async with running(redis_server_url, prefix, {COLLECT: ledger.handle}):
        await eventually(lambda: set(ledger.handled) == set(pointers))


async def test_a_killed_worker_is_seen_as_silent_and_a_stopped_one_is_gone(
    carrier: Carrier, redis_server_url: str, prefix: str, start_victim: Callable
):
    await carrier.push(COLLECT, rows(1))
    victim = start_victim(redis_server_url, prefix)
    await asyncio.to_thread(victim.stdout.readline)
    os.kill(victim.pid, signal.SIGKILL)
    async with running(redis_server_url, prefix, {}) as runner:
        await eventually(lambda: carrier.redis.zscore(f"{prefix}:pulse", runner.id))
    [left] = (await measure(carrier, queues=())).processes
    assert left.pid == victim.pid


async def test_after_redis_was_emptied_the_stager_brings_everything_back(own_server: OwnServer, own_carrier: Carrier):
    ledger = Ledger(due=dict.fromkeys(rows(30)))
    stager = Stager(own_carrier, [Source(COLLECT, ledger.pending)], interval=0.05, quiet_seconds=3600)
    assert await stager.tick() == 30
    assert await stager.tick() == 0
    await own_server.empty()
    assert await stager.tick() == 30
    async with running(own_server.url, own_carrier.prefix, {COLLECT: ledger.handle}):
        await eventually(lambda: not ledger.due)


async def test_a_server_emptied_under_a_running_worker_does_not_stop_it(own_server: OwnServer, own_carrier: Carrier):
    ledger = Ledger()
    stager = Stager(own_carrier, [Source(COLLECT, ledger.pending)], interval=0.02)
    async with running(own_server.url, own_carrier.prefix, {COLLECT: ledger.handle}):
        await stager.start()
        for _ in range(3):
            ledger.due.update(dict.fromkeys(rows(20)))
            await own_server.empty()
            await eventually(lambda: not ledger.due)
        await stager.stop()


async def test_a_runner_and_a_stager_go_on_after_redis_was_killed_and_started_again(
    own_server: OwnServer, own_carrier: Carrier
):
    ledger = Ledger()
    stager = Stager(own_carrier, [Source(COLLECT, ledger.pending)], interval=0.02)
    async with running(own_server.url, own_carrier.prefix, {COLLECT: ledger.handle}):
        await stager.start()
        ledger.due.update(dict.fromkeys(rows(10)))
        await eventually(lambda: not ledger.due)
        own_server.kill()
        ledger.due.update(dict.fromkeys(rows(10)))
        await eventually(lambda: "collect" in stager.last_errors)
        await own_server.start()
        await eventually(lambda: not ledger.due)
        await eventually(lambda: not stager.last_errors)
        await stager.stop()


async def test_a_runner_that_was_started_before_redis_begins_when_it_is_there(
    own_server: OwnServer, own_carrier: Carrier
):
    own_server.kill()
    ledger, pointers = Ledger(), rows(3)
    async with running(own_server.url, own_carrier.prefix, {COLLECT: ledger.handle}):
        await asyncio.sleep(0.1)
        await own_server.start()
        await own_carrier.push(COLLECT, pointers)
        await eventually(lambda: set(ledger.handled) == set(pointers))
