"""Failed jobs: count and list them, look at one, replay or discard one or all of a queue.

A job's id begins with its kind (`publish-post.…`), so that counting and choosing by kind reads no job.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bullmq.custom_errors import UnrecoverableError

from aipromote.errors import Conflict, InvalidInput, NotFound
from aipromote.jobs.carrier import Carrier, revive
from aipromote.jobs.kinds import Queue

MOST_AT_ONCE = 200
"""The largest page."""

_CHUNK = 500
_SIDE_BY_SIDE = 20


@dataclass(frozen=True)
class FailedJob:
    """One job that has used up its attempts, or was dropped."""

    queue: str
    id: str
    kind: str
    pointer: Any
    """As it was carried; may be malformed, which is then why the job is here. None when it cannot be read at all."""
    reason: str
    attempts: int
    failed_at: datetime
    traceback: str
    """Of the last attempt; empty when the job never reached a handler."""


@dataclass(frozen=True)
class Page:
    """Some of a queue's failed jobs, the latest first. `after` leads to the next page; None: there is none."""

    jobs: tuple[FailedJob, ...]
    after: str | None


async def failed_page(
    carrier: Carrier, queue: Queue, *, kind: str | None = None, after: str | None = None, limit: int = 50
) -> Page:
    """A page of them, of one kind or all; `after` comes from the page before. What fails meanwhile shifts nothing.

    InvalidInput for an `after` that no page has given.
    """
    limit = min(max(limit, 1), MOST_AT_ONCE)
    found: list[tuple[str, int]] = []
    async for place in _places(carrier, queue, kind=kind, after=after):
        found.append(place)
        if len(found) > limit:
            break
    jobs = [await _read(carrier, queue, job_id, at) for job_id, at in found[:limit]]
    last = found[limit - 1] if len(found) > limit else None
    return Page(tuple(job for job in jobs if job is not None), f"{last[1]}-{last[0]}" if last else None)


async def failed_jobs(carrier: Carrier, queue: Queue, *, limit: int = 50) -> list[FailedJob]:
    """The latest ones of all kinds."""
    return list((await failed_page(carrier, queue, limit=limit)).jobs)


async def failed_counts(carrier: Carrier, queue: Queue) -> dict[str, int]:
    """How many there are, by kind, the most frequent first. `other` are those that no room has pushed."""
    counted: Counter[str] = Counter()
    async for job_id, _ in _places(carrier, queue):
        counted[job_id.partition(".")[0] if "." in job_id else "other"] += 1
    return dict(counted.most_common())


async def failed_job(carrier: Carrier, queue: Queue, job_id: str) -> FailedJob:
    """One of them. NotFound when there is no such failed job."""
    at = await carrier.redis.zscore(carrier.queue(queue).toKey("failed"), job_id)
    job = None if at is None else await _read(carrier, queue, job_id, int(at))
    if job is None:
        raise _missing(queue, job_id)
    return job


async def replay(carrier: Carrier, queue: Queue, job_id: str) -> None:
    """Run it again, with all its attempts. NotFound when there is no such failed job."""
    try:
        await revive(carrier.queue(queue), "", job_id, "failed")
    except (TypeError, UnrecoverableError) as error:
        raise _missing(queue, job_id) from error


async def discard(carrier: Carrier, queue: Queue, job_id: str) -> None:
    """Remove it for good; its row is untouched. NotFound when there is no such failed job."""
    bull = carrier.queue(queue)
    if await carrier.redis.zscore(bull.toKey("failed"), job_id) is None:
        raise _missing(queue, job_id)
    if not await bull.remove(job_id):
        raise Conflict(f"The job {job_id} has just been started again.")


async def replay_all(carrier: Carrier, queue: Queue, *, kind: str | None = None) -> int:
    """Run all of them again, of one kind or all: those that are there now. How many."""
    return await _each(replay, carrier, queue, kind)


async def discard_all(carrier: Carrier, queue: Queue, *, kind: str | None = None) -> int:
    """Remove all of them, of one kind or all: those that are there now. How many."""
    return await _each(discard, carrier, queue, kind)


async def _each(verb: Any, carrier: Carrier, queue: Queue, kind: str | None) -> int:
    """The ids first: a replayed job that fails at once would be met again."""
    ids = [job_id async for job_id, _ in _places(carrier, queue, kind=kind)]
    turns = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def one(job_id: str) -> bool:
        async with turns:
            try:
                await verb(carrier, queue, job_id)
            except (NotFound, Conflict):
                return False  # somebody else was first
            return True

    return sum(await asyncio.gather(*(one(job_id) for job_id in ids)))


async def _places(
    carrier: Carrier, queue: Queue, *, kind: str | None = None, after: str | None = None
) -> AsyncIterator[tuple[str, int]]:
    """Id and time (ms) of each, the latest first; at one instant by falling id, which is how Redis keeps them."""
    key = carrier.queue(queue).toKey("failed")
    at, last_id = _cursor(after)
    offset = 0
    while True:
        found: Any = await carrier.redis.zrange(
            key, at, "-inf", desc=True, byscore=True, offset=offset, num=_CHUNK, withscores=True
        )
        for job_id, score in found:
            is_met = last_id is not None and int(score) == at and job_id.encode() >= last_id.encode()
            if not is_met and (kind is None or job_id.startswith(f"{kind}.")):
                yield job_id, int(score)
        if len(found) < _CHUNK:
            return
        offset += _CHUNK


def _cursor(after: str | None) -> tuple[int | str, str | None]:
    if after is None:
        return "+inf", None
    at, dash, job_id = after.partition("-")
    if not (at.isascii() and at.isdigit() and dash and job_id):
        raise InvalidInput("There is no such page of failed jobs. Begin with the first one.")
    return int(at), job_id


async def _read(carrier: Carrier, queue: Queue, job_id: str, at: int) -> FailedJob | None:
    """The job as it is stored, of which nothing may be as it should; None when it went away meanwhile."""
    bull = carrier.queue(queue)
    try:
        job = await bull.getJob(job_id)
    except (ValueError, TypeError, AttributeError, KeyError):
        return await _broken(carrier, queue, job_id, at)
    if job is None:
        return None
    return FailedJob(
        queue=queue.name,
        id=job_id,
        kind=job.name,
        pointer=job.data,
        reason=job.failedReason or "",
        attempts=job.attemptsMade,
        failed_at=datetime.fromtimestamp(at / 1000, UTC),
        traceback=job.stacktrace[-1] if job.stacktrace else "",
    )


async def _broken(carrier: Carrier, queue: Queue, job_id: str, at: int) -> FailedJob:
    key = carrier.queue(queue).toKey(job_id)
    stored: Any = await carrier.redis.hmget(key, "name", "failedReason")
    name, reason = stored
    when = datetime.fromtimestamp(at / 1000, UTC)
    return FailedJob(queue.name, job_id, name or "", None, reason or "", 0, when, "")


def _missing(queue: Queue, job_id: str) -> NotFound:
    return NotFound(f"There is no failed job {job_id} in the queue {queue.name}.")
