"""The calendar as a month, a week, or a list by day; which of them is remembered in a cookie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

import aipromote.content.queries as content
from aipromote import clock
from aipromote.channels.models import SocialAccount
from aipromote.content.states import ContentStatus
from aipromote.http import cookies
from aipromote.http.visits import Stay, Viewing
from aipromote.publishing import listing
from aipromote.publishing.states import PostStatus
from aipromote.scheduling import queries
from aipromote.scheduling.actions.planning import LEAD
from aipromote.scheduling.agenda import Entry, agenda, planned
from aipromote.scheduling.queries import midnight
from aipromote.scheduling.slots import wall_clock
from aipromote.scheduling.vacancies import Vacancy, vacancies
from aipromote.strategy import queries as strategies
from aipromote.web import words
from aipromote.web.agenda.spans import Change, Span, View, changes, day_of, span_of
from aipromote.web.agenda.tiles import Tile, first_accounts, tiles_of
from aipromote.web.cards import accounts_by_id
from aipromote.web.render import page

router = APIRouter()

_COOKIE = "aipromote_calendar"
_REMEMBERED = timedelta(days=365)
_MOST = {View.MONTH: 8, View.WEEK: 24, View.LIST: 40}
"""Posts of one day that a page has; the day itself, as a list, has the others."""
_PAGE = 50
_REACH = timedelta(days=120)
"""How far behind the last post of a list the pieces without a time are looked for."""


@dataclass(frozen=True, slots=True)
class Column:
    """A day as it is shown."""

    date: date
    tiles: list[Tile]
    vacancies: list[Vacancy]
    is_cut: bool
    is_today: bool
    is_past: bool
    change: Change | None

    def at(self, hour: int) -> list[Tile]:
        """The posts of that hour."""
        return [tile for tile in self.tiles if tile.local is not None and tile.local.hour == hour]

    def free_at(self, hour: int) -> list[Vacancy]:
        """The good times of that hour which are free."""
        return [one for one in self.vacancies if one.local.hour == hour]

    @property
    def untimed(self) -> list[Tile]:
        """The pieces that have no time yet."""
        return [tile for tile in self.tiles if tile.post is None]


@router.get("/calendar")
async def calendar_page(
    request: Request,
    stay: Viewing,
    *,
    view: str = "",
    day: str = "",
    week: str = "",
    cursor: str = "",
    after: str = "",
) -> Response:
    """The span around that day in the organization's time zone. `week` is what older links call the day."""
    zone = ZoneInfo(stay.organization.time_zone)
    today = wall_clock(clock.now(), zone).date()
    wanted = View(view) if view in set(View) else View.WEEK if week else _remembered(request)
    span = span_of(wanted, day_of(day or week) or today)
    values: dict[str, Any] = {"span": span, "today": today, "views": list(View), "zone": stay.organization.time_zone}
    if wanted is View.LIST:
        values |= await _listed(stay, span, zone, today, cursor=cursor or None, after=day_of(after))
    else:
        values |= await _grid(stay, span, zone, today)
    values |= await _to_review(stay, values["columns"]) | await _beyond(stay, span, zone, values["total"])
    response = page(request, "calendar.html", stay=stay, **values)
    if view:
        cookies.put(response, _COOKIE, wanted, lasts=_REMEMBERED)
    return response


async def _grid(stay: Stay, span: Span, zone: ZoneInfo, today: date) -> dict[str, Any]:
    days = await agenda(
        stay.session,
        organization_id=stay.organization_id,
        first=span.first,
        days=span.days,
        zone=zone,
        most=_MOST[span.view],
    )
    accounts = await accounts_by_id(stay)
    tiles = await tiles_of(stay, [(day.date, day.entries) for day in days], accounts)
    free = await _vacancies(stay, span, zone, tiles, accounts)
    changed = changes(span.dates, zone)
    columns = [
        Column(
            day.date,
            tiles.get(day.date, []),
            [one for one in free if one.local.date() == day.date],
            day.is_cut,
            day.date == today,
            day.date < today,
            changed.get(day.date),
        )
        for day in days
    ]
    return _told(columns) | {"following": None, "preceding": None}


async def _vacancies(
    stay: Stay,
    span: Span,
    zone: ZoneInfo,
    tiles: Mapping[date, list[Tile]],
    accounts: Mapping[UUID, SocialAccount],
) -> list[Vacancy]:
    """The good free times of a week; a month has no room for them."""
    now = clock.now()
    if span.view is not View.WEEK or span.dates[-1] < wall_clock(now, zone).date():
        return []
    plan = await strategies.active(stay.session, organization_id=stay.organization_id)
    if plan is None:
        return []
    posts = [tile.post for own in tiles.values() for tile in own if tile.post]
    return vacancies(
        span.dates,
        accounts={account.platform: account.id for account in first_accounts(accounts.values())},
        windows=plan.cadence.windows,
        posts=posts,
        zone=zone,
        earliest=now + LEAD,
    )


async def _listed(
    stay: Stay, span: Span, zone: ZoneInfo, today: date, *, cursor: str | None, after: date | None
) -> dict[str, Any]:
    """Some posts from the day on, cancelled ones too, with the pieces that are planned for the days between them."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    found = await listing.posts(stay.session, **mine, start=midnight(span.first, zone), cursor=cursor, limit=_PAGE)
    pieces = await content.pieces_by_id(stay.session, **mine, piece_ids={post.content_piece_id for post in found.rows})
    by_day: dict[date, list[Entry]] = {}
    for post in found.rows:
        day = wall_clock(post.scheduled_at, zone).date()
        by_day.setdefault(day, []).append(Entry(pieces[post.content_piece_id], post))
    begins = after + timedelta(days=1) if after else (span.first if cursor is None else min(by_day, default=span.first))
    ends = max(by_day, default=begins)
    if found.following is None:
        ends = max(ends, begins) + _REACH
    between = [begins + timedelta(days=number) for number in range(min((ends - begins).days + 1, 400))]
    waiting = await planned(stay.session, **mine, dates=between, most=_MOST[span.view])
    for day, entries in waiting.items():
        by_day.setdefault(day, []).extend(entries[: _MOST[span.view]])
    ordered = sorted(by_day.items())
    tiles = await tiles_of(stay, ordered, await accounts_by_id(stay))
    columns = [
        Column(day, tiles.get(day, []), [], is_cut=False, is_today=day == today, is_past=day < today, change=None)
        for day, _entries in ordered
    ]
    last = max((day for day, entries in ordered if any(entry.post for entry in entries)), default=span.first)
    return _told(columns) | {"following": found.following, "preceding": found.preceding, "last": last}


async def _to_review(stay: Stay, columns: list[Column]) -> dict[str, Any]:
    """The first week with something to review, and how much the page that approves this week has: all of its days."""
    tiles = (tile for column in columns for tile in column.tiles)
    waiting = (tile for tile in tiles if tile.card.piece.status is ContentStatus.PENDING_REVIEW)
    monday = min((words.monday_of(tile.day) for tile in waiting), default=None)
    if monday is None:
        return {"to_review": 0, "review_week": None}
    found = await queries.week(stay.session, organization_id=stay.organization_id, monday=monday)
    count = sum(piece.status is ContentStatus.PENDING_REVIEW for piece in found.pieces.values())
    return {"to_review": count, "review_week": monday}


async def _beyond(stay: Stay, span: Span, zone: ZoneInfo, total: int) -> dict[str, Any]:
    """Of a span without anything: whether a plan stands, and the next day on which something does."""
    if total:
        return {"has_plan": True, "next_day": None}
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    plan = await strategies.active(stay.session, **mine)
    after = span.dates[-1] + timedelta(days=1)
    found = await listing.posts(stay.session, **mine, start=midnight(after, zone), status=PostStatus.SCHEDULED, limit=1)
    dates = [after + timedelta(days=number) for number in range(_REACH.days)]
    pieces = await planned(stay.session, **mine, dates=dates, most=1)
    days = [*pieces, *(wall_clock(post.scheduled_at, zone).date() for post in found.rows)]
    return {"has_plan": plan is not None, "next_day": min(days, default=None)}


def _told(columns: list[Column]) -> dict[str, Any]:
    tiles = [tile for column in columns for tile in column.tiles]
    return {
        "columns": columns,
        "total": len(tiles),
        "can_choose": any(tile.is_open for tile in tiles),
        "clock_changes": [column.change for column in columns if column.change],
    }


def _remembered(request: Request) -> View:
    kept = request.cookies.get(_COOKIE, "")
    return View(kept) if kept in set(View) else View.WEEK
