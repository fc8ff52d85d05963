"""GET /pieces: the texts, the newest first; with `q` the ones that contain some words, the best first."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from aipromote.api.calls import Cursor, Limit, Reading
from aipromote.api.lists import Listed, Shown, listed
from aipromote.content import listing, queries
from aipromote.content.states import ContentStatus
from aipromote.db.paging import DEFAULT
from aipromote.documents.content import PieceSource
from aipromote.documents.vocabulary import ContentType, Platform

router = APIRouter()


class PieceOut(Shown):
    """One text for one platform, in its newest revision."""

    id: UUID
    platform: Platform
    status: ContentStatus
    type: ContentType
    revision: int
    title: str | None
    body: str
    parts: list[str]
    hashtags: list[str]
    pillar_id: UUID | None
    series_id: UUID | None
    theme: str | None
    planned_for: date | None
    scheduled_at: datetime | None
    published_at: datetime | None
    confidence: float | None
    generated_by: str | None
    sources: list[PieceSource] | None
    """What it was written from, as far as its writer knew; null where nobody noted it."""
    created_at: datetime
    updated_at: datetime


@router.get("/pieces", response_model=Listed[PieceOut])
async def pieces(
    call: Reading,
    *,
    status: ContentStatus | None = None,
    platform: Platform | None = None,
    pillar: UUID | None = None,
    q: Annotated[str | None, Query(max_length=10_000)] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT,
) -> dict[str, Any]:
    """Pieces with this state, platform and pillar (its id), containing these words."""
    mine = {"organization_id": call.organization_id}
    wanted = listing.Wanted(status, platform, pillar)
    if q is None:
        part = await listing.newest(call.session, **mine, wanted=wanted, cursor=cursor, limit=limit)
    else:
        part = await listing.search(call.session, **mine, words=q, wanted=wanted, cursor=cursor, limit=limit)
    return listed(part, PieceOut.model_validate)


@router.get("/pieces/{piece_id}")
async def piece(call: Reading, piece_id: UUID) -> PieceOut:
    """One piece."""
    row = await queries.piece(call.session, organization_id=call.organization_id, piece_id=piece_id)
    return PieceOut.model_validate(row)
