"""Pushing: once per id, never in the caller's way, and again while the row is still due."""

from __future__ import annotations

from uuid import uuid4

import pytest
import structlog
from job_samples import COLLECT, PUBLISH, RETRY, Batch, Ledger, OwnServer, eventually, row, rows, running
from pydantic import ValidationError

from aipromote.jobs.carrier import Carrier
from aipromote.jobs.connection import masked
from aipromote.jobs.health import measure
from aipromote.jobs.kinds import ANALYTICS, LOWEST_PRIORITY, PUBLISHING, QUEUES, Due, digest
from aipromote.jobs.outcomes import Done


async def waiting(carrier: Carrier, queue=ANALYTICS) -> int:
    health = await measure(carrier, queues=(queue,))
    return health.queues[0].prioritized


async def test_a_pointer_that_is_pushed_twice_is_carried_once(carrier: Carrier):
    pointer = row()
    assert await carrier.push(COLLECT, [pointer, pointer])
    assert await carrier.push(COLLECT, [pointer])
    assert await waiting(carrier) == 1


async def test_the_next_attempt_at_the_same_row_is_another_job(carrier: Carrier):
    pointer = row()
    await carrier.push(COLLECT, [pointer, pointer.model_copy(update={"attempt": 1})])
    assert await waiting(carrier) == 2


async def test_pushing_nothing_is_no_work(carrier: Carrier):
    assert await carrier.push(COLLECT, [])
    assert await carrier.stage(COLLECT, []) == 0


async def test_what_is_carried_is_ids_and_nothing_else(carrier: Carrier):
    batch = Batch(rows=((uuid4(), uuid4()), (uuid4(), uuid4())))
    await carrier.push(PUBLISH, [batch])
    job = await carrier.queue(PUBLISHING).getJob(PUBLISH.job_id(batch))
    assert job.data == {"rows": [[str(one), str(two)] for one, two in batch.rows]}
    assert job.opts["attempts"] == 1
    assert not job.opts["backoff"]


async def test_a_priority_is_kept_within_what_the_engine_has_room_for(carrier: Carrier):
    first, last = rows(2)
    await carrier.push(COLLECT, [first], priority=0)
    await carrier.push(COLLECT, [last], priority=LOWEST_PRIORITY * 5)
    queue = carrier.queue(ANALYTICS)
    assert (await queue.getJob(COLLECT.job_id(first))).priority == 1
    assert (await queue.getJob(COLLECT.job_id(last))).priority == LOWEST_PRIORITY


async def test_a_push_while_redis_is_away_is_left_to_the_stager(own_server: OwnServer, own_carrier: Carrier):
    own_server.kill()
    with structlog.testing.capture_logs() as logs:
        assert await own_carrier.push(COLLECT, [row()]) is False
    assert logs[0]["event"] == "push left to the stager"


async def test_what_redis_does_not_know_is_added(carrier: Carrier):
    assert await carrier.stage(COLLECT, [Due(one) for one in rows(3)]) == 3
    assert await waiting(carrier) == 3


async def test_what_is_on_its_way_is_left_alone(carrier: Carrier):
    due = [Due(row())]
    await carrier.stage(COLLECT, due)
    assert await carrier.stage(COLLECT, due) == 0
    assert await waiting(carrier) == 1


async def test_a_completed_job_whose_row_is_still_due_runs_again(carrier: Carrier, redis_server_url: str, prefix: str):
    ledger, pointer = Ledger(), row()
    async with running(redis_server_url, prefix, {COLLECT: ledger.handle}):
        await carrier.push(COLLECT, [pointer])
        await eventually(lambda: len(ledger.handled) == 1)
        while not await carrier.stage(COLLECT, [Due(pointer)]):
            pass
        await eventually(lambda: len(ledger.handled) == 2)


async def test_a_failed_job_whose_row_is_still_due_runs_again_with_its_attempts(
    carrier: Carrier, redis_server_url: str, prefix: str
):
    pointer, runs = row(), []

    async def fail_at_first(pointer):
        runs.append(pointer)
        if len(runs) <= 3:
            raise RuntimeError("not yet")
        return Done()

    fast = type(RETRY)("fast-retry", queue=RETRY.queue, pointer=RETRY.pointer, failed_again_seconds=0.0)
    async with running(redis_server_url, prefix, {fast: fail_at_first}):
        await carrier.push(fast, [pointer])
        await eventually(lambda: len(runs) == 3)
        while not await carrier.stage(fast, [Due(pointer)]):
            pass
        await eventually(lambda: len(runs) == 4)


async def test_a_job_that_failed_a_moment_ago_rests_before_it_is_tried_again(
    carrier: Carrier, redis_server_url: str, prefix: str
):
    pointer, told = row(), []

    async def fail(_):
        raise RuntimeError("never")

    async def note(pointer, reason):
        told.append((pointer, reason))

    async with running(redis_server_url, prefix, {RETRY: fail}, gave_up={RETRY: note}):
        await carrier.push(RETRY, [pointer])
        await eventually(lambda: told)
    assert told == [(pointer, "never")]
    assert await carrier.stage(RETRY, [Due(pointer)]) == 0


async def test_a_delayed_job_whose_row_is_due_already_runs_now(carrier: Carrier, redis_server_url: str, prefix: str):
    ledger, pointer = Ledger(), row()
    await carrier.push(COLLECT, [pointer], delay=3600)
    assert await carrier.stage(COLLECT, [Due(pointer)]) == 1
    async with running(redis_server_url, prefix, {COLLECT: ledger.handle}):
        await eventually(lambda: ledger.handled == [pointer])


async def test_a_job_whose_body_was_evicted_is_put_together_again(carrier: Carrier, redis_server_url: str, prefix: str):
    ledger, pointer = Ledger(), row()
    await carrier.push(COLLECT, [pointer])
    await carrier.redis.delete(carrier.queue(ANALYTICS).toKey(COLLECT.job_id(pointer)))
    assert await carrier.stage(COLLECT, [Due(pointer)]) == 1
    async with running(redis_server_url, prefix, {COLLECT: ledger.handle}):
        await eventually(lambda: ledger.handled == [pointer])


async def test_a_job_that_fell_out_of_every_list_is_put_back(carrier: Carrier):
    pointer = row()
    await carrier.push(COLLECT, [pointer])
    await carrier.redis.delete(carrier.queue(ANALYTICS).toKey("prioritized"))
    assert await carrier.stage(COLLECT, [Due(pointer)]) == 1
    assert await waiting(carrier) == 1


def test_a_pointer_says_the_same_id_every_time_and_takes_nothing_but_ids():
    pointer = row()
    assert pointer.job_id == pointer.model_copy().job_id
    with pytest.raises(ValidationError):
        type(pointer).model_validate({**pointer.model_dump(), "text": "no content in Redis"})
    assert digest(1, 2) != digest(2, 1)


def test_the_five_queues_are_the_documented_ones():
    assert {queue.name: (queue.attempts, queue.concurrency) for queue in QUEUES} == {
        "content-generation": (3, 3),
        "publishing": (1, 6),
        "analytics": (3, 5),
        "strategy-generation": (2, 2),
        "email": (5, 10),
    }


def test_a_password_is_never_shown():
    assert masked("redis://me:secret@example.org:6379/2") == "redis://me:***@example.org:6379/2"
    assert masked("redis://:secret@[::1]:6379") == "redis://:***@[::1]:6379"
    assert masked("redis://localhost:6379") == "redis://localhost:6379"
