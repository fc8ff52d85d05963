"""Which pieces of an organization say nearly the same as a text. Marks (`Band`) narrow it down, the texts decide.

docs/decisions/0016-near-duplicates.md says why it is done so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import delete, exists, func, insert, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.content.fingerprints import ALIKE, bands, likeness
from aipromote.content.models import Adaptation, Band, ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.documents.vocabulary import Platform

_COMPARED = 60
"""Pieces whose texts are read for one question: those that share the most marks."""
_CAUGHT_UP = 200
"""Pieces without marks (of an import, or of an earlier release) that get theirs in one go."""

# The marks come first and alone: joined with the pieces PostgreSQL would begin with those, all of the organization.
_CANDIDATES = text("""
    SELECT b.piece_id FROM content_bands b
     WHERE b.organization_id = :organization AND b.band = ANY (:bands)
     GROUP BY b.piece_id ORDER BY count(*) DESC, b.piece_id DESC LIMIT :most
""")

# A piece that has marks finds itself, too: that tells it from one that has none.
_CANDIDATES_OF_MANY = text("""
    SELECT found.asked, found.piece_id FROM (
        SELECT mine.piece_id AS asked, b.piece_id,
               row_number() OVER (PARTITION BY mine.piece_id ORDER BY count(*) DESC, b.piece_id DESC) AS place
          FROM content_bands mine
          JOIN content_bands b ON b.organization_id = mine.organization_id AND b.band = mine.band
         WHERE mine.organization_id = :organization AND mine.piece_id = ANY (:pieces)
         GROUP BY mine.piece_id, b.piece_id
    ) AS found WHERE found.place <= :most
""")


@dataclass(frozen=True, slots=True)
class Alike:
    """A piece that says nearly the same. `likeness` is from ALIKE to 1."""

    piece_id: UUID
    platform: Platform
    status: ContentStatus
    day: date | None
    """When it went out; otherwise when it is planned for."""
    first_line: str
    likeness: float
    is_same_platform: bool
    """Readers who follow the startup would see both. Elsewhere the same post is no repetition."""
    is_adaptation: bool = False
    """One of the two was made of the other, for its platform."""


async def remember(session: AsyncSession, piece: ContentPiece) -> None:
    """Keep the marks of the piece's text as it is now, in place of those of the text before."""
    key = {"organization_id": piece.organization_id, "piece_id": piece.id}
    await session.execute(delete(Band).filter_by(**key))
    await session.execute(
        insert(Band), [key | {"band": band} for band in set(bands(piece.body, organization_id=piece.organization_id))]
    )


async def catch_up(session: AsyncSession, *, organization_id: UUID) -> int:
    """Give marks to pieces that have none. Answers how many got them."""
    has = exists().where(Band.organization_id == ContentPiece.organization_id, Band.piece_id == ContentPiece.id)
    found = select(ContentPiece).where(ContentPiece.organization_id == organization_id, ~has)
    pieces = (await session.scalars(found.order_by(ContentPiece.id.desc()).limit(_CAUGHT_UP))).all()
    for piece in pieces:
        await remember(session, piece)
        await asyncio.sleep(0)
    return len(pieces)


async def alike(
    session: AsyncSession,
    *,
    organization_id: UUID,
    body: str,
    platform: Platform,
    but: Collection[UUID] = (),
    limit: int = 5,
) -> list[Alike]:
    """Pieces that say nearly the same as this text, the most alike first; `but` without these.

    Archived ones count only if they went out. Those on the same platform come before the others.
    """
    marks = bands(body, organization_id=organization_id)
    values = {"organization": organization_id, "bands": marks, "most": _COMPARED + len(but)}
    candidates = set(await session.scalars(_CANDIDATES, values)) - set(but)
    if not candidates:
        return []
    found = select(ContentPiece).where(
        ContentPiece.organization_id == organization_id,
        ContentPiece.id.in_(sorted(candidates)),
        or_(ContentPiece.status != ContentStatus.ARCHIVED, ContentPiece.published_at.is_not(None)),
    )
    told = [
        _told(piece, how_alike, platform)
        for piece in await session.scalars(found)
        if (how_alike := likeness(body, piece.body)) >= ALIKE
    ]
    return sorted(told, key=lambda one: (not one.is_same_platform, -one.likeness, one.piece_id))[:limit]


async def alike_to(session: AsyncSession, piece: ContentPiece) -> list[Alike]:
    """Other pieces that say nearly the same as this one, and whether one was made of the other."""
    found = await alike(
        session, organization_id=piece.organization_id, body=piece.body, platform=piece.platform, but=[piece.id]
    )
    if not found:
        return []
    family = await _family(session, organization_id=piece.organization_id, piece_id=piece.id)
    return [replace(one, is_adaptation=one.piece_id in family) for one in found]


async def repetitions(
    session: AsyncSession, *, organization_id: UUID, pieces: Collection[ContentPiece], limit: int = 3
) -> dict[UUID, list[Alike]]:
    """For each of these pieces the others on its platform that say nearly the same, the most alike first.

    Pieces that repeat nothing are left out. Many pieces take as many questions to the database as one.
    """
    asked = {piece.id: piece for piece in pieces}
    if not asked:
        return {}
    values = {"organization": organization_id, "pieces": sorted(asked), "most": _COMPARED + 1}
    candidates = [(row.asked, row.piece_id) for row in await session.execute(_CANDIDATES_OF_MANY, values)]
    ids = sorted({other for one, other in candidates if one != other})
    if not ids:
        return {}
    others = select(ContentPiece).where(
        ContentPiece.organization_id == organization_id,
        ContentPiece.id.in_(ids),
        or_(ContentPiece.status != ContentStatus.ARCHIVED, ContentPiece.published_at.is_not(None)),
    )
    known = {piece.id: piece for piece in await session.scalars(others)}
    found: dict[UUID, list[Alike]] = {}
    for piece_id, other_id in candidates:
        piece, other = asked[piece_id], known.get(other_id)
        if other is None or other_id == piece_id or other.platform is not piece.platform:
            continue
        if (how_alike := likeness(piece.body, other.body)) >= ALIKE:
            found.setdefault(piece_id, []).append(_told(other, how_alike, piece.platform))
        await asyncio.sleep(0)
    for piece_id in asked.keys() - {one for one, _ in candidates}:  # of an import: its marks are not kept yet
        alone = await alike_to(session, asked[piece_id])
        found[piece_id] = [one for one in alone if one.is_same_platform]
    return {
        key: sorted(ones, key=lambda one: (-one.likeness, one.piece_id))[:limit] for key, ones in found.items() if ones
    }


async def repeated(session: AsyncSession, *, organization_id: UUID, body: str, platform: Platform) -> bool:
    """Whether a piece for this platform says nearly the same already."""
    found = await alike(session, organization_id=organization_id, body=body, platform=platform, limit=1)
    return any(one.is_same_platform for one in found)


async def pairs(session: AsyncSession, *, organization_id: UUID, limit: int = 1000) -> list[tuple[ContentPiece, Alike]]:
    """For each of the newest pieces the one before it that is most alike, on the same platform; where there is one."""
    newest = select(ContentPiece).where(
        ContentPiece.organization_id == organization_id, ContentPiece.status != ContentStatus.ARCHIVED
    )
    found: list[tuple[ContentPiece, Alike]] = []
    for piece in (await session.scalars(newest.order_by(ContentPiece.id.desc()).limit(limit))).all():
        earlier = [one for one in await alike_to(session, piece) if one.is_same_platform and one.piece_id < piece.id]
        found += [(piece, earlier[0])] if earlier else []
    return found


def _told(piece: ContentPiece, how_alike: float, platform: Platform) -> Alike:
    return Alike(
        piece_id=piece.id,
        platform=piece.platform,
        status=piece.status,
        day=piece.published_at.date() if piece.published_at else piece.planned_for,
        first_line=piece.body.strip().split("\n", 1)[0][:200],
        likeness=how_alike,
        is_same_platform=piece.platform is platform,
    )


async def _family(session: AsyncSession, *, organization_id: UUID, piece_id: UUID) -> list[UUID]:
    """What the piece was made of, and what was made of it."""
    other = func.coalesce(func.nullif(Adaptation.piece_id, piece_id), Adaptation.original_id)
    mine = or_(Adaptation.piece_id == piece_id, Adaptation.original_id == piece_id)
    return list(await session.scalars(select(other).where(Adaptation.organization_id == organization_id, mine)))
