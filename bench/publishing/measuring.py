"""One run of one variant: how fast, for how much, how late, and whether every post went out, and went out once."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import processes
import statements
from processes import Failed, Network, Usage, Workers
from redis.asyncio import Redis
from scene import DATABASE, Scene

from aipromote import clock

_STUCK_SECONDS = 45.0
_AHEAD_SECONDS = (1.5, 5.0, 15.0)
"""How long before the first post is due it is scheduled, and tries with more time where the machine was too busy."""
_T = TypeVar("_T")


class TooLate(Exception):
    """The posts were due before everybody was ready for them."""


@dataclass(frozen=True)
class Throughput:
    """Of posts that were all due at the same moment."""

    posts_per_second: float
    cpu: Usage
    """Seconds for 1,000 posts."""
    peak_mb: float
    lost: int
    twice: int

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Lateness:
    """Seconds from when a post was due until the network had it."""

    p50: float
    p99: float
    lost: int
    twice: int

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


@dataclass
class Bench:
    """What all runs share."""

    scene: Scene
    network: Network
    counts_statements: bool = False
    """Whether each run of posts that are due at once tells on standard error what the database was asked."""

    async def throughput(self, variant: str, *, latency_ms: float, workers: int = 1) -> Throughput:
        """All posts are due at one moment; the clock runs from there until the last one is written down."""
        return await _patiently(lambda ahead: self._throughput(variant, latency_ms, workers, ahead))

    async def lateness(self, variant: str, *, posts: int, per_second: float) -> Lateness:
        """Posts are due one after the other, at an even pace."""
        return await _patiently(lambda ahead: self._lateness(variant, posts, per_second, ahead))

    async def _throughput(self, variant: str, latency_ms: float, workers: int, ahead: float) -> Throughput:
        posts = len(self.scene.posts)
        await self._afresh(latency_ms)
        async with self._variant(variant, workers) as running:
            start = clock.now() + timedelta(seconds=ahead + posts / 1500)
            await self.scene.schedule(start, apart=timedelta(0))
            if variant in processes.NODE:
                await processes.fill(self.scene, self.network, "batched" if variant == "batched" else "one")
            await _until(start)
            if self.counts_statements:
                await statements.reset(self.scene.base_url)
            before = processes.usage(running, self.network)
            begun = time.perf_counter()
            await running.begin()
            await self._all_recorded(posts, running)
            seconds = time.perf_counter() - begun
            spent = processes.usage(running, self.network) - before
            per_thousand = Usage(**{name: value / posts * 1000 for name, value in vars(spent).items()})
            lost, twice = await self._verdict(posts)
            if self.counts_statements:
                told = await statements.table(self.scene.base_url, DATABASE, posts=posts)
                print(f"{variant}: {told}", file=sys.stderr)
            return Throughput(posts / seconds, per_thousand, running.peak_mb(), lost, twice)

    async def _lateness(self, variant: str, posts: int, per_second: float, ahead: float) -> Lateness:
        await self._afresh(0)
        async with self._variant(variant, 1) as running:
            start = clock.now() + timedelta(seconds=ahead + posts / 1500)
            due = await self.scene.schedule(start, apart=timedelta(seconds=1 / per_second), count=posts)
            if variant in processes.NODE:
                await processes.fill(self.scene, self.network, "one", "delayed")
            await running.begin()
            await _until(start)
            await self._all_recorded(posts, running)
            arrivals = await self.network.ask("arrivals")
            late = [arrivals[key] - at for key, at in due.items() if key in arrivals]
            cuts = statistics.quantiles(late, n=100, method="inclusive")
            lost, twice = await self._verdict(posts)
            return Lateness(cuts[49], cuts[98], lost, twice)

    async def _afresh(self, latency_ms: float) -> None:
        await self.scene.fresh()
        await self.network.ask(f"reset?latency_ms={latency_ms}")
        async with Redis.from_url(self.scene.redis_url) as redis:
            await redis.flushall()

    def _variant(self, variant: str, count: int) -> AbstractAsyncContextManager[Workers]:
        if variant == "ours":
            return processes.ours(self.scene, self.network, count=count)
        return processes.node(variant, self.scene, self.network)

    async def _all_recorded(self, posts: int, running: Workers) -> None:
        """Until the network has all and the rows say so; Failed where nothing comes any more."""
        count, moved = -1, time.monotonic()
        while True:
            now = (await self.network.ask("count"))["received"]
            if now >= posts and await self.scene.recorded() == (posts, posts):
                return
            running.refuse_if_dead()
            if now != count:
                count, moved = now, time.monotonic()
            elif time.monotonic() - moved > _STUCK_SECONDS:
                raise Failed(f"{now} of {posts} posts came, then none: {await self.scene.states()}")
            await asyncio.sleep(0.05 if now < posts else 0.01)

    async def _verdict(self, posts: int) -> tuple[int, int]:
        """Posts that never came, and posts that came more than once."""
        report = await self.network.ask("report")
        return posts - report["keys"], len(report["twice"])


async def _patiently(measure: Callable[[float], Awaitable[_T]]) -> _T:
    for ahead in _AHEAD_SECONDS:
        try:
            return await measure(ahead)
        except TooLate:
            continue
    raise Failed("The machine is too busy: nobody was ready when the posts were due.")


async def _until(start: datetime) -> None:
    left = (start - clock.now()).total_seconds()
    if left < 0:
        raise TooLate
    await asyncio.sleep(left)
