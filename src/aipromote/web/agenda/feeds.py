"""The calendar in other calendars: a person's secret address, shown once, and what is answered there."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from aipromote import clock, settings
from aipromote.http.attempts import Allowance, Attempts
from aipromote.http.clients import tries_of
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Passing, Stay, Viewing
from aipromote.languages import _
from aipromote.scheduling.feeds import actions, queries
from aipromote.web.render import page

router = APIRouter(prefix="/calendar")

_ADDRESS = Allowance(tries=120, seconds=600)
"""Of one network address, whatever tokens it shows: programs ask every few minutes at most."""
_FEED = Allowance(tries=60, seconds=600)


@router.get("/subscribe")
async def subscribe_page(request: Request, stay: Viewing) -> Response:
    """Whether the person has an address, and since when."""
    return await _shown(request, stay, address="")


@router.post("/subscribe")
async def subscribe(request: Request, stay: Viewing) -> Response:
    """Make an address and show it, this once. The one before stops working."""
    _feed, token = await actions.open_feed(stay.session, stay.actor, organization_id=stay.organization_id)
    site = str(settings.get().public_url).rstrip("/")
    response = await _shown(request, stay, address=f"{site}/calendar/feed/{token}.ics")
    response.headers["cache-control"] = "no-store"
    return response


@router.post("/subscribe/revoke")
async def unsubscribe(stay: Viewing) -> Response:
    """Take the address back."""
    await actions.close_feed(stay.session, stay.actor, organization_id=stay.organization_id)
    return see_other("/calendar/subscribe", Notice(_("The address opens nothing any more.")))


@router.get("/feed/{token}.ics")
async def feed(request: Request, session: Passing, token: str) -> Response:
    """The posts as iCalendar, for a program that shows a token; 304 where it has them already."""
    attempts: Attempts = request.app.state.attempts
    await attempts.spend(_ADDRESS, "calendar-address", tries_of(request))
    subscriber = await actions.admit(session, token=token)
    await attempts.spend(_FEED, "calendar-feed", str(subscriber.feed.id))
    organization = subscriber.organization
    found = await queries.events(session, organization_id=organization.id, now=clock.now())
    # icalendar is loaded where somebody subscribes, and nowhere else.
    from aipromote.scheduling.feeds.writing import calendar  # noqa: PLC0415 -- loads a library that no other page needs

    body = calendar(
        found, name=organization.name, zone=organization.time_zone, site=str(settings.get().public_url).rstrip("/")
    )
    changed = max((event.changed_at for event in found), default=subscriber.feed.created_at)
    # A post also comes and goes as the days pass: never older than today.
    changed = max(changed, clock.now().replace(hour=0, minute=0, second=0)).astimezone(UTC).replace(microsecond=0)
    headers = {
        "etag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        "last-modified": format_datetime(changed, usegmt=True),
        "cache-control": "private, no-cache",
    }
    if _has_it(request, headers["etag"], changed):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="text/calendar; charset=utf-8", headers=headers)


async def _shown(request: Request, stay: Stay, *, address: str) -> Response:
    existing = await actions.feed_of(stay.session, organization_id=stay.organization_id, user_id=stay.user.id)
    return page(request, "calendar_subscribe.html", stay=stay, feed=existing, address=address)


def _has_it(request: Request, etag: str, changed: datetime) -> bool:
    """Whether the program has this already. Its ETag decides, where it shows one."""
    if shown := request.headers.get("if-none-match"):
        return etag in {part.strip().removeprefix("W/") for part in shown.split(",")}
    try:
        return parsedate_to_datetime(request.headers.get("if-modified-since", "")) >= changed
    except (ValueError, TypeError):
        return False
