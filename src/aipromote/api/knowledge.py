"""GET /knowledge: what the organization knows about some words, each passage with its source."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from aipromote.api.calls import Asking
from aipromote.documents.passages import FoundBy, Passage, PassageKind, PostResult
from aipromote.knowledge.asking import ask
from aipromote.knowledge.queries import MOST

router = APIRouter()


class ResultOut(BaseModel):
    """A post's newest counters beside the medians of the organization's own posts there. Null is "not reported".

    `ratio` is its reactions to the usual ones; null where fewer than three posts can be compared.
    """

    impressions: int | None
    engagement: int | None
    usual_impressions: float | None
    usual_engagement: float | None
    compared: int
    ratio: float | None
    is_simulated: bool


class PassageOut(BaseModel):
    """A text with its source in words. A fact that has expired proves nothing. A post without `result` is not measured.

    `reference` is the id of the fact, of the passage of a file, or of the piece; the brief's sentences have none.
    Scores compare within one answer.
    """

    kind: PassageKind
    text: str
    source: str
    reference: UUID | None
    score: float
    found_by: list[FoundBy]
    expired: bool
    result: ResultOut | None


class PassagesOut(BaseModel):
    """Passages, the best first. `note` says why meaning had no say although a model for it is set up; else null."""

    data: list[PassageOut]
    note: str | None


@router.get("/knowledge")
async def knowledge(
    call: Asking,
    q: Annotated[str, Query(max_length=10_000)],
    limit: Annotated[int, Query(ge=1, le=MOST)] = 10,
) -> PassagesOut:
    """What is known about these words: sentences of the brief, facts, parts of files, posts and how they did."""
    found = await ask(call.database, organization_id=call.organization_id, query=q, limit=limit)
    return PassagesOut(data=[_passage(passage) for passage in found.passages], note=found.note or None)


def _passage(passage: Passage) -> PassageOut:
    return PassageOut(
        kind=passage.kind,
        text=passage.text,
        source=passage.source,
        reference=passage.reference,
        score=round(passage.score, 4),
        found_by=list(passage.found_by),
        expired=passage.expired,
        result=_result(passage.result) if passage.result else None,
    )


def _result(result: PostResult) -> ResultOut:
    return ResultOut(
        impressions=result.impressions,
        engagement=result.engagement,
        usual_impressions=result.usual_impressions,
        usual_engagement=result.usual_engagement,
        compared=result.compared,
        ratio=result.ratio,
        is_simulated=result.is_simulated,
    )
