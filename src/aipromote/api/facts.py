"""GET /facts: what may be claimed; GET /pieces/{id}/claims: what a piece claims, and which fact backs it."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from aipromote import clock
from aipromote.api.calls import Reading
from aipromote.brand import queries as brand
from aipromote.brand.claims import Linked
from aipromote.content import queries as content
from aipromote.documents.claims import ClaimKind
from aipromote.documents.facts import Fact, FactKind

router = APIRouter()


class FactOut(BaseModel):
    """A statement with its source; after `expires_on` it proves nothing. It ends soon within 14 days."""

    id: UUID | None
    statement: str
    source: str
    kind: FactKind
    expires_on: date | None
    state: Literal["holds", "ends soon", "expired"]


class FactsOut(BaseModel):
    """All facts in the order in which they were recorded."""

    data: list[FactOut]


class ClaimOut(BaseModel):
    """A claim: characters `start` to `end` of the text. Without a fact it is unproven, for the `reason`."""

    start: int
    end: int
    words: str
    kind: ClaimKind
    fact: FactOut | None
    reason: str | None


class ClaimsOut(BaseModel):
    """The claims of the newest revision, as of the day for which it is planned, or today."""

    revision: int
    on: date
    data: list[ClaimOut]


@router.get("/facts")
async def facts(call: Reading) -> FactsOut:
    """The library of facts."""
    today = clock.now().date()
    found = await brand.facts(call.session, organization_id=call.organization_id)
    return FactsOut(data=[_fact(fact, today) for fact in found])


@router.get("/pieces/{piece_id}/claims")
async def claims(call: Reading, piece_id: UUID) -> ClaimsOut:
    """What the piece claims. It is worked out anew at each call: facts expire by the mere passing of time."""
    piece = await content.piece(call.session, organization_id=call.organization_id, piece_id=piece_id)
    judge = await brand.judge(call.session, organization_id=call.organization_id)
    day = piece.planned_for or clock.now().date()
    shown = [_claim(claim, piece.body, day) for claim in judge.claims(piece.body, day=day)]
    return ClaimsOut(revision=piece.revision, on=day, data=shown)


def _fact(fact: Fact, day: date) -> FactOut:
    return FactOut(
        id=fact.id,
        statement=fact.statement,
        source=fact.source,
        kind=fact.kind,
        expires_on=fact.expires,
        state=fact.state_on(day),
    )


def _claim(claim: Linked, text: str, day: date) -> ClaimOut:
    return ClaimOut(
        start=claim.start,
        end=claim.end,
        words=text[claim.start : claim.end],
        kind=claim.kind,
        fact=_fact(claim.fact, day) if claim.fact else None,
        reason=claim.reason or None,
    )
