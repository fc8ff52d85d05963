"""Go anywhere, do anything: pages, actions, posts, series and channels by a few words. The palette shows this page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

import aipromote.channels.queries as channels
import aipromote.content.queries as content
from aipromote.content import listing
from aipromote.http.visits import Reading, Stay
from aipromote.languages import Lazy, _, lazy
from aipromote.organizations.states import Role
from aipromote.web import words
from aipromote.web.frame_parts import framed, pages_of
from aipromote.web.render import page

router = APIRouter()

_MOST: Final = 6
"""Of each kind."""
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Goal:
    """Where one can go. `hint` stands beside it, smaller."""

    label: str
    address: str
    icon: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do. Known by its label and by other words that people have for it."""

    label: Lazy
    address: str
    icon: str
    least: Role
    words: str = ""


ACTIONS: Final = (
    Action(lazy("Write a post"), "/content/new", "pen", Role.EDITOR, "compose new text"),
    Action(lazy("Approve this week"), "/calendar/approve", "check", Role.APPROVER, "review schedule"),
    Action(lazy("Plan a series"), "/content/series", "series", Role.EDITOR, "parts campaign"),
    Action(lazy("Follow a blog or feed"), "/content/feeds", "feed", Role.EDITOR, "rss source"),
    Action(lazy("Connect a channel"), "/channels", "plug", Role.ADMIN, "account network x linkedin bluesky reconnect"),
    Action(lazy("Try a text against your facts and rules"), "/facts", "shield", Role.VIEWER, "fact claim brand check"),
    Action(lazy("Plan anew after the strategy changed"), "/strategy/replan", "compass", Role.ADMIN, "replan move"),
    Action(lazy("Change who must approve"), "/approval", "check", Role.ADMIN, "rules automatic"),
    Action(lazy("Start a new organization"), "/start", "plus", Role.VIEWER, "startup brief"),
)


@router.get("/go")
async def go(request: Request, stay: Reading, q: str = "") -> Response:
    """What fits the words, by kind; pages and actions without any. Texts are found as in the library."""
    typed = q[:_LONGEST].replace("\0", " ").strip()
    groups = [(_("Pages"), _pages(request, stay, typed)), (_("Do"), _actions(request, stay, typed))]
    if typed:
        groups += [(_("Posts"), await _pieces(stay, typed)), *await _named(stay, typed)]
    return page(request, "go.html", stay=stay, typed=typed, groups=[group for group in groups if group[1]])


def fits(typed: str, *told: str) -> bool:
    """Whether each of the words begins one of those that are told."""
    begun = typed.casefold().split()
    there = " ".join(told).casefold().split()
    return all(any(word.startswith(one) for word in there) for one in begun)


def _pages(request: Request, stay: Stay, typed: str) -> list[Goal]:
    frame = framed(request, stay)
    entries = {entry.address: entry for entry in (*frame.rail, *frame.settings)}
    return [
        Goal(str(entry.label), entry.address, entry.icon)
        for entry in entries.values()
        if fits(typed, str(entry.label), entry.label.text)
    ]


def _actions(request: Request, stay: Stay, typed: str) -> list[Goal]:
    there = pages_of(request.app)
    return [
        Goal(str(action.label), action.address, action.icon)
        for action in ACTIONS
        if action.address in there and stay.may(action.least)
        if fits(typed, str(action.label), action.label.text, action.words)
    ]


async def _pieces(stay: Stay, typed: str) -> list[Goal]:
    found = await listing.search(stay.session, organization_id=stay.organization_id, words=typed, limit=_MOST)
    return [
        Goal(
            words.first_line(piece.body, 90),
            f"/pieces/{piece.id}",
            words.state_of(piece.status).icon,
            f"{piece.platform.label} · {words.state_of(piece.status).word}",
        )
        for piece in found.rows
    ]


async def _named(stay: Stay, typed: str) -> Iterable[tuple[str, list[Goal]]]:
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    series = await content.series(stay.session, **mine)
    accounts = await channels.accounts(stay.session, **mine, active_only=False)
    found = [
        Goal(one.name, f"/content/series/{one.id}", "series", one.platform.label)
        for one in series
        if fits(typed, one.name, one.platform.label)
    ]
    known = [
        Goal(one.handle, "/channels", "plug", one.platform.label)
        for one in accounts
        if fits(typed, one.handle, one.handle.lstrip("@"), one.display_name or "", one.platform.label)
    ]
    return [(_("Series"), found[:_MOST]), (_("Channels"), known[:_MOST])]
