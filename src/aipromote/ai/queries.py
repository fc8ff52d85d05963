"""Requests to write: which are owed, and how far they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, cast, exists, func, or_, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.ai.models import GenerationRequest, ModelCall
from aipromote.ai.states import RequestKind, RequestStatus
from aipromote.errors import NotFound


@dataclass(frozen=True, slots=True)
class Owed:
    """A request that nobody works on. `attempts` is how often it was begun."""

    organization_id: UUID
    request_id: UUID
    attempts: int


async def request(session: AsyncSession, *, organization_id: UUID, request_id: UUID) -> GenerationRequest:
    """The request. Raises NotFound."""
    found = await session.get(GenerationRequest, (organization_id, request_id))
    if found is None:
        raise NotFound("There is no such request.")
    return found


async def latest(session: AsyncSession, *, organization_id: UUID, kind: RequestKind) -> GenerationRequest | None:
    """The newest request of this kind, for showing how far it is."""
    found = select(GenerationRequest).where(
        GenerationRequest.organization_id == organization_id, GenerationRequest.kind == kind
    )
    return await session.scalar(found.order_by(GenerationRequest.id.desc()).limit(1))


async def running(session: AsyncSession, *, organization_id: UUID) -> GenerationRequest | None:
    """The newest request of any kind that has not ended."""
    found = select(GenerationRequest).where(
        GenerationRequest.organization_id == organization_id,
        GenerationRequest.status.in_((RequestStatus.PENDING, RequestStatus.RUNNING)),
    )
    return await session.scalar(found.order_by(GenerationRequest.created_at.desc()).limit(1))


async def variants_being_written(
    session: AsyncSession, *, organization_id: UUID, piece_id: UUID
) -> GenerationRequest | None:
    """A request for variants of that piece that has not ended."""
    return await _open_for(session, organization_id, "variants_of", piece_id)


async def series_being_written(
    session: AsyncSession, *, organization_id: UUID, series_id: UUID
) -> GenerationRequest | None:
    """A request for the parts of that series that has not ended."""
    return await _open_for(session, organization_id, "series_id", series_id)


async def series_failures(
    session: AsyncSession, *, organization_id: UUID, series_id: UUID, most: int
) -> list[tuple[datetime, bool]]:
    """When its newest requests failed, and whether a model was paid meanwhile: those in a row, at most so many.

    One that was written, or that a person stopped, ends the row. One that a person asked for is the last that counts.
    """
    paid = exists().where(
        ModelCall.organization_id == GenerationRequest.organization_id,
        ModelCall.purpose == "series",
        ModelCall.counted_micros > 0,
        ModelCall.created_at.between(GenerationRequest.created_at, GenerationRequest.finished_at),
    )
    mine = (
        GenerationRequest.organization_id == organization_id,
        cast(GenerationRequest.wanted, JSONB)["series_id"].astext == str(series_id),
    )
    newest = select(GenerationRequest, paid).where(*mine).order_by(GenerationRequest.id.desc()).limit(most)
    failures = []
    for request, was_paid in await session.execute(newest):
        if request.status is not RequestStatus.FAILED or request.finished_at is None or request.cancelled_by:
            break
        failures.append((request.finished_at, was_paid))
        if request.asked_by is not None:
            break
    return failures


async def _open_for(session: AsyncSession, organization_id: UUID, named: str, key: UUID) -> GenerationRequest | None:
    found = select(GenerationRequest).where(
        GenerationRequest.organization_id == organization_id,
        GenerationRequest.status.in_((RequestStatus.PENDING, RequestStatus.RUNNING)),
        cast(GenerationRequest.wanted, JSONB)[named].astext == str(key),
    )
    return await session.scalar(found.limit(1))


async def variants_asked(session: AsyncSession, *, organization_id: UUID, piece_id: UUID) -> int:
    """How many variants of that piece were asked for so far, by requests that have not failed.

    One that a person stopped counts: what it wrote stays, and a model may have been paid.
    """
    wanted = cast(GenerationRequest.wanted, JSONB)
    found = select(func.coalesce(func.sum(cast(wanted["count"].astext, Integer)), 0)).where(
        GenerationRequest.organization_id == organization_id,
        or_(GenerationRequest.status != RequestStatus.FAILED, GenerationRequest.cancelled_by.is_not(None)),
        wanted["variants_of"].astext == str(piece_id),
    )
    return int(await session.scalar(found) or 0)


async def owed(session: AsyncSession, *, kind: RequestKind, limit: int) -> list[Owed]:
    """Requests of all organizations that are owed, oldest first. Goes through a door."""
    rows = await session.execute(
        text("SELECT * FROM doors.owed_requests(:at, :how_many) WHERE kind = CAST(:kind AS request_kind)"),
        {"at": clock.now(), "how_many": limit, "kind": kind.value},
    )
    return [Owed(row.organization_id, row.id, row.attempts) for row in rows]
