"""BullMQ's worker, made to survive what it would stumble over."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import bullmq
from bullmq.custom_errors import UnrecoverableError

from aipromote.jobs.cleaning import KEEP
from aipromote.jobs.connection import for_workers
from aipromote.jobs.kinds import Queue
from aipromote.jobs.throughput import MINUTES

_STALLS_ALLOWED = 3  # a job that takes its worker process down with it more often than this has failed


class Dropped(UnrecoverableError):  # type: ignore[misc]  # the library ships no types
    """The job cannot be run by anybody. `why`: malformed or unknown_kind."""

    def __init__(self, why: str, words: str) -> None:
        super().__init__(f"dropped: {words}")
        self.why = why
        self.words = words


@dataclass(frozen=True)
class Timing:
    """How soon a dead worker's jobs are noticed: after the lock ran out, at the second check from then."""

    lock_seconds: float = 4.0
    check_seconds: float = 1.5


def build(queue: Queue, processor: Any, *, redis_url: str, prefix: str, name: str, timing: Timing) -> Any:
    """A worker for one queue, not yet running."""
    options = {
        "autorun": False,
        "connection": for_workers(redis_url, prefix=prefix),
        "prefix": prefix,
        "name": name,
        "concurrency": queue.concurrency,
        "lockDuration": round(timing.lock_seconds * 1000),
        "stalledInterval": round(timing.check_seconds * 1000),
        "maxStalledCount": _STALLS_ALLOWED,
        "runRetryDelay": 500,
        "settings": {"backoffStrategy": backoff_ms},
        "metrics": {"maxDataPoints": MINUTES},
        **KEEP,
    }
    worker = _Worker(queue.name, processor, options)
    # Left alone, BullMQ takes the server for one that blocks for whole seconds only, and delayed jobs run late.
    worker.backend.blocking_connection.capabilities = {"canBlockFor1Ms": True, "canDoubleTimeout": True}
    return worker


def backoff_ms(attempts_made: int, _type: str, _error: object, job: Any) -> int:
    """The wait before the next attempt: doubled each time, and between half and all of it, so that jobs spread out."""
    whole: float = job.opts["backoff"]["delay"] * 2 ** (attempts_made - 1)
    return round(whole * random.uniform(0.5, 1.0))  # noqa: S311 -- spreads load, keeps no secret


class _Worker(bullmq.Worker):  # type: ignore[misc]  # the library ships no types
    """A worker that fails a job whose stored form cannot be read, where BullMQ would pick it up again for ever."""

    async def nextJobFromJobData(  # noqa: N802 -- overrides
        self,
        job_data: dict[str, str] | None = None,
        job_id: str | None = None,
        limit_until: int = 0,
        delay_until: int = 0,
        token: str | None = None,
    ) -> Any:
        try:
            return await super().nextJobFromJobData(job_data, job_id, limit_until, delay_until, token)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            if not job_data:
                raise
            unreadable = Dropped("malformed", f"its stored form cannot be read ({error})")
            job = bullmq.Job(self, job_data.get("name", ""), None, {"attempts": 1}, job_id)
            await job.moveToFailed(unreadable, token)
            self.emit("failed", job, unreadable)
            return None
