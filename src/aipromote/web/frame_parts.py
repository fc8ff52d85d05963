"""What the frame around every page shows: the rail, the pages under Settings, and how this browser wants to see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.requests import Request

from aipromote import clock
from aipromote.accounts.states import UserRole
from aipromote.http import cookies
from aipromote.http.visits import Stay
from aipromote.languages import Lazy, lazy

Theme = Literal["light", "dark", "system"]
THEMES: Final[tuple[tuple[Theme, Lazy, str], ...]] = (
    ("light", lazy("Light"), "light"),
    ("dark", lazy("Dark"), "dark"),
    ("system", lazy("As the system"), "system"),
)


@dataclass(frozen=True, slots=True)
class Look:
    """How this browser shows pages."""

    theme: Theme = "system"
    is_narrow: bool = False
    """Whether the rail shows icons only."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A page that the rail or the sub navigation leads to. Pages that begin with `also` belong to it."""

    address: str
    label: Lazy
    icon: str
    also: tuple[str, ...] = ()
    is_alone: bool = False
    """Whether pages below its address are none of it."""

    def is_at(self, path: str) -> bool:
        """Whether that page is this one or belongs to it."""
        if self.is_alone:
            return path == self.address
        return any(path == one or path.startswith(f"{one}/") for one in (self.address, *self.also))


@dataclass(frozen=True, slots=True)
class Framed:
    """The frame of one page."""

    rail: list[Entry]
    settings: list[Entry]
    account: str
    """Where a person changes their own account; empty where there is no such page."""
    zone: str
    """The organization's zone and how far it is from UTC now: `Europe/Lisbon, UTC+01:00`."""


_RAIL: Final = (
    Entry("/this-week", lazy("This week"), "home", ("/posts",)),
    Entry("/calendar", lazy("Calendar"), "calendar"),
    Entry("/content", lazy("Content"), "pen", ("/pieces", "/progress", "/library")),
    Entry("/strategy", lazy("Strategy"), "compass"),
)
_RESULTS: Final = Entry("/results", lazy("Results"), "chart", ("/summaries",))
_LETTERS: Final = Entry("/summaries", lazy("Results"), "chart")
_SETTINGS: Final = (
    Entry("/settings", lazy("All settings"), "settings", is_alone=True),
    Entry("/settings/profile", lazy("Profile"), "home"),
    Entry("/settings/brand", lazy("Brand rules"), "pen"),
    Entry("/facts", lazy("Facts"), "shield"),
    Entry("/approval", lazy("Approval"), "check"),
    Entry("/channels", lazy("Channels"), "plug"),
    Entry("/team", lazy("Team"), "person"),
    Entry("/settings/data", lazy("Data"), "box"),
)
_BELOW: Final = ("/keys", "/audit", "/review-links")
"""Pages under Settings that only its overview leads to."""
_OPERATIONS: Final = Entry("/operations", lazy("Operations"), "pulse")


def look_of(request: Request) -> Look:
    """As its cookies say."""
    theme = request.cookies.get(cookies.THEME)
    is_narrow = cookies.RAIL in request.cookies
    return Look("light" if theme == "light" else "dark" if theme == "dark" else "system", is_narrow)


def framed(request: Request, stay: Stay) -> Framed:
    """The frame for this person. Only pages that there are stand in it."""
    there = pages_of(request.app)
    below = [*_SETTINGS, *([_OPERATIONS] if stay.user.role is UserRole.ADMIN else [])]
    hub = "/settings" if "/settings" in there else below[0].address
    settings = Entry(hub, lazy("Settings"), "settings", (*(one.address for one in below), *_BELOW))
    results = _RESULTS if "/results" in there else _LETTERS
    account = "/account" if "/account" in there else ""
    return Framed([*_RAIL, results, settings], below, account, _zone(stay.organization.time_zone))


def _zone(name: str) -> str:
    offset = f"{clock.now().astimezone(ZoneInfo(name)):%z}"
    return f"{name}, UTC{offset[:3]}:{offset[3:5]}"


def pages_of(app: FastAPI) -> frozenset[str]:
    """The addresses without keys in them that can be opened."""
    found: frozenset[str] | None = getattr(app.state, "pages", None)
    if found is None:
        found = app.state.pages = frozenset(_opened(app))
    return found


def _opened(app: FastAPI) -> Iterable[str]:
    for route in iter_route_contexts(app.routes):
        if route.path and "GET" in (route.methods or ()) and "{" not in route.path:
            yield route.path
