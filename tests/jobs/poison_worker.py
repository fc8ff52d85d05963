"""A worker process whose jobs may be poison: the row's attempt says which. It says what it has handled."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from dataclasses import replace

import structlog
from job_samples import ORDERED, QUICK, Row

from aipromote.jobs.outcomes import Done, Outcome
from aipromote.jobs.runner import Runner
from aipromote.jobs.watchdog import watched

POISONED = replace(ORDERED, timeout_seconds=0.5)


async def fail(_: Row) -> None:
    raise RuntimeError("poison")


async def hang(_: Row) -> None:
    await asyncio.Event().wait()


async def refuse_to_end(_: Row) -> None:
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue


async def leave(_: Row) -> None:
    sys.exit(3)


async def vanish(_: Row) -> None:
    os._exit(3)


async def be_killed(_: Row) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def block(_: Row) -> None:
    time.sleep(3600)  # noqa: ASYNC251 -- that is the poison


POISONS = (None, fail, hang, refuse_to_end, leave, vanish, be_killed, block)


async def handle(pointer: Row) -> Outcome:
    if poison := POISONS[pointer.attempt]:
        await poison(pointer)
    sys.stdout.write(f"handled {pointer.row_id}\n")
    sys.stdout.flush()
    return Done()


async def main(redis_url: str, prefix: str) -> None:
    async with watched(seconds=2.0):
        runner = Runner(redis_url, prefix=prefix, handlers={POISONED: handle}, timing=QUICK)
        await runner.start()
        await asyncio.Event().wait()


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(main(*sys.argv[1:]))
