"""The frame of every generation job: claim the request, write, and leave it in a state that tells the truth."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.ai import actions
from aipromote.ai.errors import ClaimLost, LedgerAway
from aipromote.ai.models import GenerationRequest
from aipromote.db.database import Database
from aipromote.errors import AipromoteError
from aipromote.jobs.outcomes import Done

log: structlog.stdlib.BoundLogger = structlog.get_logger()

LEASE_SECONDS = 120.0
"""How long a claim holds without a report of progress."""
PAUSE_SECONDS = 30.0
"""Until a request is owed again whose writer could not book a call."""


class Pointed(Protocol):
    """What names a request."""

    @property
    def organization_id(self) -> UUID:
        """Whose it is."""

    @property
    def request_id(self) -> UUID:
        """Which one."""


async def work_on(
    pointer: Pointed, *, database: Database, write: Callable[[GenerationRequest], Awaitable[None]]
) -> Done:
    """Claim the request, and have `write` write it and finish it.

    What goes wrong in a way that a person can read ends the request as FAILED. A surprise gives the request back, so
    that it is tried again, and is raised. So does a ledger that is away, after a pause and without counting against the
    request. A request that somebody else works on is left to them.
    """
    request = await _claimed(pointer, database=database)
    if request is None:
        return Done()
    try:
        async with _held(request, database=database):
            await write(request)
    except ClaimLost:
        log.warning("claim lost", request=str(request.id), attempt=request.attempts)
    except LedgerAway as problem:
        await _put_off(request, is_away=problem.is_away, database=database)
        raise
    except AipromoteError as problem:
        await _failed(request, problem.message, database=database)
    except BaseException as problem:
        # A worker that shuts down breaks off what it does: that says nothing against the request.
        await _given_back(request, counts=not isinstance(problem, asyncio.CancelledError), database=database)
        raise
    return Done()


async def report_on(request: GenerationRequest, session: AsyncSession, done: int, total: int) -> None:
    """How far it is, in the transaction that stores what was written. Raises ClaimLost where somebody took over."""
    await actions.progress(
        session,
        organization_id=request.organization_id,
        request_id=request.id,
        attempt=request.attempts,
        done=done,
        total=total,
        seconds=LEASE_SECONDS,
    )


@asynccontextmanager
async def _held(request: GenerationRequest, *, database: Database) -> AsyncIterator[None]:
    """Renew the claim while something is written: a model may take longer to answer than a claim holds."""
    holding = asyncio.create_task(_renewed(request, database=database))
    try:
        yield
    finally:
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)


async def _renewed(request: GenerationRequest, *, database: Database) -> None:
    """For as long as it lasts. A claim that is lost is noticed by whoever next writes for it."""
    key = request.organization_id
    while True:
        await asyncio.sleep(LEASE_SECONDS / 3)
        try:
            async with database.transaction(key) as session:
                await actions.hold(
                    session,
                    organization_id=key,
                    request_id=request.id,
                    attempt=request.attempts,
                    seconds=LEASE_SECONDS,
                )
        except ClaimLost:
            return
        except Exception as problem:  # noqa: BLE001 -- the next turn may do better, and the lease has room for it
            log.warning("claim not renewed", request=str(request.id), problem=type(problem).__name__)


async def _claimed(pointer: Pointed, *, database: Database) -> GenerationRequest | None:
    key = pointer.organization_id
    async with database.transaction(key) as session:
        return await actions.claim(session, organization_id=key, request_id=pointer.request_id, seconds=LEASE_SECONDS)


async def _failed(request: GenerationRequest, message: str, *, database: Database) -> None:
    key = request.organization_id
    try:
        async with database.transaction(key) as session:
            await actions.fail(
                session, organization_id=key, request_id=request.id, attempt=request.attempts, message=message
            )
    except ClaimLost:
        log.warning("claim lost", request=str(request.id), attempt=request.attempts)


async def _given_back(request: GenerationRequest, *, counts: bool, database: Database) -> None:
    key = request.organization_id
    async with database.transaction(key) as session:
        await actions.give_back(
            session, organization_id=key, request_id=request.id, attempt=request.attempts, counts=counts
        )


async def _put_off(request: GenerationRequest, *, is_away: bool, database: Database) -> None:
    """Let the claim run out soon. Where the database is away for this as well, it runs out by itself, later."""
    key = request.organization_id
    async with database.transaction(key) as session:
        await actions.put_off(
            session,
            organization_id=key,
            request_id=request.id,
            attempt=request.attempts,
            seconds=PAUSE_SECONDS,
            counts=not is_away,
        )
