"""The content library: all pieces by state, by the day they are planned for, a page at a time; and a search."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from aipromote.content import listing, queries
from aipromote.content.models import ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.db.paging import Page, Slice
from aipromote.errors import InvalidInput
from aipromote.http.visits import Reading, Stay
from aipromote.organizations.states import Role
from aipromote.web import ordering
from aipromote.web.render import page

router = APIRouter()

_PAGE = 30


@router.get("/content")
async def library_page(
    request: Request,
    stay: Reading,
    *,
    status: str = "",
    q: str = "",
    cursor: str | None = None,
    number: int = 1,
) -> Response:
    """Pieces in this state (all without it). With words (`q`) those that contain them, the best first, by pages."""
    chosen = _status(status)
    if q.strip():
        return await _search_page(request, stay, words=q, chosen=chosen, number=number)
    part = await listing.planned(
        stay.session,
        organization_id=stay.organization_id,
        wanted=listing.Wanted(status=chosen),
        cursor=cursor,
        limit=_PAGE,
    )
    return await _page(request, stay, pieces=part.rows, chosen=chosen, part=part)


async def _search_page(
    request: Request, stay: Stay, *, words: str, chosen: ContentStatus | None, number: int
) -> Response:
    found = await listing.search_page(
        stay.session,
        organization_id=stay.organization_id,
        words=words,
        wanted=listing.Wanted(status=chosen),
        number=number,
        size=_PAGE,
    )
    typed = words[: listing.LONGEST_QUERY]
    return await _page(request, stay, pieces=found.rows, chosen=chosen, words=typed, found=found)


async def _page(
    request: Request,
    stay: Stay,
    *,
    pieces: list[ContentPiece],
    chosen: ContentStatus | None,
    part: Slice[ContentPiece] | None = None,
    words: str = "",
    found: Page[ContentPiece] | None = None,
) -> Response:
    counts = await queries.counts(stay.session, organization_id=stay.organization_id)
    writes = stay.may(Role.EDITOR)
    return page(
        request,
        "library.html",
        stay=stay,
        chosen=chosen,
        statuses=[(one, counts.get(one, 0)) for one in ContentStatus],
        total=sum(counts.values()),
        longest_query=listing.LONGEST_QUERY,
        pieces=pieces,
        preceding=part.preceding if part else None,
        following=part.following if part else None,
        words=words,
        found=found,
        offer=await ordering.offer(stay) if writes else None,
        being_written=await ordering.being_written(stay),
    )


def _status(text: str) -> ContentStatus | None:
    if not text:
        return None
    try:
        return ContentStatus(text.upper())
    except ValueError:
        raise InvalidInput("There is no such state.", field="status") from None
