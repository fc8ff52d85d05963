"""Periodic tasks: what is to be done again and again, once each time, however many workers there are.

A room writes `async def keep(means: Means) -> None`, and `worker.py` declares it:

    Periodic("keep-numbers", every_seconds=24 * 3600, run=keep)

A turn is carried like any other job, so that it survives whatever the others survive. Its row in PostgreSQL says
whether somebody has taken it. A run that raises, hangs or dies is tried again in the same turn; turns that were missed
while the instance was off are made up for by one. A run may be repeated (a worker dies after the work and before it is
recorded), and must not mind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from asyncpg import PostgresError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.db.database import Database
from aipromote.jobs import turns
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.ending import end
from aipromote.jobs.kinds import ANALYTICS, Due, Kind, Pointer
from aipromote.jobs.outcomes import Cancel, Done, Outcome
from aipromote.jobs.turns import LEASE_SECONDS, Claim

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_LONGEST_SECONDS = 6 * 3600.0
_RENEWALS = 3
"""In the time that a lease lasts."""
_AWAY = (SQLAlchemyError, PostgresError, OSError)


@dataclass(frozen=True)
class Means:
    """What a run works with. A transaction of `database` sees no organization unless it names it."""

    database: Database
    http: aiohttp.ClientSession
    carrier: Carrier


@dataclass(frozen=True)
class Periodic:
    """One task. Turns are due at every multiple of `every_seconds` of real time since 1970."""

    name: str
    """Letters, digits and `-`; the task's identity in the database."""
    every_seconds: int
    run: Callable[[Means], Awaitable[Any]]
    timeout_seconds: float = 300.0
    """A run that takes longer is cancelled, and tried again."""

    def __post_init__(self) -> None:
        if not self.name.replace("-", "").isalnum() or self.every_seconds < 1:
            raise ValueError(f"{self.name!r} every {self.every_seconds} s is no periodic task.")
        if not 0 < self.timeout_seconds < _LONGEST_SECONDS:
            raise ValueError(f"A run of {self.name} may take at most {_LONGEST_SECONDS:g} s.")


class Turn(Pointer):
    """One turn of one task, by the second since 1970 at which it was due."""

    name: str
    slot: int

    @property
    def job_id(self) -> str:
        """One job for each turn."""
        return f"{self.name}.{self.slot}"


RUN_PERIODIC = Kind("run-periodic", queue=ANALYTICS, pointer=Turn, timeout_seconds=_LONGEST_SECONDS, look_seconds=5.0)


async def pending_turns(session: AsyncSession, *, limit: int, tasks: Sequence[Periodic]) -> list[Due[Turn]]:
    """The turns that are due and that nobody is at."""
    found = await turns.due(session, tasks)
    return [Due(Turn(name=name, slot=int(slot.timestamp()))) for name, slot in found[:limit]]


async def run_turn(
    pointer: Turn,
    *,
    tasks: Sequence[Periodic],
    database: Database,
    http: aiohttp.ClientSession,
    carrier: Carrier,
    lease_seconds: float = LEASE_SECONDS,
) -> Outcome:
    """Take the turn that is due by now, be it this one or a later one, and run the task."""
    task = next((task for task in tasks if task.name == pointer.name), None)
    if task is None:
        return Cancel(f"There is no periodic task {pointer.name} in this release.", dropped="gone")
    async with database.transaction() as session:
        claim = await turns.take(session, task, lease_seconds=lease_seconds)
    if claim is None:
        return Done()  # it was run, or somebody is at it: should that one die, the stager brings the turn back
    try:
        await _run(task, claim, Means(database, http, carrier), lease_seconds=lease_seconds)
    except BaseException as error:
        await _give_back(database, claim, error)
        raise
    async with database.transaction() as session:
        await turns.finish(session, claim)
    return Done()


async def _run(task: Periodic, claim: Claim, means: Means, *, lease_seconds: float) -> None:
    """Run it in this very task, so that a run that exits is the lane's to contain."""
    try:
        async with asyncio.timeout(task.timeout_seconds) as limit:
            renewing = asyncio.create_task(_renew(means.database, claim, limit, lease_seconds))
            try:
                await task.run(means)
            finally:
                await end([renewing])
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise TimeoutError(f"{task.name} did not finish within {task.timeout_seconds:g} s, or lost its turn") from error


async def _renew(database: Database, claim: Claim, limit: asyncio.Timeout, lease_seconds: float) -> None:
    """Hold the turn for as long as this process lives; end the run when somebody else has it."""
    while True:
        await asyncio.sleep(lease_seconds / _RENEWALS)
        try:
            async with database.transaction() as session:
                is_ours = await turns.renew(session, claim, lease_seconds=lease_seconds)
        except _AWAY as error:
            log.warning("turn not held for longer", task=claim.name, error=str(error))
            continue
        if not is_ours:
            log.error("turn lost", task=claim.name, slot=claim.slot.isoformat())
            with suppress(RuntimeError):  # it is ending by itself
                limit.reschedule(asyncio.get_running_loop().time())
            return


async def _give_back(database: Database, claim: Claim, error: BaseException) -> None:
    """Said in one line: what a database adds below it are the values of the statement."""
    words = None
    if not isinstance(error, asyncio.CancelledError):  # the worker was asked to stop, which is nobody's fault
        words = f"{type(error).__name__}: {error}".splitlines()[0]
    try:
        async with database.transaction() as session:
            await turns.give_back(session, claim, error=words)
    except _AWAY as away:
        log.warning("turn not given back; it is free when its lease has run out", task=claim.name, error=str(away))
