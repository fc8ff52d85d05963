"""Jobs as Redis has them, in whatever state: for people who look, and want to see also what is broken."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from aipromote.errors import NotFound
from aipromote.jobs import standing
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.kinds import Queue

State = Literal["active", "waiting", "delayed", "completed", "failed"]
STATES: tuple[State, ...] = ("active", "waiting", "delayed", "completed", "failed")

_FIELDS = (
    "name", "data", "priority", "timestamp", "processedOn", "finishedOn", "atm", "failedReason", "stacktrace",
    "returnvalue",
)  # fmt: skip
_DELAYED = 0x1000  # BullMQ's score of a delayed job: its time in ms times this, and a running number
_WAITING = frozenset({"prioritized", "wait", "waiting", "paused"})


@dataclass(frozen=True)
class Job:
    """One job. What cannot be read is None or empty."""

    queue: str
    id: str
    kind: str
    state: str
    """One of `STATES`; `unknown` for the rest of a job that is in no list."""
    pointer: Any
    priority: int | None
    attempts: int
    """Runs that raised, or finished it."""
    pushed_at: datetime | None
    due_at: datetime | None
    """Of a delayed one: when it is to run."""
    started_at: datetime | None
    finished_at: datetime | None
    reason: str
    traceback: str
    """Of the last attempt that raised."""
    result: Any
    """What a finished one left: None when done, else why it was cancelled or dropped."""


async def jobs_in(carrier: Carrier, queue: Queue, state: State, *, limit: int = 20) -> list[Job]:
    """The first of a state: those that run or will run next, or those that finished last."""
    key, redis = carrier.queue(queue).toKey, carrier.redis
    ids: list[Any] = []
    if state == "active":
        ids = list(await redis.lrange(key("active"), 0, limit - 1))
    elif state == "waiting":
        for name in ("wait", "paused"):
            ids += reversed(await redis.lrange(key(name), -limit, -1))
        ids += await redis.zrange(key("prioritized"), 0, limit - 1)
    else:
        ids = list(await redis.zrange(key(state), 0, limit - 1, desc=state != "delayed"))
    found = [await _read(carrier, queue, job_id, state) for job_id in ids[:limit]]
    return [job for job in found if job is not None]


async def job(carrier: Carrier, queue: Queue, job_id: str) -> Job:
    """One, by its id. NotFound when Redis does not know it."""
    _, [stands] = await standing.look_up(carrier.queue(queue), [job_id])
    found = await _read(carrier, queue, job_id, "waiting" if stands.state in _WAITING else stands.state)
    if found is None:
        raise NotFound(
            f"There is no job {job_id} in the queue {queue.name}. What is finished is removed after a day, what has "
            "failed after a week."
        )
    return found


async def _read(carrier: Carrier, queue: Queue, job_id: str, state: str) -> Job | None:
    key = carrier.queue(queue).toKey
    stored: Any = await carrier.redis.hmget(key(job_id), *_FIELDS)
    due = await carrier.redis.zscore(key("delayed"), job_id) if state == "delayed" else None
    facts = dict(zip(_FIELDS, stored, strict=True))
    if not any(value is not None for value in stored):
        return None
    traces = _json(facts["stacktrace"])
    return Job(
        queue=queue.name,
        id=job_id,
        kind=facts["name"] or "",
        state=state,
        pointer=_json(facts["data"]),
        priority=_number(facts, "priority"),
        attempts=_number(facts, "atm") or 0,
        pushed_at=_moment(_number(facts, "timestamp")),
        due_at=_moment(int(due) // _DELAYED if due else None),
        started_at=_moment(_number(facts, "processedOn")),
        finished_at=_moment(_number(facts, "finishedOn")),
        reason=facts["failedReason"] or "",
        traceback=str(traces[-1]) if isinstance(traces, list) and traces else "",
        result=_json(facts["returnvalue"]),
    )


def _json(text: str | None) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None


def _number(facts: Mapping[str, Any], name: str) -> int | None:
    try:
        return int(facts[name])
    except (TypeError, ValueError):
        return None


def _moment(milliseconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds else None
