"""Poisoned jobs in real worker processes, which are started again when they die: the queue goes on, the job fails."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from job_samples import ONE_BY_ONE, ORDERED, row, rows
from job_samples import eventually as soon
from poison_worker import POISONS

from aipromote.errors import NotFound, SetupError
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.failed import failed_jobs
from aipromote.jobs.kinds import QUEUES, queue_named, read_concurrency

eventually = partial(soon, within=90)  # a process starts slowly where others are busy, and some die four times


class LookedAfter:
    """A process that is started again whenever it ends, as a supervisor does it."""

    def __init__(self, *words: str) -> None:
        self._command = (sys.executable, Path(__file__).with_name("poison_worker.py"), *words)
        self.said: list[str] = []
        self.deaths: list[int] = []

    async def run(self) -> None:
        while True:
            process = await asyncio.create_subprocess_exec(*self._command, stdout=asyncio.subprocess.PIPE)
            try:
                while line := await process.stdout.readline():
                    self.said.append(line.decode().strip())
                self.deaths.append(await process.wait())
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()


@pytest.fixture
async def worker(redis_server_url: str, prefix: str) -> AsyncIterator[LookedAfter]:
    worker = LookedAfter(redis_server_url, prefix)
    running = asyncio.create_task(worker.run())
    yield worker
    running.cancel()
    await asyncio.wait([running])


@pytest.mark.parametrize(
    ("poison", "reason", "deaths"),
    [
        ("fail", "poison", 0),
        ("hang", "did not finish within 0.5 s", 0),
        ("refuse_to_end", "did not finish within 0.5 s", 0),
        ("leave", "tried to end the worker", 0),
        ("vanish", "stalled more than allowable limit", 4),
        ("be_killed", "stalled more than allowable limit", 4),
        ("block", "stalled more than allowable limit", 4),
    ],
)
async def test_poison_fails_and_what_waits_behind_it_is_done(
    carrier: Carrier, worker: LookedAfter, poison: str, reason: str, deaths: int
):
    names = [one.__name__ if one else "" for one in POISONS]
    bad, good = row(attempt=names.index(poison)), rows(2)
    await carrier.push(ORDERED, [good[0], bad, good[1]])
    expected = [f"handled {pointer.row_id}" for pointer in good]
    await eventually(lambda: worker.said == expected)
    failed = carrier.queue(ONE_BY_ONE).toKey("failed")
    await eventually(lambda: carrier.redis.zscore(failed, ORDERED.job_id(bad)))
    [job] = await failed_jobs(carrier, ONE_BY_ONE)
    assert reason in job.reason
    assert len(worker.deaths) == deaths


async def test_a_job_whose_stored_form_is_broken_fails_and_what_waits_behind_it_is_done(
    carrier: Carrier, worker: LookedAfter
):
    bad, good = rows(2)
    await carrier.push(ORDERED, [bad])
    await carrier.redis.hset(carrier.queue(ONE_BY_ONE).toKey(ORDERED.job_id(bad)), "opts", "[[[")
    await carrier.push(ORDERED, [good])
    await eventually(lambda: worker.said == [f"handled {good.row_id}"])
    failed = carrier.queue(ONE_BY_ONE).toKey("failed")
    await eventually(lambda: carrier.redis.zscore(failed, ORDERED.job_id(bad)))
    assert worker.deaths == []


def test_an_operator_chooses_how_many_jobs_run_at_once():
    assert read_concurrency("") == {}
    assert read_concurrency(" publishing = 20, email=5 ,") == {"publishing": 20, "email": 5}


@pytest.mark.parametrize("text", ["publish=3", "publishing", "publishing=many", "publishing=0", "email=501", "=4"])
def test_a_choice_that_cannot_be_meant_is_refused_and_says_how_it_looks(text: str):
    with pytest.raises(SetupError, match="AIPROMOTE_QUEUE_CONCURRENCY"):
        read_concurrency(text)


def test_a_queue_is_found_by_its_name():
    assert [queue_named(queue.name) for queue in QUEUES] == list(QUEUES)
    with pytest.raises(NotFound, match="There are: content-generation, publishing"):
        queue_named("post")
