"""GET /pieces/{id}/alike: pieces that say nearly the same as one; GET /duplicates: all pairs of an organization."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from aipromote.api.calls import Reading
from aipromote.api.lists import Shown
from aipromote.content import likeness, queries
from aipromote.content.states import ContentStatus
from aipromote.documents.vocabulary import Platform

router = APIRouter()
_MOST = 300


class AlikeOut(Shown):
    """A piece that says nearly the same. `likeness` is the share of runs of three letters that are the same.

    `day` is when it went out, or for when it is planned. On another platform it is no repetition; an adaptation was
    made of the other text, or the other way round.
    """

    piece_id: UUID
    platform: Platform
    status: ContentStatus
    day: date | None
    first_line: str
    likeness: float
    is_same_platform: bool
    is_adaptation: bool


class AlikesOut(BaseModel):
    """The most alike first, those on the same platform before the others; at most five."""

    data: list[AlikeOut]


class PairOut(BaseModel):
    """A piece, and the one before it on the same platform that it repeats most."""

    piece_id: UUID
    first_line: str
    repeats: AlikeOut


class PairsOut(BaseModel):
    """The newest pieces first."""

    data: list[PairOut]


@router.get("/pieces/{piece_id}/alike")
async def alike(call: Reading, piece_id: UUID) -> AlikesOut:
    """Pieces that say nearly the same as this one. It blocks nothing."""
    piece = await queries.piece(call.session, organization_id=call.organization_id, piece_id=piece_id)
    found = await likeness.alike_to(call.session, piece)
    return AlikesOut(data=[AlikeOut.model_validate(one) for one in found])


@router.get("/duplicates")
async def duplicates(
    call: Reading,
    looked_at: Annotated[int, Query(ge=1, le=_MOST, description="How many of the newest pieces are compared.")] = 200,
) -> PairsOut:
    """Of the newest pieces, those that repeat an earlier one on the same platform."""
    found = await likeness.pairs(call.session, organization_id=call.organization_id, limit=looked_at)
    return PairsOut(
        data=[
            PairOut(
                piece_id=piece.id,
                first_line=piece.body.strip().split("\n", 1)[0][:200],
                repeats=AlikeOut.model_validate(earlier),
            )
            for piece, earlier in found
        ]
    )
