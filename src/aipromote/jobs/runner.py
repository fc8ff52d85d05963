"""The runner: a worker process's share of the queues. One lane per queue that it has handlers for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog

from aipromote.jobs import engine, tally
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.connection import UNREACHABLE, masked
from aipromote.jobs.ending import end
from aipromote.jobs.kinds import Kind, Queue
from aipromote.jobs.lane import GaveUp, Handler, Lane
from aipromote.jobs.pulse import BEAT_SECONDS, Pulse

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Runner:
    """Takes jobs and runs their handlers until it is stopped. Redis may come and go meanwhile."""

    def __init__(
        self,
        redis_url: str,
        *,
        prefix: str,
        handlers: Mapping[Kind[Any], Handler],
        gave_up: Mapping[Kind[Any], GaveUp] | None = None,
        timing: engine.Timing | None = None,
        concurrency: Mapping[str, int] | None = None,
    ) -> None:
        """`concurrency`: by queue, how many jobs to run at the same time, where that is not the queue's own number."""
        self._redis_url = redis_url
        self._concurrency = concurrency or {}
        self._timing = timing or engine.Timing()
        self._carrier = Carrier(redis_url, prefix=prefix)
        self._prefix = self._carrier.prefix
        self._lanes = [self._lane(queue, handlers, gave_up or {}) for queue in _queues_of(handlers)]
        self._pulse = Pulse(
            self._carrier.redis,
            prefix=self._prefix,
            role="worker",
            queues=tuple(lane.queue.name for lane in self._lanes),
        )
        self._keeping: asyncio.Task[None] | None = None

    @property
    def id(self) -> str:
        """What this worker is called in its heartbeat."""
        return self._pulse.id

    async def start(self) -> None:
        """Begin to take jobs, in the background."""
        for lane in self._lanes:
            lane.start()
        self._keeping = asyncio.create_task(self._keep_house(), name="runner")
        log.info("runner started", worker=self.id, redis=masked(self._redis_url))

    async def stop(self, *, grace_seconds: float) -> None:
        """Take nothing more, finish what runs within the grace, give the rest back, and let go of Redis."""
        await asyncio.gather(*(lane.stop(grace_seconds=grace_seconds) for lane in self._lanes))
        await end([self._keeping])
        try:
            await tally.flush(self._carrier.redis, prefix=self._prefix)
            await self._pulse.forget()
        except UNREACHABLE as error:
            log.warning("stopped without good-bye", worker=self.id, error=repr(error))
        await self._carrier.close()
        log.info("runner stopped", worker=self.id)

    def _lane(self, queue: Queue, handlers: Mapping[Kind[Any], Handler], gave_up: Mapping[Kind[Any], GaveUp]) -> Lane:
        return Lane(
            queue,
            handlers={kind: handler for kind, handler in handlers.items() if kind.queue == queue},
            gave_up={kind: told for kind, told in gave_up.items() if kind.queue == queue},
            build=self._build,
            on_dropped=self._count_dropped,
        )

    def _build(self, queue: Queue, processor: Any) -> Any:
        queue = replace(queue, concurrency=self._concurrency.get(queue.name, queue.concurrency))
        return engine.build(
            queue, processor, redis_url=self._redis_url, prefix=self._prefix, name=self.id, timing=self._timing
        )

    async def _count_dropped(self, queue: Queue) -> None:
        await self._carrier.redis.hincrby(f"{self._prefix}:dropped", queue.name, 1)

    async def _keep_house(self) -> None:
        """Beat, and add up what was counted. Says once that Redis went, and once that it came back."""
        reachable = True
        while True:
            try:
                await self._pulse.beat(running={lane.queue.name: lane.running for lane in self._lanes})
                await tally.flush(self._carrier.redis, prefix=self._prefix)
                if not reachable:
                    log.info("redis is back", worker=self.id)
                reachable = True
            except UNREACHABLE as error:
                if reachable:
                    log.warning("redis is away", redis=masked(self._redis_url), error=repr(error))
                reachable = False
            except Exception:
                log.exception("housekeeping failed", worker=self.id)
            await asyncio.sleep(BEAT_SECONDS)


def _queues_of(handlers: Mapping[Kind[Any], Handler]) -> list[Queue]:
    return list(dict.fromkeys(kind.queue for kind in handlers))
