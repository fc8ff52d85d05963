"""The series planner: what series there can be, a preview with dates, and one series with its parts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from aipromote import clock, settings
from aipromote.ai import writers
from aipromote.ai.offline.series.templates import Template
from aipromote.channels import queries as channels
from aipromote.content import queries as content
from aipromote.content.feeds.queries import usual_platforms
from aipromote.content.models import ContentPiece
from aipromote.content.series import actions, moving, planning, queries
from aipromote.content.series.asking import is_being_written
from aipromote.content.states import ContentStatus
from aipromote.documents.vocabulary import Platform
from aipromote.errors import Conflict, InvalidInput
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Editing, Stay, Viewing
from aipromote.languages import _, lazy, ngettext
from aipromote.organizations import queries as organizations
from aipromote.web import words
from aipromote.web.render import page
from aipromote.web.series_gaps import MOVABLE, missing

router = APIRouter()
_PAGE = "/content/series"
_WRITTEN = lazy("Planned. Parts of the next two weeks are written and wait.")
_BEGUN = lazy("Planned. Parts of the next two weeks are being written, one after another; they appear here.")


@router.get(_PAGE)
async def series_page(request: Request, stay: Viewing) -> Response:
    """All series, and the form to plan one."""
    return await _shown(request, stay)


@router.post(_PAGE)
async def plan(
    request: Request,
    stay: Editing,
    *,
    template: Annotated[Template, Form()],
    platform: Annotated[Platform, Form()],
    start: Annotated[str, Form()] = "",
    weekday: Annotated[list[int] | None, Form()] = None,
    parts: Annotated[str, Form()] = "",
    confirmed: Annotated[bool, Form()] = False,
) -> Response:
    """First what it would be, with dates; then, `confirmed`, the series."""
    written = {"template": template, "platform": platform, "start": start, "weekdays": weekday or [], "parts": parts}
    try:
        wanted: dict[str, Any] = {
            "template": template,
            "platform": platform,
            "start": _day(start),
            "weekdays": weekday or [],
            "parts": _number(parts),
        }
        if not confirmed:
            shown = await planning.preview(stay.session, organization_id=stay.organization_id, **wanted)
            return await _shown(request, stay, preview=shown, written=written)
        async with stay.trying():
            key, by_worker = stay.organization_id, writers.asks_models(settings.get())
            series = await planning.plan(stay.session, stay.actor, organization_id=key, by_worker=by_worker, **wanted)
    except (InvalidInput, Conflict) as refused:
        return await _shown(request, stay, status=refused.status, problem=refused.message, written=written)
    return see_other(f"{_PAGE}/{series.id}", Notice(str(_BEGUN if by_worker else _WRITTEN)))


@router.get(_PAGE + "/{series_id}")
async def one_series(request: Request, stay: Viewing, series_id: UUID) -> Response:
    """One series with its parts."""
    key = stay.organization_id
    series = await queries.one(stay.session, organization_id=key, series_id=series_id)
    parts = await queries.parts(stay.session, organization_id=key, series_id=series_id)
    writing = await is_being_written(stay.session, organization_id=key, series_id=series_id)
    pieces = [] if parts else await queries.pieces(stay.session, organization_id=key, series_id=series_id)
    every = [one.piece for one in parts if one.piece] or pieces
    scheduled = [piece for piece in every if piece.status is ContentStatus.SCHEDULED]
    zone = await organizations.time_zone(stay.session, organization_id=key)
    today = clock.now().astimezone(zone).date()
    accounts = await channels.accounts(stay.session, organization_id=key)
    shown: dict[str, Any] = {
        "series": series,
        "today": today,
        "missing": missing(series, parts, today=today, connected={one.platform for one in accounts}),
        "movable": MOVABLE,
        "parts": parts,
        "pieces": pieces,
        "scheduled": scheduled,
        "writing": writing,
    }
    return page(request, "series.html", stay=stay, **shown)


@router.post(_PAGE + "/{series_id}/parts/{number}/place")
async def exchange(stay: Editing, series_id: UUID, number: int, to: Annotated[str, Form()]) -> Response:
    """Let a part that is not written yet change places with its neighbour."""
    back = f"{_PAGE}/{series_id}#part-{number - 1 if to == 'earlier' else number + 1}"
    try:
        async with stay.trying():
            await moving.exchange(
                stay.session,
                stay.actor,
                organization_id=stay.organization_id,
                series_id=series_id,
                number=number,
                earlier=to == "earlier",
            )
    except Conflict as refused:
        return see_other(f"{_PAGE}/{series_id}", Notice(refused.message, "bad"))
    return see_other(back, Notice(_("Moved. The days stay; the subjects changed places.")))


@router.post(_PAGE + "/{series_id}/parts/{number}/day")
async def put_on(stay: Editing, series_id: UUID, number: int, day: Annotated[str, Form()] = "") -> Response:
    """Move a part to another day."""
    try:
        wanted = _day(day)
        async with stay.trying():
            await moving.put_on(
                stay.session,
                stay.actor,
                organization_id=stay.organization_id,
                series_id=series_id,
                number=number,
                day=wanted,
            )
    except (InvalidInput, Conflict) as refused:
        return see_other(f"{_PAGE}/{series_id}", Notice(refused.message, "bad"))
    told = _("Part %(number)s is on %(day)s now.", number=number, day=words.day(wanted))
    return see_other(f"{_PAGE}/{series_id}#part-{number}", Notice(told))


@router.post(_PAGE + "/{series_id}/pause")
async def pause(stay: Editing, series_id: UUID) -> Response:
    """Write no more parts for now."""
    _paused, scheduled = await actions.pause(
        stay.session, stay.actor, organization_id=stay.organization_id, series_id=series_id
    )
    return see_other(f"{_PAGE}/{series_id}", _told(_("Paused. No more parts are written."), scheduled))


@router.post(_PAGE + "/{series_id}/resume")
async def resume(stay: Editing, series_id: UUID) -> Response:
    """Go on."""
    await actions.resume(
        stay.session,
        stay.actor,
        organization_id=stay.organization_id,
        series_id=series_id,
        by_worker=writers.asks_models(settings.get()),
    )
    return see_other(f"{_PAGE}/{series_id}", Notice(_("It goes on. Parts whose day went by keep their weekday.")))


@router.post(_PAGE + "/{series_id}/cancel")
async def cancel(stay: Editing, series_id: UUID) -> Response:
    """Write no more parts, for good."""
    _cancelled, scheduled = await actions.cancel(
        stay.session, stay.actor, organization_id=stay.organization_id, series_id=series_id
    )
    return see_other(f"{_PAGE}/{series_id}", _told(_("Cancelled. No more parts are written; drafts stay."), scheduled))


def _told(text: str, scheduled: list[ContentPiece]) -> Notice:
    if not scheduled:
        return Notice(text, "careful")
    more = ngettext(
        "One part is scheduled and will go out unless you cancel that: see below.",
        "%(num)s parts are scheduled and will go out unless you cancel that: see below.",
        len(scheduled),
    )
    return Notice(f"{text} {more}", "careful")


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written.strip())
    except ValueError:
        raise InvalidInput("Write the day as 2026-12-31.", field="start") from None


_MOST_DIGITS = 3


def _number(written: str) -> int | None:
    if not written.strip():
        return None
    if not written.strip().isdecimal() or len(written.strip()) > _MOST_DIGITS:
        raise InvalidInput("Write the number of parts in digits, or leave it empty.", field="parts")
    return int(written)


async def _shown(request: Request, stay: Stay, *, status: int = 200, **values: Any) -> Response:
    key = stay.organization_id
    usual = await usual_platforms(stay.session, organization_id=key)
    zone = await organizations.time_zone(stay.session, organization_id=key)
    today = clock.now().astimezone(zone).date()
    monday = today + timedelta(days=7 - today.weekday())
    offered = await planning.templates(stay.session, organization_id=key)
    first = next((one.offer.template for one in offered if one.offer.is_possible), Template.LESSONS)
    blank = {"template": first, "platform": usual[0], "start": monday.isoformat(), "weekdays": [0], "parts": ""}
    return page(
        request,
        "series_list.html",
        stay=stay,
        status=status,
        every=await content.series(stay.session, organization_id=key),
        lanes=await queries.lanes(stay.session, organization_id=key),
        offered=offered,
        platforms=[*usual, *(one for one in Platform if one not in usual and one is not Platform.SANDBOX)],
        weekdays=list(enumerate(planning.WEEKDAYS)),
        today=today.isoformat(),
        most=planning.MOST_PARTS,
        **{"problem": "", "preview": None, "written": blank, **values},
    )
