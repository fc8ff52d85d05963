"""The vectors of an organization: kept by place, each with the digest of its words, and found by their angles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import REAL, Integer, Uuid, bindparam, delete, select, text
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.ai.embedder import Vector
from aipromote.assets.models import AssetText
from aipromote.brand.models import Fact
from aipromote.content.models import ContentPiece
from aipromote.db.base import new_id
from aipromote.documents.passages import PassageKind
from aipromote.knowledge.library import Place
from aipromote.knowledge.models import PassageVector

_SOURCES: Mapping[PassageKind, tuple[str, Any]] = {
    PassageKind.FACT: ("fact_id", Fact),
    PassageKind.FILE: ("text_id", AssetText),
    PassageKind.POST: ("piece_id", ContentPiece),
}
"""Which column says what a vector is of. A sentence of the brief has none."""
_PLACE = "uq_passage_vectors_place"
_CHANGED = ("text_hash", "model", "dimensions", "embedding")
_ROWS = 20
"""Vectors in one statement."""

T = TypeVar("T")

# One statement, which sees all vectors as they were before it: where sentences of a brief move up, each is read before
# another is written in its place.
_COPY = text("""
    INSERT INTO passage_vectors
           (organization_id, id, fact_id, text_id, piece_id, part, text_hash, model, dimensions, embedding)
    SELECT v.organization_id, w.id, w.fact_id, w.text_id, w.piece_id, w.part,
           v.text_hash, v.model, v.dimensions, v.embedding
      FROM unnest(:ids, :fact_ids, :text_ids, :piece_ids, :parts, :sources)
           AS w (id, fact_id, text_id, piece_id, part, source)
      JOIN passage_vectors v ON v.organization_id = :key AND v.id = w.source
        ON CONFLICT ON CONSTRAINT uq_passage_vectors_place DO UPDATE
       SET text_hash = excluded.text_hash, model = excluded.model, dimensions = excluded.dimensions,
           embedding = excluded.embedding
""").bindparams(
    *(bindparam(name, type_=ARRAY(Uuid())) for name in ("ids", "fact_ids", "text_ids", "piece_ids", "sources")),
    bindparam("parts", type_=ARRAY(Integer())),
)
# The cast into pgvector's type stands here and in no column: see aipromote.db.vectors.
_NEAREST = text("""
    SELECT fact_id, text_id, piece_id, part, text_hash,
           embedding::vector <=> CAST(CAST(:asked AS real[]) AS vector) AS distance
      FROM passage_vectors WHERE organization_id = :key AND model = :model AND dimensions = :dimensions
     ORDER BY distance, id LIMIT :how_many
""").bindparams(bindparam("asked", type_=ARRAY(REAL())))


@dataclass(frozen=True, slots=True)
class Kept:
    """A vector without its numbers: what it is of, and of which words."""

    id: UUID
    place: Place
    text_hash: bytes
    model: str


@dataclass(frozen=True, slots=True)
class Near:
    """A part whose vector is near. `text_hash` is of the words that were embedded: they may have changed since."""

    place: Place
    text_hash: bytes
    distance: float
    """1 minus the cosine of the angle: 0 the same direction, 1 nothing in common."""


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """So many at a time; the last may be fewer."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


async def kept(session: AsyncSession, *, organization_id: UUID) -> list[Kept]:
    """All of the organization."""
    columns = ("id", "fact_id", "text_id", "piece_id", "part", "text_hash", "model")
    found = select(*(getattr(PassageVector, name) for name in columns)).where(
        PassageVector.organization_id == organization_id
    )
    return [Kept(row.id, _place(row), row.text_hash, row.model) for row in await session.execute(found)]


async def keep(
    session: AsyncSession, *, organization_id: UUID, model: str, made: Iterable[tuple[Place, bytes, Vector]]
) -> None:
    """Vectors of words with these digests, in these places. A place whose source is gone by now gets none."""
    made = list(made)
    there = await _existing(session, organization_id, [place for place, _, _ in made])
    rows = [
        {
            **_columns(place),
            "organization_id": organization_id,
            "id": new_id(),
            "text_hash": text_hash,
            "model": model,
            "dimensions": len(vector),
            "embedding": vector,
        }
        for place, text_hash, vector in made
        if place in there
    ]
    for some in batches(rows, _ROWS):
        adding = insert(PassageVector).values(some)
        changed = {name: getattr(adding.excluded, name) for name in _CHANGED}
        await session.execute(adding.on_conflict_do_update(constraint=_PLACE, set_=changed))


async def copy(session: AsyncSession, *, organization_id: UUID, copies: Sequence[tuple[Place, UUID]]) -> None:
    """To each place the vector with this id, which is of the same words."""
    there = await _existing(session, organization_id, [place for place, _ in copies])
    wanted = [(_columns(place), source) for place, source in copies if place in there]
    if wanted:
        values = {
            f"{name}s": [columns[name] for columns, _ in wanted] for name in ("fact_id", "text_id", "piece_id", "part")
        }
        ids = {"ids": [new_id() for _ in wanted], "sources": [source for _, source in wanted]}
        await session.execute(_COPY, {"key": organization_id, **values, **ids})


async def remove(session: AsyncSession, *, organization_id: UUID, ids: Sequence[UUID]) -> None:
    """What is of nothing any more."""
    mine = PassageVector.organization_id == organization_id
    for some in batches(ids, 1000):
        await session.execute(delete(PassageVector).where(mine, PassageVector.id.in_(some)))


async def nearest(session: AsyncSession, *, organization_id: UUID, model: str, asked: Vector, limit: int) -> list[Near]:
    """The parts whose vectors are nearest to this one of the same model, the nearest first. Needs pgvector.

    Every vector of the organization is looked at. Those at a right angle or more are left out: nothing in common.
    """
    rows = await session.execute(
        _NEAREST,
        {"key": organization_id, "model": model, "dimensions": len(asked), "asked": asked, "how_many": limit},
    )
    return [Near(_place(row), row.text_hash, row.distance) for row in rows if row.distance < 1]


async def _existing(session: AsyncSession, organization_id: UUID, places: Sequence[Place]) -> set[Place]:
    """Those whose source is there, and stays there until this transaction ends."""
    there = {place for place in places if place.source is None}
    for kind, (_, model) in _SOURCES.items():
        ids = sorted({place.source for place in places if place.kind is kind and place.source is not None})
        for some in batches(ids, 1000):
            found = select(model.id).where(model.organization_id == organization_id, model.id.in_(some))
            keys = set(await session.scalars(found.with_for_update(read=True, key_share=True)))
            there |= {place for place in places if place.kind is kind and place.source in keys}
    return there


def _columns(place: Place) -> dict[str, Any]:
    sources: dict[str, UUID | None] = {column: None for column, _ in _SOURCES.values()}
    if place.source is not None:
        sources[_SOURCES[place.kind][0]] = place.source
    return {**sources, "part": place.part}


def _place(row: Any) -> Place:
    for kind, (column, _) in _SOURCES.items():
        if (key := getattr(row, column)) is not None:
            return Place(kind, key, row.part)
    return Place(PassageKind.PROFILE, None, row.part)
