"""The carrier: puts pointers into Redis, and never stands in the way of the transaction that asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bullmq
import structlog
from bullmq.custom_errors import UnrecoverableError

from aipromote.jobs import standing
from aipromote.jobs.connection import UNREACHABLE, for_callers, key_prefix, masked
from aipromote.jobs.kinds import HIGHEST_PRIORITY, LOWEST_PRIORITY, Due, Kind, P, Queue
from aipromote.jobs.standing import Move

log: structlog.stdlib.BoundLogger = structlog.get_logger()

JITTERED = "jittered"
"""The name of our backoff strategy on the wire; the runner computes it."""
_PER_PRIORITY = 0x1_0000_0000
"""BullMQ's score of a waiting job: its priority times this, and a running number."""


class Carrier:
    """A typed face of BullMQ for pushing. One per process; safe for any number of tasks."""

    def __init__(self, redis_url: str, *, prefix: str) -> None:
        self.redis = for_callers(redis_url, prefix=prefix)
        self.prefix = key_prefix(redis_url, prefix)
        self._where = masked(redis_url)
        self._queues: dict[str, Any] = {}

    def queue(self, queue: Queue) -> Any:
        """BullMQ's own object for a queue, over the shared connections."""
        if queue.name not in self._queues:
            self._queues[queue.name] = bullmq.Queue(queue.name, {"connection": self.redis, "prefix": self.prefix})
        return self._queues[queue.name]

    async def push(
        self, kind: Kind[P], pointers: Sequence[P], *, delay: float = 0.0, priority: int | None = None
    ) -> bool:
        """Carry these pointers, after `delay` seconds; those that Redis already has stay as they are.

        Call it after the commit. False when Redis is away: nothing is lost, the stager finds the rows.
        """
        if not pointers:
            return True
        try:
            await self._add(kind, [Due(pointer, priority) for pointer in pointers], delay=delay)
        except UNREACHABLE as error:
            log.warning(
                "push left to the stager", job=kind.name, count=len(pointers), redis=self._where, error=repr(error)
            )
            return False
        return True

    async def stage(self, kind: Kind[P], due: Sequence[Due[P]]) -> int:
        """Bring what is due to the workers, also what ran before and is due still. How many jobs that moved.

        Raises what redis-py raises when the server is away.
        """
        if not due:
            return 0
        queue = self.queue(kind.queue)
        now_ms, standings = await standing.look_up(queue, [kind.job_id(one.pointer) for one in due])
        moves = [(one, stands, stands.move(kind, now_ms=now_ms)) for one, stands in zip(due, standings, strict=True)]
        for one, stands, move in moves:
            await _prepare(queue, kind, kind.job_id(one.pointer), stands.state, move)
        await self._add(kind, [one for one, _, move in moves if move in {Move.ADD, Move.REPLACE}])
        return sum(move is not Move.LEAVE for _, _, move in moves)

    async def waiting(self, kind: Kind[Any]) -> int:
        """Jobs of the kind's queue that wait, as urgent as the kind's usual ones or more."""
        key, below = self.queue(kind.queue).toKey("prioritized"), (kind.queue.priority + 1) * _PER_PRIORITY
        return int(await self.redis.zcount(key, "-inf", f"({below}"))

    async def close(self) -> None:
        """Let the connections go."""
        await self.redis.aclose()

    async def _add(self, kind: Kind[P], due: Sequence[Due[P]], *, delay: float = 0.0) -> None:
        if due:
            await self.queue(kind.queue).addBulk([_wire(kind, one, delay) for one in due])


def _wire(kind: Kind[P], due: Due[P], delay: float) -> dict[str, Any]:
    """One job as BullMQ takes it. A job always has a priority, or it would overtake all those that have one."""
    priority = kind.queue.priority if due.priority is None else due.priority
    options: dict[str, Any] = {
        "jobId": kind.job_id(due.pointer),
        "attempts": kind.queue.attempts,
        "priority": min(max(priority, HIGHEST_PRIORITY), LOWEST_PRIORITY),
    }
    if kind.queue.attempts > 1:
        options["backoff"] = {"type": JITTERED, "delay": round(kind.queue.backoff_seconds * 1000)}
    if delay > 0:
        options["delay"] = round(delay * 1000)
    return {"name": kind.name, "data": due.pointer.model_dump(mode="json"), "opts": options}


async def _prepare(queue: Any, kind: Kind[P], job_id: str, state: str, move: Move) -> None:
    try:
        if move is Move.REPLACE:
            await queue.remove(job_id)
        elif move is Move.REVIVE:
            await revive(queue, kind.name, job_id, state)
        elif move is Move.PROMOTE:
            await queue.backend.promote(job_id)
    except (TypeError, UnrecoverableError):
        # BullMQ's words for "no longer in that state": another stager or a worker was first, which is just as well.
        log.debug("already moved", job=kind.name, job_id=job_id)


async def revive(queue: Any, name: str, job_id: str, state: str) -> None:
    """Put a finished job back into its queue, with all its attempts. TypeError when it is in another state."""
    job = bullmq.Job(queue, name, None, {"jobId": job_id})
    await queue.backend.reprocessJob(job, state, {"resetAttemptsMade": True, "resetAttemptsStarted": True})
    await queue.client.hdel(queue.toKey(job_id), "stc")
