"""Failed jobs: look at them, replay them, discard them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aipromote.errors import Conflict, NotFound
from aipromote.jobs.carrier import Carrier, revive
from aipromote.jobs.kinds import Queue


@dataclass(frozen=True)
class FailedJob:
    """One job that has used up its attempts, or was dropped."""

    queue: str
    id: str
    kind: str
    pointer: Any
    """As it was carried; may be malformed, which is then why the job is here."""
    reason: str
    attempts: int
    failed_at: datetime
    traceback: str
    """Of the last attempt; empty when the job never reached a handler."""


async def failed_jobs(carrier: Carrier, queue: Queue, *, offset: int = 0, limit: int = 50) -> list[FailedJob]:
    """The latest first."""
    jobs = await carrier.queue(queue).getFailed(offset, offset + limit - 1)
    return [_failed(queue, job) for job in jobs]


async def replay(carrier: Carrier, queue: Queue, job_id: str) -> None:
    """Run it again, with all its attempts. NotFound when there is no such failed job."""
    try:
        await revive(carrier.queue(queue), "", job_id, "failed")
    except TypeError as error:
        raise NotFound(f"There is no failed job {job_id} in the queue {queue.name}.") from error


async def discard(carrier: Carrier, queue: Queue, job_id: str) -> None:
    """Remove it for good; its row is untouched. NotFound when there is no such failed job."""
    bull = carrier.queue(queue)
    if await carrier.redis.zscore(bull.toKey("failed"), job_id) is None:
        raise NotFound(f"There is no failed job {job_id} in the queue {queue.name}.")
    if not await bull.remove(job_id):
        raise Conflict(f"The job {job_id} has just been started again.")


def _failed(queue: Queue, job: Any) -> FailedJob:
    return FailedJob(
        queue=queue.name,
        id=job.id,
        kind=job.name,
        pointer=job.data,
        reason=job.failedReason or "",
        attempts=job.attemptsMade,
        failed_at=datetime.fromtimestamp(job.finishedOn / 1000, UTC),
        traceback=job.stacktrace[-1] if job.stacktrace else "",
    )
