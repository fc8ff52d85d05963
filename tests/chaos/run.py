"""One run: set the stage, let the plan happen, wait until everything is final, and reckon."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import aiohttp

from aipromote import clock
from aipromote.connectors import wire
from aipromote.db.database import Database
from chaos import stage as stages
from chaos.crowd import settle_in
from chaos.happenings import Happenings
from chaos.plan import Kind, Plan
from chaos.reckoning import ATTEMPTS, POSTS, USED, reckon
from chaos.report import Run
from chaos.stage import Stage
from chaos.watch import Watcher, unrecovered

_LEAD = timedelta(minutes=10)
"""Between writing the posts and the first of them; the clock jumps over what is left of it."""
_LEASES = {True: 6.0, False: 15.0}
_STALLED = 150.0
"""Seconds without any change after which a run gives up waiting. Longer than the longest wait between two look-ups."""
_LONGEST = 900.0
"""Seconds after which it gives up although things still change: they would for ever."""


def run(plan: Plan, *, workers: int, stagers: int, hurry: bool) -> Run:
    """Carry the plan out. In a hurry the clock is put forward where there is only to wait for a time to come."""
    with stages.opened(lease=_LEASES[hurry]) as stage:
        return asyncio.run(_run(stage, plan, workers=workers, stagers=stagers, hurry=hurry))


async def _run(stage: Stage, plan: Plan, *, workers: int, stagers: int, hurry: bool) -> Run:
    database, watcher = Database.from_settings("chaos"), Watcher(stage)
    try:
        async with wire.open_session(timeout_seconds=60) as http:
            start = clock.now() + _LEAD
            crowd = await settle_in(database, http, plan, server=stage.network_url, start=start)
            for number in range(workers):
                stage.start_worker(stages=number < stagers)
            happenings = Happenings(stage, plan, crowd, watcher, database, http)
            async with _looked_after(stage, watcher):
                await _until_the_workers_are_up(watcher)
                begun = time.monotonic()
                stage.dial.jump(start)
                await happenings.go(start=start)
                await _until_final(stage, watcher, hurry=hurry)
                await watcher.look()
            took = time.monotonic() - begun
            return await _reckon(happenings, http, workers=workers, stagers=stagers, took=took)
    finally:
        await watcher.close()
        await database.close()


@asynccontextmanager
async def _looked_after(stage: Stage, watcher: Watcher) -> AsyncIterator[None]:
    """The runtime starts again what dies, and the watcher looks, for as long as the block lasts."""

    async def look_after() -> None:
        while True:
            stage.runtime.look_after()
            await asyncio.sleep(0.05)

    tasks = [asyncio.create_task(look_after()), asyncio.create_task(watcher.watch())]
    try:
        yield
        for task in tasks:
            assert not task.done(), task.exception()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _until_the_workers_are_up(watcher: Watcher) -> None:
    """They are connected: recovering is measured, not starting."""
    asked = "SELECT count(*) AS n FROM pg_stat_activity WHERE application_name = 'aipromote stager'"
    end = time.monotonic() + 240
    while (await watcher.fetch(asked))[0]["n"] < len(watcher.stage.workers):
        assert time.monotonic() < end, watcher.stage.last_words()
        await asyncio.sleep(0.1)


async def _until_final(stage: Stage, watcher: Watcher, *, hurry: bool) -> None:
    """Nothing is open any more, or nothing has changed for too long: then the reckoning finds what is left."""
    known, since = None, time.monotonic()
    end = since + _LONGEST
    while time.monotonic() < end:
        await asyncio.sleep(0.2)
        sample = await watcher.look()
        if sample is None:
            continue
        if not sample.open:
            return
        state = (sample.published, sample.open, sample.next)
        if state != known:
            known, since = state, time.monotonic()
        waits = sample.next is not None and sample.next > clock.now() + timedelta(seconds=0.1)
        stalled = time.monotonic() - since > _STALLED
        if stalled and not waits:
            return
        if sample.next is not None and waits and (hurry or stalled):
            # The last look-up may be ten minutes away: what has its time is not stuck, and nothing else is left to see.
            _skip(stage, sample.next)


def _skip(stage: Stage, moment: datetime) -> None:
    stage.waited += (moment - clock.now()).total_seconds()
    stage.dial.jump(moment)


async def _reckon(
    happenings: Happenings, http: aiohttp.ClientSession, *, workers: int, stagers: int, took: float
) -> Run:
    stage, watcher, plan = happenings.stage, happenings.watcher, happenings.plan
    async with http.get(f"{stage.network_url}/audit") as response:
        audit = await response.json()
    inactive = await watcher.fetch("SELECT id FROM social_accounts WHERE NOT is_active")
    sums = reckon(
        happenings.crowd,
        posts=await watcher.fetch(POSTS),
        attempts=await watcher.fetch(ATTEMPTS),
        used=await watcher.fetch(USED),
        audit=audit,
        answered=happenings.answered,
        put_back=stage.put_back,
    )
    revoked = len({fault.target for fault in plan.faults if fault.kind is Kind.REVOKE_TOKENS})
    struck = watcher.struck
    never = unrecovered(stage, struck)
    return Run(
        plan, workers, stagers, struck, never, happenings.answered, sums, took, stage.waited, len(inactive), revoked
    )
