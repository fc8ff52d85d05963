"""A worker process with one periodic task, which writes down each of its runs: `begun SLOT` and `done SLOT`."""

from __future__ import annotations

import asyncio
import signal
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import aiohttp
import structlog
from job_samples import QUICK
from sqlalchemy import text

from aipromote.db.database import Database
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.periodic import RUN_PERIODIC, Means, Periodic, pending_turns, run_turn
from aipromote.jobs.runner import Runner
from aipromote.jobs.stager import Source, Stager

LEASE_SECONDS = 1.5
OFTEN = replace(RUN_PERIODIC, look_seconds=0.1, again_seconds=0.0)


async def write_down(means: Means, *, book: Path, takes_seconds: float) -> None:
    async with means.database.transaction() as session:
        slot = await session.scalar(text("SELECT extract(epoch FROM slot)::bigint FROM periodic_runs"))
    with book.open("a") as lines:
        lines.write(f"begun {slot}\n")
    await asyncio.sleep(takes_seconds)
    with book.open("a") as lines:
        lines.write(f"done {slot}\n")


async def main(redis_url: str, prefix: str, book: str, every_seconds: str, takes_seconds: str) -> None:
    run = partial(write_down, book=Path(book), takes_seconds=float(takes_seconds))
    tasks = (Periodic("write-down", every_seconds=int(every_seconds), run=run),)
    database, carrier = Database.from_settings("tests"), Carrier(redis_url, prefix=prefix)

    async def pending(limit: int):
        async with database.transaction() as session:
            return await pending_turns(session, limit=limit, tasks=tasks)

    async with aiohttp.ClientSession() as http:
        given = {"database": database, "http": http, "carrier": carrier, "lease_seconds": LEASE_SECONDS}
        handlers = {OFTEN: partial(run_turn, tasks=tasks, **given)}
        runner = Runner(redis_url, prefix=prefix, handlers=handlers, timing=QUICK)
        stager = Stager(carrier, [Source(OFTEN, pending)], interval=0.1, quiet_seconds=0.1)
        await runner.start()
        await stager.start()
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        await stop.wait()
        await stager.stop()
        await runner.stop(grace_seconds=0.2)
    await carrier.close()
    await database.close()


structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
asyncio.run(main(*sys.argv[1:]))
