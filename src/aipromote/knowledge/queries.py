"""The one question: what does this organization know about these words?"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.ai.embedder import Vector
from aipromote.brand import queries as brand
from aipromote.documents.passages import FoundBy, Passage, PassageKind
from aipromote.knowledge import sources, vectors
from aipromote.knowledge.excerpts import excerpt
from aipromote.knowledge.fusion import fused
from aipromote.knowledge.parts import digest, parts_of
from aipromote.knowledge.profile import passages_of
from aipromote.organizations import queries as organizations

LONGEST_QUERY: Final = 500
"""Characters of a question; more are not looked at."""
MOST: Final = 50
"""Passages of one answer."""
_UNFIT = re.compile("[\0\ud800-\udfff]")

_FIND = text("SELECT organization_id, kind, id, score FROM doors.find_passages(:asked, :language, :how_many)")
_SCORE = text("SELECT place, score FROM likenesses(CAST(:texts AS text[]), :asked, :language)")

Key = tuple[PassageKind, UUID | str]
"""A source: by its id, or by its words where it is a sentence of the brief."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A question as a vector of this model."""

    model: str
    vector: Vector


async def find(
    session: AsyncSession,
    *,
    organization_id: UUID,
    query: str,
    limit: int = 10,
    language: str | None = None,
    day: date | None = None,
    meaning: Meaning | None = None,
) -> list[Passage]:
    """The passages that answer best, the best first; any of the words is enough, all of them is better.

    `language` decides on stems and on words that say nothing; by default it is the organization's first. Facts are
    marked as expired by `day`, today by default. A question without a word finds nothing, whatever signs stand in it.

    With `meaning` (which needs pgvector) what is near to it is found, too; both rankings become one.
    """
    asked, most = fit(query), max(0, min(limit, MOST))
    organization = await organizations.organization(session, organization_id=organization_id)
    library = sources.profile(passages_of(organization.brief))
    library += sources.facts(await brand.facts(session, organization_id=organization_id), day or clock.now().date())
    how = {"asked": asked, "language": language or organization.brief.languages[0]}
    scores = await _by_words(session, organization_id, library, how)
    hits = await _by_meaning(session, organization_id, library, meaning) if meaning else []
    known = await _known(session, organization_id, library, {*scores, *(hit.key for hit in hits)})
    parts = _parts(hits, known)
    by_words = sorted((key for key in scores if key in known), key=lambda key: _order(known[key], scores[key]))
    ranks = fused(by_words, list(parts)) if meaning else {key: scores[key] for key in by_words}
    return [
        replace(
            known[key],
            text=excerpt(known[key].text if key in scores else parts[key], asked),
            score=score,
            found_by=_found_by(key, scores, parts),
        )
        for key, score in list(ranks.items())[:most]
    ]


def fit(query: str) -> str:
    """What was typed, as the database takes it."""
    return _UNFIT.sub(" ", query[:LONGEST_QUERY])


@dataclass(frozen=True, slots=True)
class _Hit:
    """A part of a source that is near, counted from 0, and the digest of the words that were embedded."""

    key: Key
    part: int
    text_hash: bytes


def _key(passage: Passage) -> Key:
    return passage.kind, passage.reference or f"{passage.source}\0{passage.text}"


def _order(passage: Passage, score: float) -> tuple[Any, ...]:
    return -score, passage.kind, str(passage.reference), passage.text


def _found_by(key: Key, scores: Mapping[Key, float], parts: Mapping[Key, str]) -> tuple[FoundBy, ...]:
    both = (FoundBy.WORDS, scores), (FoundBy.MEANING, parts)
    return tuple(way for way, found in both if key in found)


async def _by_words(
    session: AsyncSession, organization_id: UUID, library: Sequence[Passage], how: dict[str, Any]
) -> dict[Key, float]:
    """Scores of what has words of the question."""
    rows = (await session.execute(_SCORE, {**how, "texts": [passage.text for passage in library]})).all()
    scores = {_key(library[row.place - 1]): row.score for row in rows}
    found = (await session.execute(_FIND, {**how, "how_many": MOST})).all()
    mine = (row for row in found if row.organization_id == organization_id)
    return scores | {(PassageKind(row.kind), row.id): row.score for row in mine}


async def _by_meaning(
    session: AsyncSession, organization_id: UUID, library: Sequence[Passage], meaning: Meaning
) -> list[_Hit]:
    """The nearest parts, the nearest first."""
    sentences = [
        (_key(passage), part)
        for passage in library
        if passage.kind is PassageKind.PROFILE
        for part in range(len(parts_of(passage.text)))
    ]
    found = await vectors.nearest(
        session, organization_id=organization_id, model=meaning.model, asked=meaning.vector, limit=MOST
    )
    hits = []
    for near in found:
        place = near.place
        if place.source is not None:
            hits.append(_Hit((place.kind, place.source), place.part - 1, near.text_hash))
        elif place.part <= len(sentences):
            hits.append(_Hit(*sentences[place.part - 1], near.text_hash))
    return hits


async def _known(
    session: AsyncSession, organization_id: UUID, library: Sequence[Passage], wanted: Collection[Key]
) -> dict[Key, Passage]:
    """Those of the wanted sources that are there, whole."""

    def ids(kind: PassageKind) -> set[UUID]:
        return {key for which, key in wanted if which is kind and isinstance(key, UUID)}

    found = list(library)
    found += await sources.files(session, organization_id=organization_id, ids=ids(PassageKind.FILE))
    found += await sources.posts(session, organization_id=organization_id, ids=ids(PassageKind.POST))
    return {_key(passage): passage for passage in found}


def _parts(hits: Sequence[_Hit], known: Mapping[Key, Passage]) -> dict[Key, str]:
    """The nearest part of each source, the nearest first. What has changed since it was embedded says nothing."""
    parts: dict[Key, str] = {}
    for hit in hits:
        texts = parts_of(known[hit.key].text) if hit.key in known else []
        if hit.part < len(texts) and digest(texts[hit.part]) == hit.text_hash:
            parts.setdefault(hit.key, texts[hit.part])
    return parts
