"""Asking for something to be written, and the life of such a request.

A claim is a lease. Its number (`attempts`) goes with every report about it, so that a worker who was given up for dead
and comes back cannot speak for the one who took over: its report is refused, and its transaction writes nothing. The
numbers of a request only grow, also when it is asked for again.

A request that gets further is taken as often as it needs. One that was taken MAX_ATTEMPTS times in a row and got no
further has failed.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, func, or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.ai import queries
from aipromote.ai.errors import ClaimLost
from aipromote.ai.models import GenerationRequest, Order
from aipromote.ai.states import RequestKind, RequestStatus
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.errors import Conflict

MAX_ATTEMPTS = 5
"""Claims in a row that may come to nothing."""
_MAX_MESSAGE = 2000


async def ask(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, kind: RequestKind, wanted: Order
) -> GenerationRequest:
    """A request that workers will find as soon as the transaction commits."""
    request = GenerationRequest(
        organization_id=organization_id, kind=kind, wanted=wanted, asked_by=actor.user_id, created_at=clock.now()
    )
    session.add(request)
    await session.flush()
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="writing.requested",
        subject="generation_requests",
        subject_id=request.id,
        detail=Detail(after={"kind": kind, "start": wanted.start, "end": wanted.end}),
    )
    return request


async def cancel(session: AsyncSession, actor: Actor, *, organization_id: UUID, request_id: UUID) -> GenerationRequest:
    """A person stops a request that has not ended. What is written stays.

    Whoever works on it loses the claim: their next report is refused, and with it what they had not stored yet. Raises
    NotFound, and Conflict where it has ended already.
    """
    request = await queries.request(session, organization_id=organization_id, request_id=request_id)
    who = actor.name[:200]
    ended = _ended(RequestStatus.FAILED, f"Stopped by {who}. What was written until then stays.")
    still_open = GenerationRequest.status.in_((RequestStatus.PENDING, RequestStatus.RUNNING))
    stop = _one(organization_id, request.id).where(still_open).values(**ended, cancelled_by=who)
    stopped = await _changed(session, stop)
    if stopped is None:
        raise Conflict("This has ended already; there is nothing left to stop.")
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="writing.cancelled",
        subject="generation_requests",
        subject_id=request_id,
        detail=Detail(after={"done_count": stopped.done_count}),
    )
    return stopped


async def claim(
    session: AsyncSession, *, organization_id: UUID, request_id: UUID, seconds: float
) -> GenerationRequest | None:
    """Take the request for so many seconds; None where there is nothing to take (any more).

    One that was taken too often and got no further is failed instead: something in it kills its workers.
    """
    owed = or_(
        GenerationRequest.status == RequestStatus.PENDING,
        and_(GenerationRequest.status == RequestStatus.RUNNING, GenerationRequest.claimed_until <= clock.now()),
    )
    mine = _one(organization_id, request_id).where(owed)
    take = mine.where(GenerationRequest.fruitless_claims < MAX_ATTEMPTS).values(
        status=RequestStatus.RUNNING,
        attempts=GenerationRequest.attempts + 1,
        fruitless_claims=GenerationRequest.fruitless_claims + 1,
        claimed_until=clock.after(seconds),
    )
    taken = await _changed(session, take)
    if taken is None:
        message = (
            f"It was begun {MAX_ATTEMPTS} times in a row and got no further. The worker's log says why. What was "
            "written until then stays."
        )
        await _changed(session, mine.values(**_ended(RequestStatus.FAILED, message)))
    return taken


async def progress(
    session: AsyncSession,
    *,
    organization_id: UUID,
    request_id: UUID,
    attempt: int,
    done: int,
    total: int,
    seconds: float,
) -> None:
    """Report how far it is, and hold the claim for so many seconds more. Raises ClaimLost where somebody took over."""
    fruitless = case((GenerationRequest.done_count < done, 0), else_=GenerationRequest.fruitless_claims)
    report = _claimed(organization_id, request_id, attempt).values(
        done_count=done, total_count=total, fruitless_claims=fruitless, claimed_until=clock.after(seconds)
    )
    await _held(session, report)


async def hold(session: AsyncSession, *, organization_id: UUID, request_id: UUID, attempt: int, seconds: float) -> None:
    """Hold the claim for so many seconds more. Raises ClaimLost where somebody took over."""
    await _held(session, _claimed(organization_id, request_id, attempt).values(claimed_until=clock.after(seconds)))


async def finish(session: AsyncSession, *, organization_id: UUID, request_id: UUID, attempt: int) -> None:
    """It is written. Raises ClaimLost where somebody took over."""
    await _held(session, _claimed(organization_id, request_id, attempt).values(**_ended(RequestStatus.DONE, None)))


async def fail(session: AsyncSession, *, organization_id: UUID, request_id: UUID, attempt: int, message: str) -> None:
    """It cannot be written; `message` tells a person why. Raises ClaimLost where somebody took over."""
    ended = _ended(RequestStatus.FAILED, message[:_MAX_MESSAGE])
    await _held(session, _claimed(organization_id, request_id, attempt).values(**ended))


async def end_owed(session: AsyncSession, *, reason: str) -> int:
    """End what is not written yet, in all organizations that the session sees; `reason` tells a person why.

    For rows that were restored: whoever had them before may have written it since. Returns how many.
    """
    open_ = (RequestStatus.PENDING, RequestStatus.RUNNING)
    ending = update(GenerationRequest).where(GenerationRequest.status.in_(open_))
    ended = ending.values(**_ended(RequestStatus.FAILED, reason[:_MAX_MESSAGE]))
    return len((await session.scalars(ended.returning(GenerationRequest.id))).all())


async def give_back(
    session: AsyncSession, *, organization_id: UUID, request_id: UUID, attempt: int, counts: bool = True
) -> None:
    """Let another worker take it at once. A claim that was lost already is no error. `counts`: as for `put_off`."""
    values: dict[str, Any] = {"status": RequestStatus.PENDING, "claimed_until": None}
    if not counts:
        values["fruitless_claims"] = _one_less()
    await _changed(session, _claimed(organization_id, request_id, attempt).values(**values))


async def put_off(
    session: AsyncSession, *, organization_id: UUID, request_id: UUID, attempt: int, seconds: float, counts: bool
) -> None:
    """Let whoever comes in so many seconds take it. A claim that was lost already is no error.

    Without `counts` it is as if it had not been taken: what stopped the work has nothing to do with the request.
    """
    values: dict[str, Any] = {"claimed_until": clock.after(seconds)}
    if not counts:
        values["fruitless_claims"] = _one_less()
    await _changed(session, _claimed(organization_id, request_id, attempt).values(**values))


async def ask_again(session: AsyncSession, *, organization_id: UUID, request_id: UUID) -> GenerationRequest:
    """Put a failed request back to the owed ones. Raises ClaimLost where it has not failed.

    Its next claim has a number of its own: whoever held it before cannot speak for it.
    """
    failed = _one(organization_id, request_id).where(GenerationRequest.status == RequestStatus.FAILED)
    again = failed.values(
        status=RequestStatus.PENDING, fruitless_claims=0, finished_at=None, error_message=None, cancelled_by=None
    )
    return await _held(session, again)


def _one_less() -> Any:
    return func.greatest(GenerationRequest.fruitless_claims - 1, 0)


def _one(organization_id: UUID, request_id: UUID) -> Any:
    return update(GenerationRequest).where(
        GenerationRequest.organization_id == organization_id, GenerationRequest.id == request_id
    )


def _claimed(organization_id: UUID, request_id: UUID, attempt: int) -> Any:
    return _one(organization_id, request_id).where(
        GenerationRequest.status == RequestStatus.RUNNING, GenerationRequest.attempts == attempt
    )


def _ended(status: RequestStatus, message: str | None) -> dict[str, Any]:
    return {"status": status, "claimed_until": None, "finished_at": clock.now(), "error_message": message}


async def _changed(session: AsyncSession, change: Any) -> GenerationRequest | None:
    changed: GenerationRequest | None = await session.scalar(
        change.returning(GenerationRequest), execution_options={"populate_existing": True}
    )
    return changed


async def _held(session: AsyncSession, change: Any) -> GenerationRequest:
    request = await _changed(session, change)
    if request is None:
        raise ClaimLost("Somebody else works on this request now, or it has ended.")
    return request
