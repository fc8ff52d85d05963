"""Finished jobs are kept for people to look at, then removed: completed ones after a day, failed ones after a week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog

from aipromote.jobs.carrier import Carrier
from aipromote.jobs.kinds import QUEUES, Queue
from aipromote.jobs.periodic import Means

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
    """For how long finished jobs are kept, in seconds."""

    completed_seconds: float = _DAY
    failed_seconds: float = 7 * _DAY


async def clean(carrier: Carrier, *, retention: Retention | None = None, queues: tuple[Queue, ...] = QUEUES) -> int:
    """Remove what is older. How many jobs that were."""
    retention, removed = retention or Retention(), 0
    for queue in queues:
        removed += await _clean(carrier.queue(queue), "completed", retention.completed_seconds)
        removed += await _clean(carrier.queue(queue), "failed", retention.failed_seconds)
    log.info("finished jobs cleaned", removed=removed)
    return removed


async def clean_finished(means: Means) -> None:
    """The periodic task."""
    await clean(means.carrier)


async def _clean(queue: Any, state: str, seconds: float) -> int:
    """In batches, so that the server is never held up by one long script."""
    removed = 0
    while batch := await queue.clean(round(seconds * 1000), _BATCH, state):
        removed += len(batch)
    return removed
