"""Other ways to say a piece: asked for, read, chosen, dismissed. GET /requests/{id}: how far the writing is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from aipromote.ai import queries as requests
from aipromote.ai.states import RequestKind, RequestStatus
from aipromote.api.calls import Call, Editing, Reading
from aipromote.api.lists import Shown
from aipromote.api.pieces import PieceOut
from aipromote.brand.findings import Severity
from aipromote.content import actions, queries
from aipromote.content.models import Variant
from aipromote.content.states import VariantStatus
from aipromote.scheduling import actions as scheduling

router = APIRouter()


class FindingOut(Shown):
    """What the check would say of the text. One that blocks has to be mended, or set aside by a person."""

    kind: str
    severity: Severity
    reason: str
    span: tuple[int, int] | None


class VariantOut(Shown):
    """A text in the place of the piece's. `revision` is the one that its writer saw."""

    id: UUID
    piece_id: UUID
    number: int
    revision: int
    status: VariantStatus
    title: str | None
    body: str
    parts: list[str]
    hashtags: list[str]
    hook: str | None
    cta: str | None
    rationale: str | None
    confidence: float
    generated_by: str
    decided_by: str | None
    decided_at: datetime | None
    findings: list[FindingOut] | None = None
    """Of those that wait for a decision; null for the others."""


class VariantsOut(BaseModel):
    """All variants of the piece, in the order in which they were written."""

    data: list[VariantOut]


class RequestOut(Shown):
    """Something that a worker writes. `done_count` of `total_count` is written; with `FAILED` the message says why."""

    id: UUID
    kind: RequestKind
    status: RequestStatus
    done_count: int
    total_count: int | None
    error_message: str | None
    created_at: datetime
    finished_at: datetime | None


class HowMany(BaseModel):
    """How many variants are wanted."""

    count: Annotated[int, Field(ge=2, le=5)]


class Seen(BaseModel):
    """The piece's revision that was read before the choice."""

    based_on: Annotated[int, Field(ge=1)]


@router.get("/pieces/{piece_id}/variants")
async def variants(call: Reading, piece_id: UUID) -> VariantsOut:
    """Other ways to say the piece, with what the check would say of each that may still be chosen."""
    mine: dict[str, Any] = {"organization_id": call.organization_id}
    piece = await queries.piece(call.session, **mine, piece_id=piece_id)
    found = await queries.variants(call.session, **mine, piece_id=piece_id)
    judge = await queries.judge_of(call.session, **mine)
    shown = []
    for row in found:
        out = VariantOut.model_validate(row)
        if row.status is VariantStatus.PROPOSED:
            out.findings = [
                FindingOut.model_validate(finding) for finding in queries.findings_of_variant(judge, piece, row)
            ]
        shown.append(out)
    return VariantsOut(data=shown)


@router.post("/pieces/{piece_id}/variants", status_code=202)
async def ask(call: Editing, piece_id: UUID, wanted: HowMany) -> RequestOut:
    """Have 2 to 5 variants written. They come within seconds, or as long as a model takes: see the request."""
    asked = await actions.request_variants(
        call.session, call.actor, organization_id=call.organization_id, piece_id=piece_id, count=wanted.count
    )
    await call.session.refresh(asked)
    return RequestOut.model_validate(asked)


@router.post("/pieces/{piece_id}/variants/{variant_id}/choose")
async def choose(call: Editing, piece_id: UUID, variant_id: UUID, seen: Seen) -> PieceOut:
    """Make it the piece's text: a new revision, which needs an approval. What was to go out with the old is cancelled.

    409 where the piece was changed since it was read, or the variant was decided on already.
    """
    await _of_piece(call, piece_id, variant_id)
    piece = await scheduling.choose_variant(
        call.session,
        call.actor,
        organization_id=call.organization_id,
        variant_id=variant_id,
        based_on=seen.based_on,
    )
    await call.session.refresh(piece)
    return PieceOut.model_validate(piece)


@router.post("/pieces/{piece_id}/variants/{variant_id}/dismiss")
async def dismiss(call: Editing, piece_id: UUID, variant_id: UUID) -> VariantOut:
    """Set it aside. 409 where it was decided on already."""
    await _of_piece(call, piece_id, variant_id)
    row = await actions.dismiss_variant(
        call.session, call.actor, organization_id=call.organization_id, variant_id=variant_id
    )
    return VariantOut.model_validate(row)


@router.get("/requests/{request_id}")
async def request(call: Reading, request_id: UUID) -> RequestOut:
    """How far the writing is."""
    row = await requests.request(call.session, organization_id=call.organization_id, request_id=request_id)
    return RequestOut.model_validate(row)


async def _of_piece(call: Call, piece_id: UUID, variant_id: UUID) -> Variant:
    """Raises NotFound unless the variant is one of that piece."""
    mine: dict[str, Any] = {"organization_id": call.organization_id, "piece_id": piece_id}
    await queries.piece(call.session, **mine)
    return await queries.variant(call.session, **mine, variant_id=variant_id)
