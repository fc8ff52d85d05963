"""Which pieces a list is narrowed down to, and what it can be narrowed down by."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.content.models import ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.documents.vocabulary import Platform

BY_HAND: Final = "by hand"
"""As an author: a person wrote it, and no writer of ours."""
MOST: Final = 1000
"""Where counting a state ends. A screen then says "1,000+"."""

_EQUAL = ("status", "platform", "pillar_id", "series_id")
# One step along the index for each author, however many pieces each has.
_CHOICES = text("""
    WITH RECURSIVE known (name) AS (
        (SELECT generated_by FROM content_pieces
          WHERE organization_id = :organization_id AND generated_by IS NOT NULL ORDER BY generated_by LIMIT 1)
        UNION ALL
        SELECT (SELECT generated_by FROM content_pieces
                 WHERE organization_id = :organization_id AND generated_by > known.name ORDER BY generated_by LIMIT 1)
          FROM known WHERE known.name IS NOT NULL)
    SELECT 'pillar' AS kind, id, name, sort_order AS place FROM content_pillars
     WHERE organization_id = :organization_id
    UNION ALL SELECT 'series', id, name, 0 FROM series WHERE organization_id = :organization_id
    UNION ALL (SELECT 'author', NULL, name, 0 FROM known WHERE name IS NOT NULL LIMIT 50)
""")
_COUNTS = text(
    " UNION ALL ".join(
        f"(SELECT '{status}' AS status, count(*) AS pieces FROM (SELECT FROM content_pieces"  # noqa: S608 -- our own words
        f" WHERE organization_id = :organization_id AND status = '{status}' LIMIT {MOST + 1}) AS first_ones)"
        for status in ContentStatus
    )
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which pieces; None does not narrow it down. Planned from `first` to `last`, both included, or not at all.

    `author` is the name of a writer, or BY_HAND.
    """

    status: ContentStatus | None = None
    platform: Platform | None = None
    pillar_id: UUID | None = None
    series_id: UUID | None = None
    author: str | None = None
    first: date | None = None
    last: date | None = None
    undated: bool = False

    def of(self, statement: Select[ContentPiece], *, organization_id: UUID) -> Select[ContentPiece]:
        """The statement, narrowed down to these."""
        statement = statement.where(ContentPiece.organization_id == organization_id)
        for name in _EQUAL:
            value = getattr(self, name)
            if value is not None:
                statement = statement.where(getattr(ContentPiece, name) == value)
        if self.author is not None:
            by = ContentPiece.generated_by
            statement = statement.where(by.is_(None) if self.author == BY_HAND else by == self.author)
        if self.undated:
            statement = statement.where(ContentPiece.planned_for.is_(None))
        if self.first is not None:
            statement = statement.where(ContentPiece.planned_for >= self.first)
        if self.last is not None:
            statement = statement.where(ContentPiece.planned_for <= self.last)
        return statement

    def as_dict(self) -> dict[str, Any]:
        """By name, for the signature of a cursor."""
        return {name: getattr(self, name) for name in (*_EQUAL, "author", "first", "last", "undated")}


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose from, in the order in which it is shown."""

    pillars: dict[UUID, str] = field(default_factory=dict)
    series: dict[UUID, str] = field(default_factory=dict)
    authors: list[str] = field(default_factory=list)


async def choices(session: AsyncSession, *, organization_id: UUID) -> Choices:
    """All of them, at most fifty authors; in one statement."""
    rows = (await session.execute(_CHOICES, {"organization_id": organization_id})).all()
    found = Choices()
    for kind, key, name, _place in sorted(rows, key=lambda row: (row.place, row.name)):
        if kind == "author":
            found.authors.append(name)
        else:
            (found.pillars if kind == "pillar" else found.series)[key] = name
    return found


async def counts(session: AsyncSession, *, organization_id: UUID) -> dict[ContentStatus, int]:
    """How many pieces are in each status, counted to one more than MOST; all statuses are named."""
    rows = await session.execute(_COUNTS, {"organization_id": organization_id})
    return {ContentStatus(status): pieces for status, pieces in rows}
