"""Moving a part of a series: in the order of the parts, or to another day."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.content import queries as content
from aipromote.content.models import Series
from aipromote.content.series import queries
from aipromote.content.series.asking import is_being_written
from aipromote.content.series.queries import PartAndPiece
from aipromote.content.states import ContentStatus, SeriesStatus
from aipromote.errors import Conflict, InvalidInput, NotFound
from aipromote.organizations import queries as organizations
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role

_MOVABLE = frozenset({ContentStatus.DRAFT, ContentStatus.PENDING_REVIEW, ContentStatus.APPROVED})
_RUNS = frozenset({SeriesStatus.ACTIVE, SeriesStatus.PAUSED})


async def exchange(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, series_id: UUID, number: int, earlier: bool
) -> None:
    """Let the part change places with the one before it, or the one after it. Numbers and days stay where they are.

    Only what is not written yet changes places: a text says which part it is. Raises Conflict, NotFound.
    """
    series, every = await _taken(session, actor, organization_id, series_id)
    other = number - 1 if earlier else number + 1
    if not (1 <= number <= len(every) and 1 <= other <= len(every)):
        raise NotFound("There is no such part.")
    one, two = every[number - 1], every[other - 1]
    if one.part.written_at or two.part.written_at:
        raise Conflict("A part that is written keeps its place: its text says which part it is. Move its day instead.")
    if await is_being_written(session, organization_id=organization_id, series_id=series_id):
        raise Conflict("Parts of this series are being written. Move them when that is done.")
    for name in ("lead", "role", "problem"):
        mine, theirs = getattr(one.part, name), getattr(two.part, name)
        setattr(one.part, name, theirs)
        setattr(two.part, name, mine)
    await _record(session, actor, series, before={"part": number}, after={"part": other})


async def put_on(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, series_id: UUID, number: int, day: date
) -> None:
    """Move the part, and its text if there is one, to another day between those of its neighbours.

    Raises InvalidInput for a day that is past or out of order, Conflict for a part that has a time already.
    """
    series, every = await _taken(session, actor, organization_id, series_id)
    if not 1 <= number <= len(every):
        raise NotFound("There is no such part.")
    one = every[number - 1]
    if one.piece is not None and one.piece.status not in _MOVABLE:
        raise Conflict("This part has a time already. Move it in the calendar.")
    zone = await organizations.time_zone(session, organization_id=organization_id)
    if day < clock.now().astimezone(zone).date():
        raise InvalidInput("That day has passed. Choose a later one.", field="day")
    if number > 1 and day <= every[number - 2].day:
        raise InvalidInput(
            f"Part {number - 1} is on {every[number - 2].day}; part {number} comes after it.", field="day"
        )
    if number < len(every) and day >= every[number].day:
        raise InvalidInput(f"Part {number + 1} is on {every[number].day}; part {number} comes before it.", field="day")
    was, one.part.planned_for = one.day, day
    if one.piece is not None:
        piece = await content.piece(session, organization_id=organization_id, piece_id=one.piece.id, lock=True)
        if piece.status not in _MOVABLE:
            raise Conflict("This part has a time already. Move it in the calendar.")
        piece.planned_for = day
    series.start_date = min(each.day for each in every)
    series.end_date = max(each.day for each in every)
    await _record(session, actor, series, before={"part": number, "day": was}, after={"part": number, "day": day})


def _require_order(every: list[PartAndPiece], number: int, day: date) -> None:
    before = every[number - 2].day if number > 1 else None
    after = every[number].day if number < len(every) else None
    if before is not None and day <= before:
        raise InvalidInput(f"Part {number - 1} is on {before}; part {number} comes after it.", field="day")
    if after is not None and day >= after:
        raise InvalidInput(f"Part {number + 1} is on {after}; part {number} comes before it.", field="day")


async def _taken(
    session: AsyncSession, actor: Actor, organization_id: UUID, series_id: UUID
) -> tuple[Series, list[PartAndPiece]]:
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    series = await queries.one(session, organization_id=organization_id, series_id=series_id, lock=True)
    if series.status not in _RUNS:
        raise Conflict(f"This series is {series.status.value.lower()}; its parts stay as they are.")
    return series, await queries.parts(session, organization_id=organization_id, series_id=series_id)


async def _record(
    session: AsyncSession, actor: Actor, series: Series, *, before: dict[str, object], after: dict[str, object]
) -> None:
    await audit.record(
        session,
        actor,
        organization_id=series.organization_id,
        action="series.part_moved",
        subject="series",
        subject_id=series.id,
        detail=Detail(before=before, after=after),
    )
    await session.flush()
