"""The stager: asks the rooms what is due and sees to it that Redis carries it.

It is what makes Redis expendable. Any number of copies may run; they do the same work twice at worst, and pushing the
same job twice carries it once.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic
from uuid import uuid4

import structlog

from aipromote.jobs.carrier import Carrier
from aipromote.jobs.connection import UNREACHABLE
from aipromote.jobs.ending import end
from aipromote.jobs.kinds import Due, Kind, P
from aipromote.jobs.pulse import BEAT_SECONDS, Pulse

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_QUIET_SECONDS = 3.0
_SHORTEST_REST_SECONDS = 0.1
_ENOUGH = 50
"""Jobs of a kind, or more urgent ones of its queue, that keep the workers busy until the stager looks again."""
_GLANCE = 10
"""Jobs that are looked at meanwhile: what comes after them would wait behind the others anyway."""


@dataclass(frozen=True)
class Source(Generic[P]):
    """Where the due rows of one kind of job are found."""

    kind: Kind[P]
    pending: Callable[[int], Awaitable[Sequence[Due[P]]]]
    """`async (limit) -> what is due now`, the most urgent first, at most `limit` pointers; perhaps one that is next."""
    limit: int = 100
    timeout_seconds: float = 15.0
    glances: bool = False
    """Whether the most urgent are the same jobs, however many are asked for, so that a glance at them will do."""


class Stager:
    """Looks at every source again and again, each at its own pace."""

    def __init__(
        self,
        carrier: Carrier,
        sources: Sequence[Source[Any]],
        *,
        interval: float,
        quiet_seconds: float = _QUIET_SECONDS,
    ) -> None:
        self._carrier = carrier
        self._sources = tuple(sources)
        self._interval = interval
        self._quiet_seconds = quiet_seconds
        self._sentinel: str | None = None
        self._looked_after: dict[str, float] = {}
        self._found: dict[str, int] = {}
        self._next_in: dict[str, float] = {}
        self._pulse = Pulse(
            carrier.redis,
            prefix=carrier.prefix,
            role="stager",
            queues=tuple(dict.fromkeys(source.kind.queue.name for source in sources)),
        )
        self._tasks: list[asyncio.Task[None]] = []
        self.last_errors: dict[str, str] = {}
        """By kind, what kept its source from being staged at the last look; absent when nothing did."""
        self._looked_at: dict[str, float] = dict.fromkeys((source.kind.name for source in sources), time.monotonic())

    async def start(self) -> None:
        """Begin to look, in the background."""
        self._tasks = [asyncio.create_task(self._watch(source), name=source.kind.name) for source in self._sources]
        self._tasks.append(asyncio.create_task(self._beat(), name="stager pulse"))

    async def stop(self) -> None:
        """Stop looking."""
        await end(self._tasks)
        try:
            await self._pulse.forget()
        except UNREACHABLE as error:
            log.warning("stager stopped without good-bye", error=repr(error))

    async def tick(self) -> int:
        """Look at every source once. How many jobs that brought on their way."""
        return sum(await asyncio.gather(*(self._look(source) for source in self._sources)))

    async def _watch(self, source: Source[Any]) -> None:
        while True:
            await self._look(source)
            await asyncio.sleep(self._rest(source))

    def _rest(self, source: Source[Any]) -> float:
        """Seconds until its next beat, or until something that was seen ahead is due; but never without a rest."""
        soon = self._next_in.pop(source.kind.name, math.inf)
        return min(self.pace(source), max(soon, _SHORTEST_REST_SECONDS))

    def pace(self, source: Source[Any]) -> float:
        """Seconds between two looks at a source."""
        return source.kind.look_seconds or self._interval

    async def _look(self, source: Source[Any]) -> int:
        """Stage one source. A failure is noted for the heartbeat and logged when it is new; the others go on."""
        name = source.kind.name
        try:
            async with asyncio.timeout(source.timeout_seconds):
                moved = await self._stage(source)
        except Exception as error:  # noqa: BLE001 -- a source is a room's query and may fail in any way
            if self.last_errors.get(name) != repr(error):
                log.warning("source not staged", job=name, error=repr(error))
            self.last_errors[name] = repr(error)
            return 0
        self.last_errors.pop(name, None)
        self._looked_at[name] = time.monotonic()
        return moved

    async def _stage(self, source: Source[Any]) -> int:
        await self._forget_if_emptied()
        now, name = time.monotonic(), source.kind.name
        found = await source.pending(await self._how_many(source))
        self._found[name] = len(found)
        self._next_in[name] = min((one.in_seconds for one in found if one.in_seconds > 0), default=math.inf)
        due = [one for one in found if one.in_seconds <= 0 and not self._is_quiet(source, one, now)]
        moved = await self._carrier.stage(source.kind, due)
        self._looked_after.update({_key(source, one): now for one in due})
        return moved

    async def _how_many(self, source: Source[Any]) -> int:
        """During a backlog only a glance at the most urgent, as long as enough of it waits in Redis already."""
        if not source.glances or self._found.get(source.kind.name, 0) < _GLANCE:
            return source.limit
        is_enough = await self._carrier.waiting(source.kind) >= _ENOUGH
        return min(_GLANCE, source.limit) if is_enough else source.limit

    def _is_quiet(self, source: Source[Any], due: Due[Any], now: float) -> bool:
        """Whether this very job was looked after a moment ago."""
        looked = self._looked_after.get(_key(source, due))
        return looked is not None and now - looked < self._quiet_seconds

    async def _forget_if_emptied(self) -> None:
        """A random value in Redis that is not the one we saw tells that the server has been emptied or replaced."""
        key = f"{self._carrier.prefix}:sentinel"
        value: Any = await self._carrier.redis.get(key)
        if value is None:
            await self._carrier.redis.set(key, uuid4().hex, nx=True)
            value = await self._carrier.redis.get(key)
        if value != self._sentinel:
            if self._sentinel is not None:
                log.warning("redis was emptied; staging everything that is due")
            self._looked_after.clear()
            self._sentinel = value

    def looks(self) -> dict[str, dict[str, float]]:
        """By kind: seconds since its source was last staged with success (or since the start), and when that is late.

        A source that hangs or fails is seen by that.
        """
        now = time.monotonic()
        return {
            source.kind.name: {
                "seconds_ago": round(now - self._looked_at[source.kind.name], 3),
                "late_after": 2 * self.pace(source) + source.timeout_seconds,
            }
            for source in self._sources
        }

    async def _beat(self) -> None:
        while True:
            oldest = time.monotonic() - self._quiet_seconds
            self._looked_after = {key: looked for key, looked in self._looked_after.items() if looked > oldest}
            try:
                await self._pulse.beat(errors=self.last_errors, looks=self.looks())
            except UNREACHABLE as error:
                log.debug("no heartbeat", error=repr(error))
            await asyncio.sleep(BEAT_SECONDS)


def _key(source: Source[Any], due: Due[Any]) -> str:
    return source.kind.job_id(due.pointer)
