"""GET /knowledge: what the organization knows about some words, each passage with its source."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.requests import Request

from aipromote import settings
from aipromote.api.calls import Asking, Caller
from aipromote.documents.passages import FoundBy, Passage, PassageKind, PostResult
from aipromote.http.attempts import Allowance, Attempts, TooMany
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


_BY_MEANING = Allowance(tries=120, seconds=3600)
"""Questions of each key that a provider is paid for."""
_SPENT = "This key has asked by meaning 120 times within the hour: until it is over, words alone answer."


@router.get("/knowledge")
async def knowledge(
    request: Request,
    call: Asking,
    q: Annotated[str, Query(max_length=10_000)],
    limit: Annotated[int, Query(ge=1, le=MOST)] = 10,
) -> PassagesOut:
    """What is known about these words: sentences of the brief, facts, parts of files, posts and how they did."""
    found = await ask(
        call.database,
        organization_id=call.organization_id,
        query=q,
        limit=limit,
        by_words_since=await _spent(request, call),
    )
    return PassagesOut(data=[_passage(passage) for passage in found.passages], note=found.note or None)


async def _spent(request: Request, call: Caller) -> str:
    """Why this key asks no provider any more; empty while it may, or where none is set up."""
    if not settings.get().ai_embedding_model.strip():
        return ""
    attempts: Attempts = request.app.state.attempts
    actor = call.holder.actor
    try:
        await attempts.spend(_BY_MEANING, "knowledge", str(call.organization_id), str(actor.user_id), actor.name)
    except TooMany:
        return _SPENT
    return ""


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
