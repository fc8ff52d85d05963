"""A worker process to be killed: says which jobs it has begun, and finishes none but second attempts."""

from __future__ import annotations

import asyncio
import sys

import structlog
from job_samples import COLLECT, QUICK, Row

from aipromote.jobs.outcomes import Done, Outcome
from aipromote.jobs.runner import Runner


async def begin_and_hang(pointer: Row) -> Outcome:
    if pointer.attempt == 1:
        return Done()
    sys.stdout.write(f"begun {pointer.row_id}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()
    raise AssertionError


async def main(redis_url: str, prefix: str) -> None:
    runner = Runner(redis_url, prefix=prefix, handlers={COLLECT: begin_and_hang}, timing=QUICK)
    await runner.start()
    await asyncio.Event().wait()


structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
asyncio.run(main(*sys.argv[1:]))
