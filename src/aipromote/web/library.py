"""The content library: all pieces by state, by the day they are planned for, a page at a time."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from aipromote.content import queries
from aipromote.content.states import ContentStatus
from aipromote.errors import InvalidInput
from aipromote.http.visits import Viewing
from aipromote.web.render import page

router = APIRouter()

_PAGE = 30


@router.get("/content")
async def library_page(request: Request, stay: Viewing, status: str = "", after: UUID | None = None) -> Response:
    """Pieces in this state (all but archived ones without it); `after` is the last piece of the page before."""
    chosen = _status(status)
    pieces = await queries.pieces(
        stay.session, organization_id=stay.organization_id, status=chosen, after=after, limit=_PAGE + 1
    )
    counts = await queries.counts(stay.session, organization_id=stay.organization_id)
    return page(
        request,
        "library.html",
        stay=stay,
        pieces=pieces[:_PAGE],
        following=pieces[_PAGE - 1].id if len(pieces) > _PAGE else None,
        chosen=chosen,
        statuses=[(one, counts.get(one, 0)) for one in ContentStatus],
        total=sum(counts.values()),
    )


def _status(text: str) -> ContentStatus | None:
    if not text:
        return None
    try:
        return ContentStatus(text.upper())
    except ValueError:
        raise InvalidInput("There is no such state.", field="status") from None
