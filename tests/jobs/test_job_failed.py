"""What failed can be counted, leafed through, looked at, run again and thrown away; a queue can be paused."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st
from job_samples import COLLECT, ONE_BY_ONE, ORDERED, RETRY, Ledger, OwnServer, eventually, row, rows, running

from aipromote.errors import InvalidInput, NotFound, Unavailable
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.failed import (
    discard,
    discard_all,
    failed_counts,
    failed_job,
    failed_jobs,
    failed_page,
    replay,
    replay_all,
)
from aipromote.jobs.health import QueueHealth, measure
from aipromote.jobs.kinds import ANALYTICS
from aipromote.jobs.outcomes import Done
from aipromote.jobs.pausing import pause, resume

OTHER = type(ORDERED)("other-kind", queue=ONE_BY_ONE, pointer=ORDERED.pointer)


async def look(carrier: Carrier, queue=ONE_BY_ONE) -> QueueHealth:
    [health] = (await measure(carrier, queues=(queue,))).queues
    return health


async def store_failed(carrier: Carrier, job_id: str, at: int, queue=ONE_BY_ONE) -> None:
    """As BullMQ keeps one that failed at that millisecond."""
    bull = carrier.queue(queue)
    facts = {"name": job_id.partition(".")[0], "data": '{"a": 1}', "opts": "{}", "timestamp": at, "finishedOn": at}
    await carrier.redis.hset(bull.toKey(job_id), mapping=facts | {"failedReason": "no", "atm": 1})
    await carrier.redis.zadd(bull.toKey("failed"), {job_id: at})


async def leaf_through(carrier: Carrier, *, limit: int, kind: str | None = None) -> list[list[str]]:
    pages, after = [], None
    while True:
        page = await failed_page(carrier, ONE_BY_ONE, kind=kind, after=after, limit=limit)
        pages.append([job.id for job in page.jobs])
        if (after := page.after) is None:
            return pages


async def fail(_):
    raise RuntimeError("no")


async def test_a_failed_job_can_be_replayed_with_all_its_attempts_and_discarded(
    carrier: Carrier, redis_server_url: str, prefix: str
):
    runs, told, (pointer, other) = [], [], rows(2)

    async def note_and_fail(pointer):
        runs.append(pointer)
        raise RuntimeError("no")

    async def note(pointer, reason):
        told.append(pointer)

    async with running(redis_server_url, prefix, {RETRY: note_and_fail}, gave_up={RETRY: note}):
        await carrier.push(RETRY, [pointer, other])
        await eventually(lambda: len(told) == 2)
        await replay(carrier, RETRY.queue, RETRY.job_id(pointer))
        await eventually(lambda: len(told) == 3)
    assert runs.count(pointer) == 6
    await discard(carrier, RETRY.queue, RETRY.job_id(pointer))
    assert [job.id for job in await failed_jobs(carrier, RETRY.queue)] == [RETRY.job_id(other)]


async def test_only_failed_jobs_are_shown_replayed_or_discarded(carrier: Carrier):
    pointer = row()
    await carrier.push(COLLECT, [pointer])
    for verb in (failed_job, replay, discard):
        for job_id in (COLLECT.job_id(pointer), "nothing"):
            with pytest.raises(NotFound, match="There is no failed job"):
                await verb(carrier, ANALYTICS, job_id)
    assert (await look(carrier, ANALYTICS)).prioritized == 1


async def test_one_is_shown_with_what_it_was_about_and_why_it_failed(
    carrier: Carrier, redis_server_url: str, prefix: str
):
    pointer = row()
    async with running(redis_server_url, prefix, {ORDERED: fail}):
        await carrier.push(ORDERED, [pointer])
        await eventually(lambda: _has_failed(carrier, 1))
    job = await failed_job(carrier, ONE_BY_ONE, ORDERED.job_id(pointer))
    assert (job.kind, job.reason, job.attempts) == ("ordered", "no", 1)
    assert job.pointer["row_id"] == str(pointer.row_id)
    assert "RuntimeError" in job.traceback


async def _has_failed(carrier: Carrier, how_many: int) -> bool:
    return (await look(carrier)).failed == how_many


async def test_all_of_a_kind_are_replayed_and_the_others_stay(carrier: Carrier, redis_server_url: str, prefix: str):
    ledger, ours, others = Ledger(), rows(30), rows(3)
    async with running(redis_server_url, prefix, {ORDERED: fail, OTHER: fail}):
        await carrier.push(ORDERED, ours)
        await carrier.push(OTHER, others)
        await eventually(lambda: _has_failed(carrier, 33))
    assert await failed_counts(carrier, ONE_BY_ONE) == {"ordered": 30, "other-kind": 3}
    assert await replay_all(carrier, ONE_BY_ONE, kind="ordered") == 30
    async with running(redis_server_url, prefix, {ORDERED: ledger.handle, OTHER: fail}):
        await eventually(lambda: len(ledger.handled) == 30)
    assert set(ledger.handled) == set(ours)
    assert await failed_counts(carrier, ONE_BY_ONE) == {"other-kind": 3}
    assert await discard_all(carrier, ONE_BY_ONE) == 3
    assert await failed_counts(carrier, ONE_BY_ONE) == {}


async def test_a_replay_of_all_runs_each_once_though_it_fails_again(
    carrier: Carrier, redis_server_url: str, prefix: str
):
    runs = []

    async def note_and_fail(pointer):
        runs.append(pointer)
        raise RuntimeError("still not")

    async with running(redis_server_url, prefix, {ORDERED: note_and_fail}):
        await carrier.push(ORDERED, rows(25))
        await eventually(lambda: _has_failed(carrier, 25))
        assert await replay_all(carrier, ONE_BY_ONE) == 25
        await eventually(lambda: len(runs) == 50)
        await eventually(lambda: _has_failed(carrier, 25))
    assert len(runs) == 50


async def test_what_fails_while_somebody_leafs_through_shifts_nothing(carrier: Carrier):
    for number in range(6):
        await store_failed(carrier, f"ordered.{number}", at=1000 + number)
    first = await failed_page(carrier, ONE_BY_ONE, limit=3)
    await store_failed(carrier, "ordered.new", at=5000)
    await discard(carrier, ONE_BY_ONE, "ordered.3")  # the last of the page
    second = await failed_page(carrier, ONE_BY_ONE, after=first.after, limit=3)
    assert [job.id for job in first.jobs] == ["ordered.5", "ordered.4", "ordered.3"]
    assert [job.id for job in second.jobs] == ["ordered.2", "ordered.1", "ordered.0"]
    assert second.after is None


async def test_more_than_a_chunk_that_failed_at_one_instant_is_leafed_through(carrier: Carrier):
    failed = carrier.queue(ONE_BY_ONE).toKey("failed")
    await carrier.redis.zadd(failed, {f"ordered.{number:04}": 7 for number in range(1100)})
    ids = list(await carrier.redis.zrange(failed, 0, -1, desc=True))
    for job_id in ids:
        await store_failed(carrier, job_id, at=7)
    assert list(chain(*await leaf_through(carrier, limit=200))) == ids


@trying(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(
    times=st.lists(st.tuples(st.sampled_from(["ordered", "other-kind"]), st.integers(1, 4)), max_size=25),
    limit=st.integers(1, 7),
)
async def test_pages_hold_everything_once_in_order(carrier: Carrier, times: list[tuple[str, int]], limit: int):
    await discard_all(carrier, ONE_BY_ONE)
    jobs = {f"{kind}.{uuid4().hex}": at for kind, at in times}
    for job_id, at in jobs.items():
        await store_failed(carrier, job_id, at)
    expected = sorted(jobs, key=lambda job_id: (jobs[job_id], job_id), reverse=True)
    for kind in (None, "ordered"):
        wanted = [job_id for job_id in expected if kind is None or job_id.startswith(f"{kind}.")]
        pages = await leaf_through(carrier, limit=limit, kind=kind)
        assert list(chain(*pages)) == wanted
        assert all(len(page) == limit for page in pages[:-1])


@pytest.mark.parametrize("after", ["", "nonsense", "12", "-x", "1.5-x", "99-"])
async def test_a_page_that_nobody_gave_is_refused(carrier: Carrier, after: str):
    with pytest.raises(InvalidInput, match="no such page"):
        await failed_page(carrier, ONE_BY_ONE, after=after)


async def test_a_job_that_cannot_be_read_is_listed_and_can_be_discarded(carrier: Carrier):
    await store_failed(carrier, "ordered.broken", at=5)
    await carrier.redis.hset(carrier.queue(ONE_BY_ONE).toKey("ordered.broken"), "data", "{not json")
    [job] = (await failed_page(carrier, ONE_BY_ONE)).jobs
    assert (job.id, job.kind, job.pointer, job.reason) == ("ordered.broken", "ordered", None, "no")
    await discard(carrier, ONE_BY_ONE, "ordered.broken")
    assert await failed_counts(carrier, ONE_BY_ONE) == {}


async def test_a_job_of_no_room_is_counted_as_other(carrier: Carrier):
    await store_failed(carrier, "17", at=5)
    assert await failed_counts(carrier, ONE_BY_ONE) == {"other": 1}


async def test_a_paused_queue_begins_nothing_and_says_so_until_it_is_resumed(
    carrier: Carrier, redis_server_url: str, prefix: str
):
    ledger, pointers = Ledger(), rows(3)
    async with running(redis_server_url, prefix, {ORDERED: ledger.handle, COLLECT: ledger.handle}):
        await pause(carrier, ONE_BY_ONE)
        await pause(carrier, ONE_BY_ONE)  # twice is once
        await carrier.push(ORDERED, pointers[:2])
        await carrier.push(ORDERED, pointers[2:], delay=0.05)
        passing = row()
        await carrier.push(COLLECT, [passing])
        await eventually(lambda: ledger.handled == [passing])  # others go on
        health = await measure(carrier, queues=(ONE_BY_ONE, ANALYTICS))
        assert [queue.paused for queue in health.queues] == [True, False]
        assert health.queues[0].waiting + health.queues[0].prioritized + health.queues[0].delayed == 3
        await resume(carrier, ONE_BY_ONE)
        await eventually(lambda: set(ledger.handled) == {passing, *pointers})
        assert not (await look(carrier)).paused


async def test_what_runs_when_a_queue_is_paused_is_finished(carrier: Carrier, redis_server_url: str, prefix: str):
    done = []

    async def pause_and_finish(pointer):
        await pause(carrier, ONE_BY_ONE)
        done.append(pointer)
        return Done()

    async with running(redis_server_url, prefix, {ORDERED: pause_and_finish}):
        await carrier.push(ORDERED, rows(2))
        await eventually(lambda: _completed(carrier, 1))
    assert len(done) == 1


async def _completed(carrier: Carrier, how_many: int) -> bool:
    return (await look(carrier)).completed == how_many


@pytest.mark.parametrize("verb", [pause, resume])
async def test_a_server_that_is_away_pauses_nothing(own_server: OwnServer, own_carrier: Carrier, verb: Callable):
    own_server.kill()
    with pytest.raises(Unavailable):
        await verb(own_carrier, ONE_BY_ONE)
