"""From a blog post or feed: drafts of what a startup has already written, and the feeds that are followed."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from aipromote.content.feeds import actions, queries
from aipromote.content.feeds.importing import MOST, Imported, import_items
from aipromote.content.feeds.looking import look_at
from aipromote.documents.vocabulary import Platform
from aipromote.errors import AipromoteError, InvalidInput, NotAllowed, NotFound
from aipromote.http.attempts import Allowance, Attempts
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Editing, Stay, Viewing, entering
from aipromote.languages import _
from aipromote.organizations.states import Role
from aipromote.reading.feeds.looking import Look
from aipromote.reading.turns import on_behalf_of
from aipromote.web.render import page

router = APIRouter()

_READING = Allowance(tries=40, seconds=3600)
"""Of addresses, for each person."""
_PAGE = "/content/feeds"
_EVERY = (1, 3, 6, 12, 24, 72, 168)


@router.get(_PAGE)
async def feeds_page(request: Request, stay: Viewing) -> Response:
    """The form, and what is followed."""
    return await _shown(request, stay)


@router.post(_PAGE)
async def take(
    request: Request,
    *,
    address: Annotated[str, Form()] = "",
    platform: Annotated[list[Platform] | None, Form()] = None,
    newest: Annotated[int, Form()] = 5,
    follow: Annotated[bool, Form()] = False,
    every: Annotated[int, Form()] = 6,
) -> Response:
    """Look at the address, then make drafts. Looking takes seconds, so that no transaction is open meanwhile."""
    async with entering(request, Role.EDITOR) as stay:
        user_id, holder = stay.user.id, stay.organization_id
    attempts: Attempts = request.app.state.attempts
    await attempts.spend(_READING, "reading", str(user_id))
    written = {"address": address, "platforms": platform or [], "newest": newest, "follow": follow, "every": every}
    try:
        if not address.strip():
            raise InvalidInput("Type the address of a feed, a blog or an article.")
        with on_behalf_of(holder):
            look = await look_at(address, prefers_feed=follow)
        async with entering(request, Role.EDITOR) as stay:
            imported = await _take_in(stay, look, platform or [], newest, every if follow else None)
    except (NotAllowed, NotFound):
        raise
    except AipromoteError as refused:
        async with entering(request, Role.VIEWER) as stay:
            return await _shown(request, stay, status=refused.status, problem=refused.message, written=written)
    followed = " It is followed from now on." if follow else ""
    return see_other(_PAGE, Notice(f"{imported.summary}{followed}", "good" if imported.pieces else "careful"))


async def _take_in(stay: Stay, look: Look, platforms: list[Platform], newest: int, every: int | None) -> Imported:
    if every is None:
        assert look.reading is not None, "no marks were sent, so that something came"
        return await import_items(
            stay.session,
            stay.actor,
            organization_id=stay.organization_id,
            reading=look.reading,
            platforms=platforms,
            newest=newest,
        )
    _, imported = await actions.follow(
        stay.session,
        stay.actor,
        organization_id=stay.organization_id,
        look=look,
        platforms=platforms,
        newest=newest,
        every_hours=every,
    )
    return imported


@router.post(_PAGE + "/{feed_id}/pause")
async def pause(stay: Editing, feed_id: UUID) -> Response:
    """Look at it no more for now."""
    await actions.set_active(
        stay.session, stay.actor, organization_id=stay.organization_id, feed_id=feed_id, is_active=False
    )
    return see_other(_PAGE, Notice(_("Paused. It is not looked at until you let it go on."), "careful"))


@router.post(_PAGE + "/{feed_id}/resume")
async def resume(stay: Editing, feed_id: UUID) -> Response:
    """Look at it again."""
    await actions.set_active(
        stay.session, stay.actor, organization_id=stay.organization_id, feed_id=feed_id, is_active=True
    )
    return see_other(_PAGE, Notice(_("It is looked at again within minutes.")))


@router.post(_PAGE + "/{feed_id}/look")
async def look_now(stay: Editing, feed_id: UUID) -> Response:
    """Let it be due now."""
    await actions.bring_forward(stay.session, stay.actor, organization_id=stay.organization_id, feed_id=feed_id)
    return see_other(_PAGE, Notice(_("It is looked at within minutes.")))


@router.post(_PAGE + "/{feed_id}/remove")
async def remove(stay: Editing, feed_id: UUID) -> Response:
    """Follow it no more."""
    await actions.unfollow(stay.session, stay.actor, organization_id=stay.organization_id, feed_id=feed_id)
    return see_other(_PAGE, Notice(_("It is followed no more. Its drafts stay."), "careful"))


async def _shown(request: Request, stay: Stay, *, status: int = 200, **values: Any) -> Response:
    key = stay.organization_id
    usual = await queries.usual_platforms(stay.session, organization_id=key)
    blank = {"address": "", "platforms": usual, "newest": 5, "follow": False, "every": 6}
    return page(
        request,
        "feeds.html",
        stay=stay,
        status=status,
        feeds=await queries.feeds(stay.session, organization_id=key),
        items=await queries.newest_articles(stay.session, organization_id=key),
        platforms=[*usual, *(one for one in Platform if one not in usual and one is not Platform.SANDBOX)],
        usual=usual,
        most=MOST,
        intervals=_EVERY,
        label=lambda name: Platform(name).label,
        **{"problem": "", "written": blank, **values},
    )
