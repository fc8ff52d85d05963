"""Whose turn it is: the rows of periodic tasks, read and written by compare-and-set, by the database's own clock.

Slots are counted from 1970, so that every process means the same ones. Product time has no part in this: a simulation
that puts it forward by a year must not make a year's turns of it.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.db.base import new_id

LEASE_SECONDS = 30.0
"""How long a turn is held without a sign of life."""

_LONGEST_ERROR = 500


class Task(Protocol):
    """What a slot is counted by."""

    @property
    def name(self) -> str: ...  # noqa: D102 -- says it
    @property
    def every_seconds(self) -> int: ...  # noqa: D102


@dataclass(frozen=True)
class Claim:
    """A turn that somebody is at."""

    name: str
    slot: datetime
    claimed_by: str


@dataclass(frozen=True)
class Standing:
    """One task and its latest turn. Instants are real time, by the database's clock."""

    name: str
    every_seconds: int | None
    """None for a task that this release does not know."""
    slot: datetime | None
    """When the latest turn was due; None: there was none yet."""
    claimed_by: str | None
    """Who is at it now."""
    started_at: datetime | None
    finished_at: datetime | None
    """None while a turn is under way, or when it was broken off."""
    error: str | None
    """What the latest run said that failed; None since one was finished."""
    next_at: datetime | None
    """When the turn is due, or was, that is to be finished next."""
    behind_seconds: float
    """For how long a turn has been due that nobody has finished."""


async def due(session: AsyncSession, tasks: Sequence[Task]) -> list[tuple[str, datetime]]:
    """The name and slot of every turn that is to be taken now. However many were missed, there is one."""
    return [(row.name, row.slot) for row in await session.execute(_DUE, _declared(tasks))]


async def take(session: AsyncSession, task: Task, *, lease_seconds: float = LEASE_SECONDS) -> Claim | None:
    """Take the turn that is due now; None when there is none, or somebody has it."""
    facts = {"id": new_id(), "name": task.name, "every": task.every_seconds, "lease": lease_seconds}
    me = f"{socket.gethostname()[:150]}-{os.getpid()}-{uuid4().hex[:6]}"
    slot = await session.scalar(_TAKE, facts | {"me": me})
    return None if slot is None else Claim(task.name, slot, me)


async def renew(session: AsyncSession, claim: Claim, *, lease_seconds: float = LEASE_SECONDS) -> bool:
    """Hold it for longer; False when it is no longer ours."""
    return await session.scalar(_RENEW, _held(claim) | {"lease": lease_seconds}) is not None


async def finish(session: AsyncSession, claim: Claim) -> None:
    """It is done. Nothing happens when the turn is no longer ours."""
    await session.execute(_FINISH, _held(claim))


async def give_back(session: AsyncSession, claim: Claim, *, error: str | None) -> None:
    """It is not done, and anybody may take the same turn at once."""
    words = None if error is None else error.replace("\0", "")[:_LONGEST_ERROR]
    await session.execute(_GIVE_BACK, _held(claim) | {"error": words})


async def standings(session: AsyncSession, tasks: Sequence[Task]) -> list[Standing]:
    """Every task of `tasks`, and every other one that ever had a turn, by name."""
    return [
        Standing(
            name=row.name,
            every_seconds=row.every,
            slot=row.slot,
            claimed_by=row.claimed_by if row.is_held else None,
            started_at=row.started_at,
            finished_at=row.finished_at,
            error=row.error_message,
            next_at=row.next_at,
            behind_seconds=max(0.0, float(row.behind)),
        )
        for row in await session.execute(_STANDINGS, _declared(tasks))
    ]


def _declared(tasks: Sequence[Task]) -> dict[str, object]:
    return {"names": [task.name for task in tasks], "everies": [task.every_seconds for task in tasks]}


def _held(claim: Claim) -> dict[str, object]:
    return {"name": claim.name, "slot": claim.slot, "me": claim.claimed_by}


_SLOT = "to_timestamp(floor(extract(epoch FROM clock_timestamp()) / {every}) * {every})"
_LASTS = "clock_timestamp() + make_interval(secs => CAST(:lease AS double precision))"
_OURS = "name = :name AND slot = :slot AND claimed_by = :me"

_IS_FREE = "(r.claimed_until IS NULL OR r.claimed_until <= clock_timestamp())"
_IS_OWED = (
    "(r.slot < {slot} OR r.finished_at IS NULL"
    # A clock that was once set far ahead must not silence the task until then; a small step back is not a new turn.
    " OR r.slot > {slot} + make_interval(secs => {every}))"
)
_TASKS = (
    "WITH task AS (SELECT name, every, " + _SLOT.format(every="every") + " AS due_at "
    "FROM unnest(CAST(:names AS text[]), CAST(:everies AS integer[])) AS declared (name, every)) "
)

_DUE = text(
    _TASKS + "SELECT task.name, task.due_at AS slot FROM task LEFT JOIN periodic_runs r USING (name) "  # noqa: S608
    "WHERE r.name IS NULL OR (" + _IS_FREE + " AND " + _IS_OWED.format(slot="task.due_at", every="task.every") + ")"
)
_TAKE = text(
    "INSERT INTO periodic_runs AS r (id, name, slot, claimed_by, claimed_until, started_at) "
    "VALUES (:id, CAST(:name AS text), " + _SLOT.format(every="CAST(:every AS integer)") + ", :me, " + _LASTS + ", "
    "clock_timestamp()) "
    "ON CONFLICT (name) DO UPDATE SET slot = excluded.slot, claimed_by = excluded.claimed_by, "
    "claimed_until = excluded.claimed_until, started_at = excluded.started_at, finished_at = NULL "
    "WHERE " + _IS_FREE + " AND " + _IS_OWED.format(slot="excluded.slot", every="CAST(:every AS integer)") + " "
    "RETURNING slot"
)
_RENEW = text(
    f"UPDATE periodic_runs SET claimed_until = {_LASTS} "  # noqa: S608
    f"WHERE {_OURS} AND claimed_until > clock_timestamp() RETURNING slot"
)
_FINISH = text(
    "UPDATE periodic_runs SET finished_at = clock_timestamp(), error_message = NULL, claimed_by = NULL, "  # noqa: S608
    f"claimed_until = NULL WHERE {_OURS}"
)
_GIVE_BACK = text(
    "UPDATE periodic_runs SET error_message = coalesce(CAST(:error AS text), error_message), "  # noqa: S608
    f"claimed_by = NULL, claimed_until = NULL WHERE {_OURS}"
)
_STANDINGS = text(
    _TASKS + "SELECT name, task.every, r.slot, r.claimed_by, r.started_at, r.finished_at, "  # noqa: S608
    "r.error_message, r.claimed_until > clock_timestamp() AS is_held, "
    "CASE WHEN r.name IS NULL THEN task.due_at WHEN r.finished_at IS NULL THEN r.slot "
    "ELSE r.slot + make_interval(secs => task.every) END AS next_at, "
    "CASE WHEN r.name IS NULL OR task.name IS NULL THEN 0 "
    "WHEN r.finished_at IS NULL THEN extract(epoch FROM clock_timestamp() - r.slot) "
    "ELSE extract(epoch FROM clock_timestamp() - r.slot) - task.every END AS behind "
    "FROM task FULL JOIN periodic_runs r USING (name) ORDER BY name"
)
