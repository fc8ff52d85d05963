"""Approving all of a week at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

import aipromote.brand.queries as brand
import aipromote.content.queries as content
import aipromote.content.review.queries as review
from aipromote import clock
from aipromote.brand.check import Finding
from aipromote.content import likeness
from aipromote.content.states import ContentStatus
from aipromote.errors import InvalidInput
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Approving
from aipromote.languages import _, lazy, ngettext
from aipromote.scheduling import actions, queries
from aipromote.web import words
from aipromote.web.findings import shown_claims
from aipromote.web.render import page

router = APIRouter()

Chosen = Annotated[str, Field(pattern=r"^[0-9a-f-]{36}:\d{1,9}$")]
"""A piece and the revision of it that was on the page: `id:revision`."""
_CHANGED = lazy("Its text was changed after you opened the page. Please read it again.")
_YEARS = range(2000, 2101)


@router.get("/calendar/approve")
async def approve_page(request: Request, stay: Approving, week: str = "") -> Response:
    """What approving the week would let out, and what it would hold back and why."""
    monday = words.monday_of(day_of(week) or words.local(clock.now(), stay.organization.time_zone).date())
    found = await queries.week(stay.session, organization_id=stay.organization_id, monday=monday)
    to_review = [piece for piece in found.pieces.values() if piece.status is ContentStatus.PENDING_REVIEW]
    pieces = sorted(to_review, key=lambda piece: (piece.planned_for or date.max, piece.id))
    judge = await brand.judge(stay.session, organization_id=stay.organization_id)
    judged = [(piece, blocking(content.findings_by(judge, piece))) for piece in pieces]
    clear = [piece for piece, reasons in judged if not reasons]
    again = await likeness.repetitions(stay.session, organization_id=stay.organization_id, pieces=clear)
    return page(
        request,
        "approve_week.html",
        stay=stay,
        monday=monday,
        clear=clear,
        again=again,
        chosen={piece.id for piece in clear},
        claims={piece.id: shown_claims(judge, piece.body, piece.planned_for or clock.now().date()) for piece in clear},
        hints={piece.id: _hints(content.findings_by(judge, piece)) for piece in clear},
        comments=await review.open_comments(
            stay.session, organization_id=stay.organization_id, piece_ids=[piece.id for piece in pieces]
        ),
        files=await review.files_of(stay.session, organization_id=stay.organization_id, pieces=pieces),
        held=[(piece, reasons) for piece, reasons in judged if reasons],
    )


@router.post("/calendar/approve")
async def approve_week(
    stay: Approving, week: Annotated[str, Form()], piece: Annotated[list[Chosen] | None, Form()] = None
) -> Response:
    """Approve and schedule the revisions that were shown and chosen, so that nothing is approved unseen."""
    monday = day_of(week) or ""
    if not piece:
        return see_other(f"/calendar/approve?week={monday}", Notice(_("Nothing was chosen."), "careful"))
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    shown = dict(_parted(one) for one in piece)
    rows = await content.pieces_by_id(stay.session, **mine, piece_ids=shown, lock=True)
    seen = [row.id for row in rows.values() if row.revision == shown[row.id]]
    done = await actions.approve_and_schedule(stay.session, stay.actor, **mine, piece_ids=seen)
    changed = [row for row in rows.values() if row.revision != shown[row.id]]
    done.held_back.extend(actions.HeldBack(row.id, words.first_line(row.body, 60), str(_CHANGED)) for row in changed)
    return see_other(f"/calendar?week={monday}", told(done))


@router.post("/calendar/place")
async def place(stay: Approving) -> Response:
    """Give every approved piece a time that has none: those whose account was connected only now."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    approved = await content.pieces(stay.session, **mine, status=ContentStatus.APPROVED)
    piece_ids = [piece.id for piece in approved]
    done = await actions.schedule_approved(stay.session, stay.actor, **mine, piece_ids=piece_ids)
    return see_other("/this-week", told(done))


def told(done: actions.Result) -> Notice:
    """What was scheduled and what was not, in words."""
    details = tuple(f"{held.title}: {held.reason}" for held in done.held_back)
    text = ngettext("%(num)s post is scheduled.", "%(num)s posts are scheduled.", len(done.scheduled))
    if not details:
        return Notice(text)
    return Notice(f"{text} {_held_back(len(details))}", "careful", details)


def blocking(findings: Sequence[Finding]) -> list[str]:
    """The reasons that keep a text back."""
    return [finding.reason for finding in findings if finding.severity == "block"]


def _hints(findings: Sequence[Finding]) -> list[str]:
    """What a person may want to know before approving, and that blocks nothing."""
    return [finding.reason for finding in findings if finding.severity != "block"]


def _parted(chosen: str) -> tuple[UUID, int]:
    piece_id, _, revision = chosen.partition(":")
    try:
        return UUID(piece_id), int(revision)
    except ValueError:
        raise InvalidInput("That is not a piece.", field="piece") from None


def day_of(text: str) -> date | None:
    """The date in a text from an address; None for an empty text. Years far away are refused.

    The weeks beside those may not exist.
    """
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if day.year not in _YEARS:
        raise InvalidInput("That is not a date. Dates look like 2026-10-14.", field="week")
    return day


def _held_back(count: int) -> str:
    return ngettext("%(num)s was held back.", "%(num)s were held back.", count)
