"""The one question: what does this organization know about these words?"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.analytics import usual
from aipromote.assets.models import Asset, AssetText
from aipromote.brand import queries as brand
from aipromote.content.models import ContentPiece
from aipromote.documents.facts import Fact
from aipromote.documents.passages import Passage, PassageKind, PostResult
from aipromote.documents.vocabulary import Platform
from aipromote.knowledge.excerpts import excerpt
from aipromote.knowledge.profile import passages_of
from aipromote.organizations import queries as organizations

LONGEST_QUERY: Final = 500
"""Characters of a question; more are not looked at."""
MOST: Final = 50
"""Passages of one answer."""
_UNFIT = re.compile("[\0\ud800-\udfff]")

_FIND = text("SELECT organization_id, kind, id, score FROM doors.find_passages(:asked, :language, :how_many)")
_SCORE = text("SELECT place, score FROM likenesses(CAST(:texts AS text[]), :asked, :language)")


async def find(
    session: AsyncSession,
    *,
    organization_id: UUID,
    query: str,
    limit: int = 10,
    language: str | None = None,
    day: date | None = None,
) -> list[Passage]:
    """The passages that answer best, the best first; any of the words is enough, all of them is better.

    `language` decides on stems and on words that say nothing; by default it is the organization's first. Facts are
    marked as expired by `day`, today by default. A question without a word finds nothing, whatever signs stand in it.
    """
    asked, most = fit(query), max(0, min(limit, MOST))
    organization = await organizations.organization(session, organization_id=organization_id)
    how = {"asked": asked, "language": language or organization.brief.languages[0]}
    library = _profile(passages_of(organization.brief))
    library += _facts(await brand.facts(session, organization_id=organization_id), day or clock.now().date())
    found = await _scored(session, library, how)
    rows = (await session.execute(_FIND, {**how, "how_many": MOST})).all()
    mine = [row for row in rows if row.organization_id == organization_id]
    found += await _files(session, organization_id, {row.id: row.score for row in mine if row.kind == "file"})
    found += await _posts(session, organization_id, {row.id: row.score for row in mine if row.kind == "post"})
    best = sorted(found, key=lambda passage: (-passage.score, passage.kind, str(passage.reference), passage.text))
    return [replace(passage, text=excerpt(passage.text, asked)) for passage in best[:most]]


async def for_writers(
    session: AsyncSession, *, organization_id: UUID, query: str, limit: int, day: date
) -> list[Passage]:
    """As `find`, without what a writer may not use: facts that no longer hold on `day`, when the text goes out."""
    found = await find(session, organization_id=organization_id, query=query, limit=MOST, day=day)
    return [passage for passage in found if not passage.expired][:limit]


def fit(query: str) -> str:
    """What was typed, as the database takes it."""
    return _UNFIT.sub(" ", query[:LONGEST_QUERY])


async def _scored(session: AsyncSession, library: Sequence[Passage], how: dict[str, Any]) -> list[Passage]:
    """Those of these that answer, with their scores."""
    rows = await session.execute(_SCORE, {**how, "texts": [passage.text for passage in library]})
    return [replace(library[row.place - 1], score=row.score) for row in rows]


def _profile(texts: Iterable[tuple[str, str]]) -> list[Passage]:
    return [Passage(PassageKind.PROFILE, words, source, 0.0) for source, words in texts]


def _facts(facts: Iterable[Fact], day: date) -> list[Passage]:
    return [
        Passage(
            PassageKind.FACT,
            fact.statement,
            f"Fact, by {fact.source}" if fact.source else "Fact without a source",
            0.0,
            fact.id,
            expired=not fact.holds_on(day),
        )
        for fact in facts
    ]


async def _files(session: AsyncSession, organization_id: UUID, scores: dict[UUID, float]) -> list[Passage]:
    if not scores:
        return []
    statement = (
        select(AssetText, Asset)
        .join(Asset, (Asset.organization_id == AssetText.organization_id) & (Asset.id == AssetText.asset_id))
        .where(AssetText.organization_id == organization_id, AssetText.id.in_(sorted(scores)))
    )
    return [
        Passage(
            PassageKind.FILE, passage.text, f"{file.title or file.original_name}, {passage.place}", scores[passage.id],
            passage.id,
        )
        for passage, file in await session.execute(statement)
    ]  # fmt: skip


async def _posts(session: AsyncSession, organization_id: UUID, scores: dict[UUID, float]) -> list[Passage]:
    if not scores:
        return []
    mine = (ContentPiece.organization_id == organization_id, ContentPiece.id.in_(sorted(scores)))
    pieces = list(await session.scalars(select(ContentPiece).where(*mine)))
    results = await _results(session, organization_id, scores.keys())
    return [
        Passage(
            PassageKind.POST,
            piece.body,
            f"{piece.platform.label} post of {piece.published_at:%-d %B %Y}",
            scores[piece.id],
            piece.id,
            result=results.get(piece.id),
        )
        for piece in pieces
    ]


async def _results(session: AsyncSession, organization_id: UUID, piece_ids: Collection[UUID]) -> dict[UUID, PostResult]:
    measured = await usual.outcomes(session, organization_id=organization_id, piece_ids=piece_ids)
    medians = await usual.usual(session, organization_id=organization_id) if measured else {}
    return {piece_id: _result(outcome, medians) for piece_id, outcome in measured.items()}


def _result(outcome: usual.Outcome, medians: dict[tuple[Platform, bool], usual.Usual]) -> PostResult:
    median = medians[outcome.platform, outcome.is_simulated]
    return PostResult(
        platform=outcome.platform.label,
        impressions=outcome.impressions,
        engagement=outcome.engagement,
        usual_impressions=median.impressions,
        usual_engagement=median.engagement,
        compared=median.posts,
        is_simulated=outcome.is_simulated,
    )
