"""What is counted: added up over all processes, never twice, and never where it is waited for."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st
from job_samples import COLLECT, ONE_BY_ONE, ORDERED, RETRY, OwnServer, eventually, row, rows, running
from redis.exceptions import RedisError

from aipromote.jobs import tally
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.outcomes import Cancel, Done, Snooze
from aipromote.jobs.tally import Counter, Histogram, count, flush, observe, read
from aipromote.jobs.throughput import MINUTES, Minute, throughput

_COUNTING = """
import asyncio, sys
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.tally import count, flush

async def main():
    carrier = Carrier(sys.argv[1], prefix=sys.argv[2])
    for _ in range(250):
        count("beans_total", colour="black")
        await flush(carrier.redis, prefix=carrier.prefix)
    await carrier.close()

asyncio.run(main())
"""


@pytest.fixture(autouse=True)
async def nothing_counted_before(carrier: Carrier) -> AsyncIterator[None]:
    """This process counts for all tests that ran in it; and what these count is nobody else's."""
    await flush(carrier.redis, prefix=f"{carrier.prefix}-others")
    yield
    await flush(carrier.redis, prefix=f"{carrier.prefix}-others")


async def flushed(carrier: Carrier) -> tally.Tally:
    await flush(carrier.redis, prefix=carrier.prefix)
    return await read(carrier.redis, prefix=carrier.prefix)


async def test_what_is_counted_is_added_up_by_labels_whatever_their_order(carrier: Carrier):
    count("beans_total", colour="black", size="small")
    count("beans_total", 2.5, size="small", colour="black")
    count("beans_total", colour="white", size="small")
    assert (await flushed(carrier)).counters == (
        Counter("beans_total", {"colour": "black", "size": "small"}, 3.5),
        Counter("beans_total", {"colour": "white", "size": "small"}, 1.0),
    )
    count("beans_total", colour="white", size="small")
    assert (await flushed(carrier)).counters[1].value == 2.0
    assert (await flushed(carrier)).counters[1].value == 2.0  # nothing new, nothing added


async def test_several_processes_count_into_the_same_sums(carrier: Carrier, redis_server_url: str):
    command = [sys.executable, "-c", _COUNTING, redis_server_url, carrier.prefix]
    processes = [await asyncio.create_subprocess_exec(*command) for _ in range(2)]
    assert [await process.wait() for process in processes] == [0, 0]
    assert (await read(carrier.redis, prefix=carrier.prefix)).counters == (
        Counter("beans_total", {"colour": "black"}, 500.0),
    )


async def test_a_value_counts_in_its_own_bucket_and_in_all_above(carrier: Carrier):
    for seconds in (0.005, 0.0051, 3.0, 200_000.0):
        observe("boil_seconds", seconds, pot="big")
    [found] = (await flushed(carrier)).histograms
    buckets = dict(found.buckets)
    assert (buckets["0.005"], buckets["0.01"], buckets["2.5"], buckets["5.0"]) == (1, 2, 2, 3)
    assert (buckets["86400.0"], buckets["+Inf"], found.count) == (3, 4, 4)
    assert found.sum == pytest.approx(200_003.0101)
    assert [border for border, _ in found.buckets] == [*(repr(border) for border in tally.SECONDS), "+Inf"]


async def test_a_name_may_have_borders_of_its_own(carrier: Carrier, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(tally.BORDERS, "batch_posts", (1.0, 50.0))
    observe("batch_posts", 20.0)
    [found] = (await flushed(carrier)).histograms
    assert found == Histogram("batch_posts", {}, (("1.0", 0.0), ("50.0", 1.0), ("+Inf", 1.0)), sum=20.0, count=1.0)


@trying(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=40))
async def test_buckets_never_fall_and_end_with_the_count(carrier: Carrier, values: list[float]):
    await carrier.redis.delete(f"{carrier.prefix}:tally")
    for value in values:
        observe("any_seconds", value)
    [found] = (await flushed(carrier)).histograms
    heights = [height for _, height in found.buckets]
    assert heights == sorted(heights)
    assert heights[-1] == found.count == len(values)
    assert found.sum == pytest.approx(sum(values))
    for border, height in found.buckets:
        assert height == sum(value <= float(border) for value in values)


async def test_what_could_not_be_added_while_redis_was_away_is_added_later(
    own_server: OwnServer, own_carrier: Carrier, carrier: Carrier
):
    count("beans_total")
    own_server.kill()
    with pytest.raises((RedisError, OSError)):
        await flush(own_carrier.redis, prefix=own_carrier.prefix)
    count("beans_total")
    assert [counter.value for counter in (await flushed(carrier)).counters] == [2.0]


async def test_a_mistaken_label_cannot_fill_the_memory(carrier: Carrier):
    for number in range(5000):
        count("mistake_total", account=str(number))
    assert len((await flushed(carrier)).counters) == 2000


async def test_every_outcome_of_a_job_is_counted(carrier: Carrier, redis_server_url: str, prefix: str):
    """One by one, so that the last job tells that the others are over."""
    last, outcomes = row(), [Done(), Cancel("withdrawn"), Cancel("no such row", dropped="gone"), Snooze(0.01), Done()]

    async def handle(pointer):
        if pointer == last:
            raise RuntimeError("no")
        return outcomes.pop(0)

    async with running(redis_server_url, prefix, {ORDERED: handle}):
        queue = carrier.queue(ONE_BY_ONE)
        await carrier.push(ORDERED, rows(4))
        await queue.add("ordered", {"not": "a pointer"}, {"attempts": 5})
        await queue.add("a stranger's name", {}, {"attempts": 5})
        await eventually(lambda: not outcomes)
        await carrier.push(ORDERED, [last])
        await eventually(lambda: carrier.redis.zscore(queue.toKey("failed"), ORDERED.job_id(last)))
    found = await read(carrier.redis, prefix=prefix)  # the stop has added it
    jobs = {
        (one.labels["kind"], one.labels["outcome"]): one.value for one in found.counters if one.name == "jobs_total"
    }
    assert jobs == {
        ("ordered", "done"): 2,
        ("ordered", "cancelled"): 1,
        ("ordered", "snoozed"): 1,
        ("ordered", "failed"): 1,
        ("ordered", "dropped"): 2,
        ("unknown", "dropped"): 1,
    }
    drops = {one.labels["reason"]: one.value for one in found.counters if one.name == "jobs_dropped_total"}
    assert drops == {"gone": 1, "malformed": 1, "unknown_kind": 1}
    [seconds] = found.histograms
    assert (seconds.name, seconds.labels) == ("job_seconds", {"kind": "ordered", "queue": "one-by-one"})
    assert seconds.count == 6


async def test_an_attempt_that_is_followed_by_another_is_no_failure_yet(
    carrier: Carrier, redis_server_url: str, prefix: str
):
    async def fail(_):
        raise RuntimeError("no")

    pointer = row()
    async with running(redis_server_url, prefix, {RETRY: fail}):
        await carrier.push(RETRY, [pointer])
        key = carrier.queue(RETRY.queue).toKey("failed")
        await eventually(lambda: carrier.redis.zscore(key, RETRY.job_id(pointer)))
    counters = (await read(carrier.redis, prefix=prefix)).counters
    assert {one.labels["outcome"]: one.value for one in counters} == {"retried": 2, "failed": 1}


async def test_a_worker_that_is_killed_has_told_what_it_did_before_its_last_beat(
    carrier: Carrier, redis_server_url: str, prefix: str, start_victim: Callable[..., subprocess.Popen[str]]
):
    await carrier.push(COLLECT, [row(attempt=1)])  # the victim finishes those, and begins the others
    victim = start_victim(redis_server_url, prefix)

    async def told() -> list[float]:
        return [one.value for one in (await read(carrier.redis, prefix=prefix)).counters]

    await eventually(told)
    os.kill(victim.pid, signal.SIGKILL)
    assert await told() == [1.0]


async def test_throughput_tells_done_and_failed_of_every_minute(carrier: Carrier, redis_server_url: str, prefix: str):
    async def handle(pointer):
        if pointer.attempt:
            raise RuntimeError("no")
        return Done()

    async with running(redis_server_url, prefix, {ORDERED: handle}):
        await carrier.push(ORDERED, [*rows(3), row(attempt=1), row(attempt=1)])
        queue = carrier.queue(ONE_BY_ONE)
        await eventually(lambda: _finished(queue, 5))
        before = await throughput(carrier, ONE_BY_ONE)
        assert len(before) == MINUTES
        assert _sums(before) == (3, 2)
        # As if these had been finished four minutes and an hour ago.
        for state, ago in (("completed", 4), ("failed", 60)):
            key = queue.toKey(f"metrics:{state}")
            then = int(await carrier.redis.hget(key, "prevTS")) - ago * 60_000
            await carrier.redis.hset(key, "prevTS", then)
        await carrier.push(ORDERED, [row(), row(attempt=1)])
        await eventually(lambda: _finished(queue, 7))
    after = await throughput(carrier, ONE_BY_ONE)
    assert _sums(after) == (4, 3)
    assert _sums(after[-3:]) == (1, 1)  # the minute may have changed on the way
    assert _sums(after[-7:]) == (4, 1)
    assert _sums(after[-63:-57]) == (0, 2)
    assert {later.begins - minute.begins for minute, later in pairwise(after)} == {timedelta(minutes=1)}


async def _finished(queue, how_many: int) -> bool:
    return await queue.getJobCountByTypes("completed", "failed") == how_many


def _sums(minutes: list[Minute]) -> tuple[int, int]:
    return sum(minute.done for minute in minutes), sum(minute.failed for minute in minutes)


async def test_a_queue_that_has_finished_nothing_has_two_hours_of_nothing(carrier: Carrier):
    minutes = await throughput(carrier, ONE_BY_ONE)
    assert len(minutes) == MINUTES
    assert _sums(minutes) == (0, 0)
    assert abs(datetime.now(UTC) - minutes[-1].begins) < timedelta(minutes=2)


async def test_what_was_finished_long_ago_is_not_told_as_of_today(carrier: Carrier):
    key = carrier.queue(ONE_BY_ONE).toKey("metrics:completed")
    long_ago = int(datetime.now(UTC).timestamp() - 3 * 3600) * 1000
    await carrier.redis.hset(key, mapping={"count": 9, "prevTS": long_ago, "prevCount": 2})
    await carrier.redis.rpush(f"{key}:data", 2)
    assert _sums(await throughput(carrier, ONE_BY_ONE)) == (0, 0)
