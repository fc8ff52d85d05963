"""The content library: all pieces by the day they are planned for, narrowed down by the address, a part at a time."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from aipromote import clock
from aipromote.content import listing, wanted
from aipromote.content.models import ContentPiece
from aipromote.content.review import queries as review
from aipromote.content.states import ContentStatus
from aipromote.content.wanted import BY_HAND, Wanted
from aipromote.db.paging import Slice
from aipromote.documents.vocabulary import Platform
from aipromote.http.visits import Reading, Stay
from aipromote.languages import _, ngettext
from aipromote.organizations.states import Role
from aipromote.web import filters, ordering, words
from aipromote.web.filters import Asked
from aipromote.web.render import page

router = APIRouter()

_PAGE = 30
_STATES_APART = frozenset({"status"})
"""The state is chosen by tabs; everything else in a form."""


@router.get("/content")
async def library_page(
    request: Request, stay: Reading, *, cursor: str | None = None, chosen: str = "", watched: str = ""
) -> Response:
    """Pieces with these filters; with words (`q`) those that contain them, the best first."""
    if any(value == "" for value in request.query_params.values()):
        kept = {"cursor": cursor or "", "chosen": chosen}
        return RedirectResponse(Asked.of(request.query_params).address(**kept), status_code=303)
    asked = Asked.of(request.query_params)
    narrowed = asked.wanted(words.local(clock.now(), stay.organization.time_zone).date())
    found = await _part(stay, asked, narrowed, cursor)
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    counts = await wanted.counts(stay.session, **mine)
    choices = await wanted.choices(stay.session, **mine)
    comments = await review.open_comments(stay.session, **mine, piece_ids=[one.id for one in found.rows])
    writing, written = await ordering.being_written(stay, watched=watched)
    return page(
        request,
        "library.html",
        stay=stay,
        asked=asked,
        kept=asked.address(cursor=cursor or "").partition("?")[2],
        cursor=cursor,
        chips=filters.chips(asked, narrowed, choices),
        choices=choices,
        authors=[BY_HAND, *choices.authors],
        author_of=filters.author_of,
        author_value=filters.author_value,
        times=filters.PLANNED,
        platforms=[one for one in Platform if one is not Platform.SANDBOX],
        state=narrowed.status,
        statuses=[(one, _counted(counts[one])) for one in ContentStatus if counts[one] or one is narrowed.status],
        total=sum(counts.values()),
        narrowed=set(asked.names) - _STATES_APART,
        longest_query=listing.LONGEST_QUERY,
        pieces=found.rows,
        comments=comments,
        all_chosen=chosen == "all",
        following=found.following,
        told=_told(asked, found, is_begun=cursor is None),
        offer=await ordering.offer(stay) if stay.may(Role.EDITOR) else None,
        being_written=writing,
        written=written,
        acts=acts_of,
    )


async def _part(stay: Stay, asked: Asked, narrowed: Wanted, cursor: str | None) -> Slice[ContentPiece]:
    key: UUID = stay.organization_id
    how: dict[str, Any] = {"organization_id": key, "wanted": narrowed, "cursor": cursor, "limit": _PAGE}
    if asked.q:
        return await listing.search(stay.session, words=asked.q[: listing.LONGEST_QUERY], **how)
    return await listing.planned(stay.session, **how)


def acts_of(piece: ContentPiece, stay: Stay) -> list[tuple[str, str]]:
    """What can be done with it from the list, the next step first: the verb, and the words on its button."""
    acts = []
    if piece.status is ContentStatus.PENDING_REVIEW and stay.may(Role.APPROVER):
        acts.append(("approve", _("Approve")))
    if piece.status is ContentStatus.DRAFT:
        acts.append(("submit", _("Ask for review")))
    if piece.status is ContentStatus.ARCHIVED and piece.published_at is None:
        acts.append(("restore", _("Take out of the archive")))
    if piece.status is not ContentStatus.ARCHIVED:
        acts.append(("archive", _("Archive")))
    return acts


def _counted(pieces: int) -> str:
    return f"{words.number(wanted.MOST)}+" if pieces > wanted.MOST else words.number(pieces)


def _told(asked: Asked, found: Slice[ContentPiece], *, is_begun: bool) -> str:
    """How many there are with these filters, where all of them are shown."""
    if not set(asked.names) - _STATES_APART or not is_begun:
        return ""
    if found.following:
        return _("Many posts. The first ones are shown.")
    if not found.rows:
        return _("No post is like this.")
    return ngettext("%(num)s post", "%(num)s posts", len(found.rows))
