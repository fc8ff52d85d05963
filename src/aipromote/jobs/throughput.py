"""How many jobs of a queue were finished in each of the last minutes.

BullMQ counts them itself, in the same step that finishes a job, when its workers are asked to. It keeps a list of whole
minutes, the newest first, and beside it how many there were since that list was last prolonged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from aipromote.jobs.carrier import Carrier
from aipromote.jobs.connection import server_ms
from aipromote.jobs.kinds import Queue

MINUTES = 120
"""How many are kept."""

_MINUTE_MS = 60_000


@dataclass(frozen=True)
class Minute:
    """One minute of real time. `failed` are those that failed for good."""

    begins: datetime
    done: int
    failed: int


async def throughput(carrier: Carrier, queue: Queue) -> list[Minute]:
    """The last two hours, the oldest minute first; the last is the one that has just begun.

    Raises what redis-py raises when the server is away.
    """
    this = await server_ms(carrier.redis) // _MINUTE_MS
    key = carrier.queue(queue).toKey
    async with carrier.redis.pipeline(transaction=True) as pipe:
        for state in ("completed", "failed"):
            pipe.hmget(key(f"metrics:{state}"), "count", "prevTS", "prevCount")
            pipe.lrange(key(f"metrics:{state}:data"), 0, MINUTES - 1)
        facts, points, lost_facts, lost_points = await pipe.execute()
    done, failed = _by_minute(facts, points), _by_minute(lost_facts, lost_points)
    return [
        Minute(datetime.fromtimestamp(minute * 60, UTC), done.get(minute, 0), failed.get(minute, 0))
        for minute in range(this - MINUTES + 1, this + 1)
    ]


def _by_minute(facts: Sequence[str | None], points: Sequence[str]) -> dict[int, int]:
    """By minutes since 1970. `facts` are all jobs ever counted, the time (ms) of the last point, and all before it."""
    total, since, before = (int(fact or 0) for fact in facts)
    last = since // _MINUTE_MS
    return {last: total - before} | {last - ago: int(point) for ago, point in enumerate(points, start=1)}
