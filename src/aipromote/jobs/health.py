"""The truth about the queues, from counts only: no list of jobs is ever fetched to be counted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from aipromote.errors import Unavailable
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.connection import UNREACHABLE, server_ms
from aipromote.jobs.kinds import QUEUES, Queue
from aipromote.jobs.pulse import Beat, beats

_MINUTE_MS = 60_000
_LEVEL = 0x100000000  # BullMQ's score of a prioritized job: priority * 2^32 + a running number
_LEVELS_LOOKED_AT = 32


@dataclass(frozen=True)
class QueueHealth:
    """One queue. Ages in seconds; `None` where there is nothing to measure or nobody who can say."""

    name: str
    waiting: int
    """Ready and without a priority: taken back from dead workers. Our own jobs wait as `prioritized`."""
    prioritized: int
    delayed: int
    active: int
    completed: int
    failed: int
    paused: bool
    dropped: int
    """Malformed or unknown jobs, since the server was last emptied."""
    oldest_waiting_seconds: float | None
    """Age of the job that has been ready for longest, since it was pushed."""
    completed_last_minute: int
    failed_last_minute: int
    overdue: int | None
    """Rows in PostgreSQL that should have been worked on by now."""


@dataclass(frozen=True)
class Health:
    """All queues, and every worker and stager that was seen within the hour."""

    queues: tuple[QueueHealth, ...]
    processes: tuple[Beat, ...]

    @property
    def workers_alive(self) -> int:
        """Workers that beat recently."""
        return sum(beat.alive for beat in self.processes if beat.role == "worker")

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        processes = [asdict(beat) | {"alive": beat.alive} for beat in self.processes]
        return {"queues": [asdict(queue) for queue in self.queues], "processes": processes}


async def measure(
    carrier: Carrier,
    *,
    queues: tuple[Queue, ...] = QUEUES,
    overdue: Mapping[str, Callable[[], Awaitable[int]]] | None = None,
) -> Health:
    """Look at everything once. `overdue` counts late rows by queue name. Unavailable when Redis does not answer."""
    late = {name: await count() for name, count in (overdue or {}).items()}
    try:
        return Health(
            queues=tuple([await _queue(carrier, queue, late.get(queue.name)) for queue in queues]),
            processes=await beats(carrier.redis, prefix=carrier.prefix),
        )
    except UNREACHABLE as error:
        raise Unavailable(f"Redis does not answer: {error}") from error


async def _queue(carrier: Carrier, queue: Queue, overdue: int | None) -> QueueHealth:
    now = await server_ms(carrier.redis)
    counts = await _counts(carrier, queue, since=now - _MINUTE_MS)
    oldest = (
        await _oldest_ms(carrier, carrier.queue(queue).toKey) if counts["waiting"] + counts["prioritized"] else None
    )
    age = None if oldest is None else max(0.0, (now - oldest) / 1000)
    return QueueHealth(name=queue.name, oldest_waiting_seconds=age, overdue=overdue, **counts)


async def _counts(carrier: Carrier, queue: Queue, *, since: int) -> dict[str, Any]:
    """Every count of one queue at one moment, in one round trip."""
    key = carrier.queue(queue).toKey
    async with carrier.redis.pipeline(transaction=True) as pipe:
        for name in ("wait", "paused", "active"):
            pipe.llen(key(name))
        for name in ("prioritized", "delayed", "completed", "failed"):
            pipe.zcard(key(name))
        for name in ("completed", "failed"):
            pipe.zcount(key(name), since, "+inf")
        pipe.hexists(key("meta"), "paused")
        pipe.hget(f"{carrier.prefix}:dropped", queue.name)
        wait, held, active, prioritized, delayed, completed, failed, done, lost, paused, dropped = await pipe.execute()
    return {
        "waiting": wait + held,
        "prioritized": prioritized,
        "delayed": delayed,
        "active": active,
        "completed": completed,
        "failed": failed,
        "paused": bool(paused),
        "dropped": int(dropped or 0),
        "completed_last_minute": done,
        "failed_last_minute": lost,
    }


async def _oldest_ms(carrier: Carrier, key: Callable[[str], str]) -> int | None:
    """When the longest-waiting job was pushed. Within a priority the first is the oldest, so one of each is read."""
    heads: list[Any] = await carrier.redis.lrange(key("wait"), -1, -1)
    after = "-inf"
    for _ in range(_LEVELS_LOOKED_AT):
        head: Any = await carrier.redis.zrange(
            key("prioritized"), after, "+inf", byscore=True, offset=0, num=1, withscores=True
        )
        if not head:
            break
        job_id, score = head[0]
        heads.append(job_id)
        after = str((int(score) // _LEVEL + 1) * _LEVEL)
    stamps = [await carrier.redis.hget(key(job_id), "timestamp") for job_id in heads]
    return min((int(stamp) for stamp in stamps if stamp), default=None)
