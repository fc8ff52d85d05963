"""Where a job stands in Redis, and what must happen to it when its row says that the work is due."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from aipromote.jobs.kinds import Kind


class Move(Enum):
    """What brings a due pointer to a worker."""

    ADD = auto()
    """Redis does not know it."""
    REPLACE = auto()
    """Redis holds a broken rest of it: a body in no list, or a place in a list without a body."""
    REVIVE = auto()
    """It ran, and the row is still due: the handler snoozed through the row, or died."""
    PROMOTE = auto()
    """It was to run later, but the row says now."""
    LEAVE = auto()
    """It is on its way."""


@dataclass(frozen=True)
class Standing:
    """One job as Redis has it. `state` is BullMQ's word for it, `unknown` when the id is in no list."""

    state: str
    pushed_ms: int | None
    finished_ms: int | None
    attempts: int

    def move(self, kind: Kind[Any], *, now_ms: int) -> Move:
        """What to do with this job, given that its row is due."""
        if self.state == "unknown" and self.pushed_ms is None:
            return Move.ADD
        if self.state == "unknown" or self.pushed_ms is None:
            return Move.REPLACE
        if self.state in {"completed", "failed"}:
            rest = kind.again_seconds if self.state == "completed" else kind.failed_again_seconds
            return Move.REVIVE if now_ms - (self.finished_ms or 0) >= rest * 1000 else Move.LEAVE
        # A job that failed before waits out its backoff; any other delay is less true than the row.
        return Move.PROMOTE if self.state == "delayed" and not self.attempts else Move.LEAVE


_STATE_KEYS = ("completed", "failed", "delayed", "active", "wait", "paused", "waiting-children", "prioritized")


async def look_up(queue: Any, job_ids: list[str]) -> tuple[int, list[Standing]]:
    """The server's time in ms and the standing of each job of a BullMQ queue, in one round trip."""
    backend = queue.backend
    keys = backend.scripts.getKeys(_STATE_KEYS)
    async with backend.conn.pipeline(transaction=False) as pipe:
        pipe.time()
        for job_id in job_ids:
            body = backend.toKey(job_id)
            await backend.scripts.commands["getStateV2"](keys=keys, args=[job_id, body], client=pipe)
            pipe.hmget(body, "timestamp", "finishedOn", "atm")
        (seconds, microseconds), *answers = await pipe.execute()
    standings = [_standing(state, facts) for state, facts in zip(answers[::2], answers[1::2], strict=True)]
    return int(seconds) * 1000 + int(microseconds) // 1000, standings


def _standing(state: str, facts: list[str | None]) -> Standing:
    pushed, finished, attempts = (int(fact) if fact else None for fact in facts)
    return Standing(state=state, pushed_ms=pushed, finished_ms=finished, attempts=attempts or 0)
