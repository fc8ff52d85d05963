"""Reads of series, their parts, and what stands on a day already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.content.models import ContentPiece, Series
from aipromote.content.series.models import SeriesPart
from aipromote.content.states import ContentStatus, SeriesStatus
from aipromote.documents.vocabulary import Platform
from aipromote.errors import NotFound

_DUE = text("SELECT organization_id, id FROM doors.due_series(:until, :most)")
_EXCERPT = 60


@dataclass(frozen=True, slots=True)
class PartAndPiece:
    """A part, and its piece once it is written."""

    part: SeriesPart
    piece: ContentPiece | None

    @property
    def day(self) -> date:
        """Where it stands: its text may have been moved since."""
        return (self.piece.planned_for if self.piece else None) or self.part.planned_for


async def one(session: AsyncSession, *, organization_id: UUID, series_id: UUID, lock: bool = False) -> Series:
    """The series; its row locked until the transaction ends, where asked. Raises NotFound."""
    found = await session.get(
        Series, (organization_id, series_id), with_for_update=lock or None, populate_existing=lock
    )
    if found is None:
        raise NotFound("There is no such series.")
    return found


async def parts(session: AsyncSession, *, organization_id: UUID, series_id: UUID) -> list[PartAndPiece]:
    """The parts in their order. None for a series that only gathers posts of the plan."""
    found = _parts(organization_id).where(SeriesPart.series_id == series_id).order_by(SeriesPart.number)
    return [PartAndPiece(part, piece) for part, piece in await session.execute(found)]


async def lanes(session: AsyncSession, *, organization_id: UUID, most: int = 400) -> dict[UUID, list[PartAndPiece]]:
    """The parts of all series that run or rest, by series, in their order."""
    same = (Series.organization_id == SeriesPart.organization_id) & (Series.id == SeriesPart.series_id)
    running = Series.status.in_([SeriesStatus.ACTIVE, SeriesStatus.PAUSED])
    found = _parts(organization_id).join(Series, same).where(running)
    by_series: dict[UUID, list[PartAndPiece]] = {}
    ordered = found.order_by(SeriesPart.series_id, SeriesPart.number).limit(most)
    for part, piece in await session.execute(ordered):
        by_series.setdefault(part.series_id, []).append(PartAndPiece(part, piece))
    return by_series


def _parts(organization_id: UUID) -> Select[SeriesPart, ContentPiece]:
    same = (
        (ContentPiece.organization_id == SeriesPart.organization_id)
        & (ContentPiece.series_id == SeriesPart.series_id)
        & (ContentPiece.sequence_no == SeriesPart.number)
    )
    mine = SeriesPart.organization_id == organization_id
    return select(SeriesPart, ContentPiece).outerjoin(ContentPiece, same).where(mine)


async def pieces(session: AsyncSession, *, organization_id: UUID, series_id: UUID) -> list[ContentPiece]:
    """The pieces that have a number in it, in order."""
    mine = (ContentPiece.organization_id == organization_id, ContentPiece.series_id == series_id)
    return list(await session.scalars(select(ContentPiece).where(*mine).order_by(ContentPiece.sequence_no)))


async def occupied(session: AsyncSession, *, organization_id: UUID, platform: Platform, start: date) -> dict[date, str]:
    """From that day on: the days on which something is planned for the platform, and what, in words."""
    mine = (ContentPiece.organization_id == organization_id, ContentPiece.platform == platform)
    planned = select(ContentPiece.planned_for, ContentPiece.body).where(
        *mine, ContentPiece.planned_for >= start, ContentPiece.status != ContentStatus.ARCHIVED
    )
    found = {day: _excerpt(body) for day, body in await session.execute(planned) if day is not None}
    waiting = (
        select(SeriesPart.planned_for, Series.name)
        .join(
            Series,
            (Series.organization_id == SeriesPart.organization_id) & (Series.id == SeriesPart.series_id),
        )
        .where(
            SeriesPart.organization_id == organization_id,
            Series.platform == platform,
            Series.status.in_([SeriesStatus.ACTIVE, SeriesStatus.PAUSED]),
            SeriesPart.written_at.is_(None),
            SeriesPart.planned_for >= start,
        )
    )
    for day, name in await session.execute(waiting):
        found.setdefault(day, f"a part of {name}")
    return found


async def names(session: AsyncSession, *, organization_id: UUID) -> set[str]:
    """The names that are taken."""
    return set(await session.scalars(select(Series.name).where(Series.organization_id == organization_id)))


async def due(session: AsyncSession, *, until: date, most: int) -> Sequence[tuple[UUID, UUID]]:
    """(organization, series) that run and have a part to be written by that day, of all organizations."""
    rows = await session.execute(_DUE, {"until": until, "most": most})
    return [(row.organization_id, row.id) for row in rows]


def _excerpt(body: str) -> str:
    line = body.strip().split("\n", 1)[0]
    return f"“{line if len(line) <= _EXCERPT else line[: _EXCERPT - 1] + '…'}”"
