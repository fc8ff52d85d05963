"""Series: what there can be, what planning one would make, planning it, and letting it rest, go on or end."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from aipromote import settings
from aipromote.ai import writers
from aipromote.ai.offline.series.templates import FEWEST, Template
from aipromote.api.calls import Call, Editing, Reading
from aipromote.api.lists import Shown
from aipromote.content import queries as content
from aipromote.content.models import ContentPiece, Series
from aipromote.content.series import actions, planning, queries
from aipromote.content.states import SeriesStatus
from aipromote.documents.vocabulary import Platform

router = APIRouter()
Weekday = Annotated[int, Field(ge=0, le=6, description="0 is Monday, 6 is Sunday.")]


class SeriesOut(Shown):
    """Pieces that belong together. With its last part published a series is complete by itself."""

    id: UUID
    name: str
    description: str | None
    platform: Platform
    cadence: str
    status: SeriesStatus
    total_posts: int
    published_posts: int
    start_date: date | None
    end_date: date | None
    created_at: datetime


class SeriesListOut(BaseModel):
    """All series."""

    data: list[SeriesOut]


class TemplateOut(BaseModel):
    """A kind of series. The brief gives `parts` of the `usual` ones today; `missing` would give more."""

    template: Template
    name: str
    usual: int
    parts: int
    is_possible: bool
    missing: list[str]


class TemplatesOut(BaseModel):
    """Every kind."""

    data: list[TemplateOut]


class PlannedPartOut(BaseModel):
    """A part before it is made. `instead_of` is the day that it was moved from, because of `occupied_by`."""

    number: int
    day: date
    instead_of: date | None
    occupied_by: str
    label: str
    lead: str


class PreviewOut(BaseModel):
    """What planning would make."""

    template: Template
    name: str
    platform: Platform
    cadence: str
    parts: list[PlannedPartOut]
    missing: list[str]


class PartOut(BaseModel):
    """A part with the sentence that it is about; `piece_id` once it is written, or the `problem` that keeps it."""

    number: int
    planned_for: date
    lead: str
    written_at: datetime | None
    problem: str | None
    piece_id: UUID | None


class WholeSeriesOut(SeriesOut):
    """A series with its parts. One that only gathers posts of the plan has none, but `piece_ids`."""

    parts: list[PartOut]
    piece_ids: list[UUID]


class ChangedOut(BaseModel):
    """The series, and the pieces of it that are scheduled: they go out unless that is cancelled."""

    series: SeriesOut
    scheduled_piece_ids: list[UUID]


class Wish(BaseModel):
    """A series from `start` on, on these weekdays; without `parts` as many as are usual."""

    template: Template
    platform: Platform
    start: date
    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)]
    parts: Annotated[int | None, Field(ge=FEWEST, le=planning.MOST_PARTS)] = None


@router.get("/series")
async def series(call: Reading) -> SeriesListOut:
    """All series."""
    rows = await content.series(call.session, organization_id=call.organization_id)
    return SeriesListOut(data=[SeriesOut.model_validate(row) for row in rows])


@router.get("/series/templates")
async def templates(call: Reading) -> TemplatesOut:
    """The kinds of series, and how far the brief and the facts fill each."""
    offered = await planning.templates(call.session, organization_id=call.organization_id)
    return TemplatesOut(
        data=[
            TemplateOut(
                template=one.offer.template,
                name=one.name,
                usual=one.usual,
                parts=len(one.offer.ideas),
                is_possible=one.offer.is_possible,
                missing=list(one.offer.missing),
            )
            for one in offered
        ]
    )


@router.post("/series/preview")
async def preview(call: Reading, wish: Wish) -> PreviewOut:
    """The parts with their days, as planning would make them. Nothing is done by asking."""
    shown = await planning.preview(call.session, organization_id=call.organization_id, **_wanted(wish))
    parts = [
        PlannedPartOut(
            number=part.number,
            day=part.day.day,
            instead_of=part.day.instead_of,
            occupied_by=part.day.occupied_by,
            label=part.label,
            lead=part.lead,
        )
        for part in shown.parts
    ]
    return PreviewOut(
        template=shown.template,
        name=shown.name,
        platform=shown.platform,
        cadence=shown.cadence,
        parts=parts,
        missing=list(shown.missing),
    )


@router.post("/series", status_code=201)
async def plan(call: Editing, wish: Wish) -> WholeSeriesOut:
    """Plan the series. Parts of the next two weeks are written at once, later ones two weeks ahead.

    Where a model writes, a worker writes them: they come one by one.
    """
    row = await planning.plan(
        call.session, call.actor, organization_id=call.organization_id, by_worker=_by_worker(), **_wanted(wish)
    )
    return await _whole(call, row)


@router.get("/series/{series_id}")
async def one_series(call: Reading, series_id: UUID) -> WholeSeriesOut:
    """One series with its parts."""
    return await _whole(
        call, await queries.one(call.session, organization_id=call.organization_id, series_id=series_id)
    )


@router.post("/series/{series_id}/pause")
async def pause(call: Editing, series_id: UUID) -> ChangedOut:
    """Write no more parts for now."""
    row, scheduled = await actions.pause(
        call.session, call.actor, organization_id=call.organization_id, series_id=series_id
    )
    return await _changed(call, row, scheduled)


@router.post("/series/{series_id}/resume")
async def resume(call: Editing, series_id: UUID) -> ChangedOut:
    """Go on. Parts whose day went by move by whole weeks."""
    row = await actions.resume(
        call.session,
        call.actor,
        organization_id=call.organization_id,
        series_id=series_id,
        by_worker=_by_worker(),
    )
    return await _changed(call, row, [])


@router.post("/series/{series_id}/cancel")
async def cancel(call: Editing, series_id: UUID) -> ChangedOut:
    """Write no more parts, for good. Drafts stay."""
    row, scheduled = await actions.cancel(
        call.session, call.actor, organization_id=call.organization_id, series_id=series_id
    )
    return await _changed(call, row, scheduled)


def _by_worker() -> bool:
    return writers.asks_models(settings.get())


def _wanted(wish: Wish) -> dict[str, Any]:
    return {
        "template": wish.template,
        "platform": wish.platform,
        "start": wish.start,
        "weekdays": wish.weekdays,
        "parts": wish.parts,
    }


async def _whole(call: Call, row: Series) -> WholeSeriesOut:
    mine: dict[str, Any] = {"organization_id": call.organization_id, "series_id": row.id}
    await call.session.refresh(row)
    parts = await queries.parts(call.session, **mine)
    pieces = await queries.pieces(call.session, **mine)
    return WholeSeriesOut(
        **SeriesOut.model_validate(row).model_dump(),
        parts=[
            PartOut(
                number=one.part.number,
                planned_for=one.part.planned_for,
                lead=one.part.lead,
                written_at=one.part.written_at,
                problem=one.part.problem,
                piece_id=one.piece.id if one.piece else None,
            )
            for one in parts
        ],
        piece_ids=[piece.id for piece in pieces],
    )


async def _changed(call: Call, row: Series, scheduled: list[ContentPiece]) -> ChangedOut:
    await call.session.refresh(row)
    return ChangedOut(series=SeriesOut.model_validate(row), scheduled_piece_ids=[piece.id for piece in scheduled])
