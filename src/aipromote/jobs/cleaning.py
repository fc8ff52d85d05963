"""Finished jobs are kept for people to look at, then removed: completed ones after a day, failed ones after a week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog

from aipromote.jobs.carrier import Carrier
from aipromote.jobs.kinds import QUEUES, Queue

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_DAY = 24 * 3600
_MOST_KEPT = 10_000
KEEP = {
    "removeOnComplete": {"count": _MOST_KEPT},
    "removeOnFail": {"count": _MOST_KEPT},
}
"""Worker options. The number is limited at once, so that a busy day cannot fill the memory; the age is limited here."""

_BATCH = 1000


@dataclass(frozen=True)
class Retention:
    """For how long finished jobs are kept, and how often that is seen to, in seconds."""

    completed_seconds: float = _DAY
    failed_seconds: float = 7 * _DAY
    every_seconds: float = 600.0


async def clean_if_due(carrier: Carrier, *, retention: Retention, queues: tuple[Queue, ...] = QUEUES) -> int | None:
    """Clean all queues unless some process has done so within the interval. How many were removed; None: not due."""
    lock = f"{carrier.prefix}:cleaned"
    if not await carrier.redis.set(lock, "1", nx=True, px=round(retention.every_seconds * 1000)):
        return None
    removed = 0
    for queue in queues:
        removed += await _clean(carrier.queue(queue), "completed", retention.completed_seconds)
        removed += await _clean(carrier.queue(queue), "failed", retention.failed_seconds)
    log.info("finished jobs cleaned", removed=removed)
    return removed


async def _clean(queue: Any, state: str, seconds: float) -> int:
    """In batches, so that the server is never held up by one long script."""
    removed = 0
    while batch := await queue.clean(round(seconds * 1000), _BATCH, state):
        removed += len(batch)
    return removed
