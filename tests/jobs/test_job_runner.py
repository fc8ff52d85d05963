"""Running jobs: every outcome, every kind of misbehaviour, and a stop that leaves nothing half done."""

from __future__ import annotations

import asyncio
import sys
from uuid import uuid4

import bullmq
import pytest
import structlog
from job_samples import ANALYTICS, COLLECT, ONE_BY_ONE, ORDERED, QUICK, RETRY, Ledger, eventually, row, rows, running

from aipromote.jobs.carrier import Carrier
from aipromote.jobs.engine import backoff_ms
from aipromote.jobs.failed import failed_jobs
from aipromote.jobs.health import measure
from aipromote.jobs.outcomes import Cancel, Done, Snooze
from aipromote.jobs.runner import Runner


async def test_a_job_reaches_its_handler_with_its_pointer(carrier: Carrier, redis_server_url: str, prefix: str):
    ledger, pointers = Ledger(), rows(20)
    async with running(redis_server_url, prefix, {COLLECT: ledger.handle}):
        await carrier.push(COLLECT, pointers)
        await eventually(lambda: sorted(ledger.handled, key=str) == sorted(pointers, key=str))


async def test_a_job_that_raises_gets_all_its_attempts_and_then_its_row_is_told(
    carrier: Carrier, redis_server_url: str, prefix: str
):
    runs, told = [], []

    async def fail(pointer):
        runs.append(pointer)
        raise RuntimeError(f"run {len(runs)}")

    async def note(pointer, reason):
        told.append((pointer, reason))

    pointer = row()
    async with running(redis_server_url, prefix, {RETRY: fail}, gave_up={RETRY: note}):
        await carrier.push(RETRY, [pointer])
        await eventually(lambda: told)
    assert runs == [pointer] * 3
    assert told == [(pointer, "run 3")]
    [failed] = await failed_jobs(carrier, RETRY.queue)
    assert (failed.attempts, failed.reason) == (3, "run 3")
    assert "RuntimeError" in failed.traceback


async def test_a_row_that_cannot_be_told_does_not_disturb_the_queue(
    carrier: Carrier, redis_server_url: str, prefix: str
):
    seen = []

    async def fail_first(pointer):
        seen.append(pointer)
        if len(seen) == 1:
            raise RuntimeError("first")
        return Done()

    async def stumble(pointer, reason):
        raise RuntimeError("no database")

    async with running(redis_server_url, prefix, {ORDERED: fail_first}, gave_up={ORDERED: stumble}):
        await carrier.push(ORDERED, rows(2))
        await eventually(lambda: len(seen) == 2)


async def test_a_worker_runs_as_many_jobs_at_once_as_its_operator_chose(
    carrier: Carrier, redis_server_url: str, prefix: str
):
    at_once, most, go_on = 0, [], asyncio.Event()

    async def meet(pointer):
        nonlocal at_once
        at_once += 1
        most.append(at_once)
        await go_on.wait()
        at_once -= 1
        return Done()

    patient = type(ORDERED)("patient", queue=ONE_BY_ONE, pointer=ORDERED.pointer)
    async with running(redis_server_url, prefix, {patient: meet}, concurrency={"one-by-one": 3}):
        await carrier.push(patient, rows(7))
        await eventually(lambda: at_once == 3)
        assert (await measure(carrier, queues=(ONE_BY_ONE,))).queues[0].active == 3
        go_on.set()
        await eventually(lambda: len(most) == 7)
    assert max(most) == 3


async def test_a_snoozed_job_comes_back_and_costs_no_attempt(carrier: Carrier, redis_server_url: str, prefix: str):
    runs = []

    async def snooze_often(pointer):
        runs.append(pointer)
        return Snooze(0.01) if len(runs) < 6 else Done()

    async with running(redis_server_url, prefix, {RETRY: snooze_often}):
        await carrier.push(RETRY, rows(1))
        await eventually(lambda: len(runs) == 6)


async def test_a_cancelled_job_is_done_with_and_says_why(carrier: Carrier, redis_server_url: str, prefix: str):
    pointer = row()

    async def cancel(_):
        return Cancel("the post was withdrawn")

    async with running(redis_server_url, prefix, {COLLECT: cancel}):
        await carrier.push(COLLECT, [pointer])
        queue = carrier.queue(ANALYTICS)
        await eventually(lambda: carrier.redis.zscore(queue.toKey("completed"), COLLECT.job_id(pointer)))
        job = await queue.getJob(COLLECT.job_id(pointer))
    assert job.returnvalue == {"cancelled": "the post was withdrawn"}


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"organization_id": "not an id", "row_id": str(uuid4())},
        {"organization_id": str(uuid4()), "row_id": str(uuid4()), "text": "smuggled"},
        ["a", "list"],
        None,
    ],
)
async def test_a_malformed_pointer_is_dropped_counted_and_never_retried(
    carrier: Carrier, redis_server_url: str, prefix: str, data
):
    ledger, good = Ledger(), row()
    async with running(redis_server_url, prefix, {ORDERED: ledger.handle}):
        await carrier.queue(ONE_BY_ONE).add("ordered", data, {"attempts": 5})
        await carrier.push(ORDERED, [good])
        await eventually(lambda: ledger.handled == [good])
    [failed] = await failed_jobs(carrier, ONE_BY_ONE)
    assert failed.reason.startswith("dropped: malformed pointer")
    assert (await measure(carrier, queues=(ONE_BY_ONE,))).queues[0].dropped == 1


async def test_a_job_whose_stored_form_is_not_json_is_failed_and_not_met_again(
    carrier: Carrier, redis_server_url: str, prefix: str
):
    ledger, broken, good = Ledger(), row(), row()
    await carrier.push(ORDERED, [broken])
    key = carrier.queue(ONE_BY_ONE).toKey(ORDERED.job_id(broken))
    await carrier.redis.hset(key, "data", "{not json")
    async with running(redis_server_url, prefix, {ORDERED: ledger.handle}):
        await carrier.push(ORDERED, [good])
        await eventually(lambda: ledger.handled == [good])
    assert await carrier.redis.zscore(carrier.queue(ONE_BY_ONE).toKey("failed"), ORDERED.job_id(broken))
    assert "cannot be read" in await carrier.redis.hget(key, "failedReason")


async def test_a_job_of_a_kind_that_nobody_handles_is_dropped(carrier: Carrier, redis_server_url: str, prefix: str):
    ledger, good = Ledger(), row()
    with structlog.testing.capture_logs() as logs:
        async with running(redis_server_url, prefix, {ORDERED: ledger.handle}):
            await carrier.queue(ONE_BY_ONE).add("mystery", {}, {"attempts": 5})
            await carrier.push(ORDERED, [good])
            await eventually(lambda: ledger.handled == [good])
    assert "no handler for 'mystery'" in [line["reason"] for line in logs if line["event"] == "job dropped"]
    [failed] = await failed_jobs(carrier, ONE_BY_ONE)
    assert failed.kind == "mystery"


async def hang(pointer):
    await asyncio.Event().wait()


async def hang_and_refuse_to_end(pointer):
    while True:
        try:
            await asyncio.sleep(3)
        except asyncio.CancelledError:
            await asyncio.sleep(1.5)
            return Done()


async def exit_the_process(pointer):
    sys.exit(3)


async def cancel_itself(pointer):
    raise asyncio.CancelledError


async def interrupt(pointer):
    raise KeyboardInterrupt


async def return_nonsense(pointer):
    return object()


@pytest.mark.parametrize(
    ("poison", "reason"),
    [
        (hang, "did not finish within 0.2 s"),
        (hang_and_refuse_to_end, "did not finish within 0.2 s"),
        (exit_the_process, "tried to end the worker: SystemExit(3)"),
        (interrupt, "tried to end the worker: KeyboardInterrupt()"),
        (cancel_itself, "cancelled itself"),
        (return_nonsense, "returned"),
    ],
)
async def test_a_poisoned_job_fails_and_the_queue_goes_on(
    carrier: Carrier, redis_server_url: str, prefix: str, poison, reason
):
    ledger, bad, good = Ledger(), row(), row()

    async def handle(pointer):
        return await (poison(pointer) if pointer == bad else ledger.handle(pointer))

    async with running(redis_server_url, prefix, {ORDERED: handle}):
        await carrier.push(ORDERED, [bad, good])
        await eventually(lambda: ledger.handled == [good])
    [failed] = await failed_jobs(carrier, ONE_BY_ONE)
    assert failed.reason.startswith(reason)


async def test_the_more_urgent_job_is_served_first_also_when_it_came_later(
    carrier: Carrier, redis_server_url: str, prefix: str
):
    ledger = Ledger()
    low, normal, high = rows(3)
    for pointer, priority in ((low, 5), (normal, 3), (high, 1)):
        await carrier.push(ORDERED, [pointer], priority=priority)
    async with running(redis_server_url, prefix, {ORDERED: ledger.handle}):
        await eventually(lambda: len(ledger.handled) == 3)
    assert ledger.handled == [high, normal, low]


async def test_a_delayed_job_runs_when_its_time_has_come(carrier: Carrier, redis_server_url: str, prefix: str):
    ledger, now, later = Ledger(), row(), row()
    async with running(redis_server_url, prefix, {ORDERED: ledger.handle}):
        await carrier.push(ORDERED, [later], delay=0.1)
        await carrier.push(ORDERED, [now])
        await eventually(lambda: ledger.handled == [now, later])


async def test_a_stop_finishes_the_running_job_and_leaves_the_next_for_others(
    carrier: Carrier, redis_server_url: str, prefix: str
):
    begun, finish, done = asyncio.Event(), asyncio.Event(), []

    async def slow(pointer):
        begun.set()
        await finish.wait()
        done.append(pointer)
        return Done()

    patient = type(ORDERED)("patient", queue=ONE_BY_ONE, pointer=ORDERED.pointer)
    runner = Runner(redis_server_url, prefix=prefix, handlers={patient: slow}, timing=QUICK)
    first, second = rows(2)
    await runner.start()
    await carrier.push(patient, [first, second])
    await begun.wait()
    stopping = asyncio.create_task(runner.stop(grace_seconds=10))
    await asyncio.sleep(2 * QUICK.lock_seconds)  # the lock must be kept alive meanwhile, or others would take the job
    finish.set()
    await stopping
    assert done == [first]
    [queue] = (await measure(carrier, queues=(ONE_BY_ONE,))).queues
    assert (queue.completed, queue.active, queue.prioritized + queue.delayed) == (1, 0, 1)


async def test_a_stop_gives_back_what_does_not_end_within_the_grace(
    carrier: Carrier, redis_server_url: str, prefix: str
):
    begun, ledger, pointer = asyncio.Event(), Ledger(), row()

    async def never_ends(pointer):
        begun.set()
        await asyncio.Event().wait()

    patient = type(RETRY)("patient", queue=RETRY.queue, pointer=RETRY.pointer)
    runner = Runner(redis_server_url, prefix=prefix, handlers={patient: never_ends}, timing=QUICK)
    await runner.start()
    await carrier.push(patient, [pointer])
    await begun.wait()
    await runner.stop(grace_seconds=0.05)
    [queue] = (await measure(carrier, queues=(RETRY.queue,))).queues
    assert (queue.active, queue.failed, queue.prioritized + queue.delayed) == (0, 0, 1)
    async with running(redis_server_url, prefix, {patient: ledger.handle}):
        await eventually(lambda: ledger.handled == [pointer])


async def test_a_runner_that_never_got_to_redis_can_be_stopped(own_server, prefix: str):
    own_server.kill()
    runner = Runner(own_server.url, prefix=prefix, handlers={COLLECT: hang}, timing=QUICK)
    await runner.start()
    await asyncio.sleep(0.05)
    await runner.stop(grace_seconds=1)


def test_waits_between_attempts_double_and_spread():
    job = type("Job", (), {"opts": {"backoff": {"delay": 2000}}})
    for attempt, whole in ((1, 2000), (2, 4000), (3, 8000)):
        waits = {backoff_ms(attempt, "jittered", None, job) for _ in range(50)}
        assert whole / 2 <= min(waits) <= max(waits) <= whole
        assert len(waits) > 10


def test_the_engine_is_the_one_whose_inner_workings_we_lean_on():
    worker = bullmq.Worker
    for name in ("nextJobFromJobData", "pause", "run", "close"):
        assert callable(getattr(worker, name))
