"""Links for reviewers without an account: making one, what became of each, taking one back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

import aipromote.content.queries as content
import aipromote.content.review.queries as review
from aipromote import clock, settings
from aipromote.content.models import ContentPiece
from aipromote.content.review import inviting, links
from aipromote.content.review.models import ReviewLink
from aipromote.content.states import ContentStatus
from aipromote.errors import AipromoteError
from aipromote.http.attempts import Allowance, Attempts
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Approving, Stay, entering
from aipromote.languages import _
from aipromote.organizations.states import Role
from aipromote.scheduling import queries as calendar
from aipromote.web import words
from aipromote.web.calendar import day_of
from aipromote.web.render import page

router = APIRouter()

_LETTERS = Allowance(tries=30, seconds=3600)
"""Letters that one person may cause. Links to copy are not counted."""
_SHOWN = frozenset({ContentStatus.DRAFT, ContentStatus.PENDING_REVIEW, ContentStatus.APPROVED, ContentStatus.SCHEDULED})
"""What a week's reviewers are asked about: not what is out or was put away."""


class Wanted(BaseModel):
    """The form. `week` (a Monday) and `piece` say which posts it offers."""

    reviewer: str = ""
    email: str = ""
    days: int = 7
    may_approve: bool = False
    chosen: list[UUID] = Field(default_factory=list)
    week: str = ""
    piece: UUID | None = None


@router.get("/review-links")
async def links_page(request: Request, stay: Approving) -> Response:
    """The newest links, and what they were used for."""
    return await _listed(request, stay)


@router.get("/review-links/new")
async def new_page(request: Request, stay: Approving, week: str = "", piece: UUID | None = None) -> Response:
    """The form: for one post, or for those of a week."""
    wanted = Wanted(week=week, piece=piece)
    offered = await _offered(stay, wanted)
    wanted.chosen = [one.id for one in offered if piece or one.status is ContentStatus.PENDING_REVIEW]
    return _form(request, stay, wanted, offered)


@router.post("/review-links/new")
async def make(request: Request, wanted: Annotated[Wanted, Form()]) -> Response:
    """Make the link, and send it or show it, once."""
    async with entering(request, Role.APPROVER) as stay:
        try:
            if wanted.email.strip():
                attempts: Attempts = request.app.state.attempts
                await attempts.spend(_LETTERS, "review-letter", str(stay.user.id))
            async with stay.trying():
                link, token = await links.make(
                    stay.session,
                    stay.actor,
                    organization_id=stay.organization_id,
                    reviewer=wanted.reviewer,
                    email=wanted.email,
                    days=wanted.days,
                    may_approve=wanted.may_approve,
                    piece_ids=wanted.chosen,
                )
        except AipromoteError as refused:
            offered = await _offered(stay, wanted)
            problem = {"problem": refused.message, "field": refused.field or ""}
            return _form(request, stay, wanted, offered, status=refused.status, **problem)
    # Outside of the transaction: a mail server may take its time, and the link stands whatever it says.
    ends = words.at(link.expires_at, stay.organization.time_zone)
    told = {"maker": stay.actor.name, "organization": stay.organization.name, "ends": ends}
    unsent = await inviting.send(link, token=token, pieces=len(set(wanted.chosen)), **told)
    async with entering(request, Role.APPROVER) as stay:
        return await _listed(
            request, stay, made=link, address=_address(request, token) if unsent else "", unsent=unsent
        )


@router.post("/review-links/{link_id}/revoke")
async def revoke(stay: Approving, link_id: UUID) -> Response:
    """The link opens nothing from now on."""
    link = await links.revoke(stay.session, stay.actor, organization_id=stay.organization_id, link_id=link_id)
    return see_other("/review-links", Notice(_("The link of %(name)s opens nothing any more.", name=link.reviewer)))


async def _listed(
    request: Request, stay: Stay, *, made: ReviewLink | None = None, address: str = "", unsent: str = ""
) -> Response:
    found = await review.links(stay.session, organization_id=stay.organization_id)
    return page(
        request,
        "review_links.html",
        stay=stay,
        links=found,
        made=made,
        address=address,
        unsent=unsent if made and made.email else "",
        has_public_address=bool(settings.get().public_url),
    )


async def _offered(stay: Stay, wanted: Wanted) -> Sequence[ContentPiece]:
    """The posts that the form offers, in the order of their days."""
    if wanted.piece is not None:
        return [await content.piece(stay.session, organization_id=stay.organization_id, piece_id=wanted.piece)]
    today = words.local(clock.now(), stay.organization.time_zone).date()
    monday = words.monday_of(day_of(wanted.week) or today)
    week = await calendar.week(stay.session, organization_id=stay.organization_id, monday=monday)
    shown = [piece for piece in week.pieces.values() if piece.status in _SHOWN]
    return sorted(shown, key=lambda piece: (piece.planned_for or date.max, piece.id))


def _form(
    request: Request,
    stay: Stay,
    wanted: Wanted,
    offered: Sequence[ContentPiece],
    *,
    status: int = 200,
    problem: str = "",
    field: str = "",
) -> Response:
    values: dict[str, Any] = {"wanted": wanted, "offered": offered, "problem": problem, "field": field}
    return page(request, "review_link_new.html", stay=stay, status=status, days=links.DAYS, **values)


def _address(request: Request, token: str) -> str:
    home = settings.get().public_url or str(request.base_url)
    return f"{home.rstrip('/')}/review/{token}"
