"""What the library is narrowed down to, as it stands in the address: read from it, written to it, and in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlencode
from uuid import UUID

from aipromote.ai.offline.writing import OfflineWriter
from aipromote.content.states import ContentStatus
from aipromote.content.wanted import BY_HAND, Choices, Wanted
from aipromote.documents.vocabulary import Platform
from aipromote.errors import InvalidInput
from aipromote.languages import _, lazy
from aipromote.web import words

_WEEK = timedelta(days=7)
_LONGEST = 600
_HAND = "person"
PLANNED = {
    "this-week": lazy("This week"),
    "next-week": lazy("Next week"),
    "upcoming": lazy("From today on"),
    "past": lazy("Before today"),
    "undated": lazy("Without a day"),
}
"""Times that move with the calendar."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """The address in its parts, each empty where it narrows nothing down. `since` and `until` are days."""

    status: str = ""
    network: str = ""
    pillar: str = ""
    series: str = ""
    author: str = ""
    planned: str = ""
    since: str = ""
    until: str = ""
    q: str = ""

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Asked:
        """Of the address's parts; what else stands there is left out."""
        known = {one.name: values.get(one.name, "").strip()[:_LONGEST] for one in fields(cls)}
        return cls(**known | {"status": known["status"].lower()})

    @classmethod
    def again(cls, query: str) -> Asked:
        """Of what a form kept of the address."""
        return cls.of({name: values[0] for name, values in parse_qs(query[: 10 * _LONGEST]).items()})

    def address(self, **more: str) -> str:
        """The address of the library with these filters, others in their place where they are named."""
        known = {one.name: getattr(self, one.name) for one in fields(self)} | more
        query = urlencode({name: value for name, value in known.items() if value})
        return f"/content?{query}" if query else "/content"

    @property
    def names(self) -> list[str]:
        """What narrows it down."""
        return [one.name for one in fields(self) if getattr(self, one.name)]

    def wanted(self, today: date) -> Wanted:
        """For the list. Raises InvalidInput for what cannot be meant."""
        wanted = Wanted(
            status=_read(lambda text: ContentStatus(text.upper()), self.status, "status", "There is no such state."),
            platform=_read(lambda text: Platform(text.upper()), self.network, "network", "There is no such network."),
            pillar_id=_read(UUID, self.pillar, "pillar", "There is no such pillar."),
            series_id=_read(UUID, self.series, "series", "There is no such series."),
            author={_HAND: BY_HAND}.get(self.author, self.author) or None,
            first=_read(date.fromisoformat, self.since, "since", "Write the first day as 2026-12-31."),
            last=_read(date.fromisoformat, self.until, "until", "Write the last day as 2026-12-31."),
        )
        return self._narrowed(wanted, today)

    def _narrowed(self, wanted: Wanted, today: date) -> Wanted:
        monday = words.monday_of(today)
        times: dict[str, dict[str, Any]] = {
            "": {},
            "this-week": {"first": monday, "last": monday + _WEEK - timedelta(days=1)},
            "next-week": {"first": monday + _WEEK, "last": monday + 2 * _WEEK - timedelta(days=1)},
            "upcoming": {"first": today},
            "past": {"last": today - timedelta(days=1)},
            "undated": {"undated": True},
        }
        if self.planned not in times:
            raise InvalidInput("There is no such time.", field="planned")
        return replace(wanted, **times[self.planned])


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter in words, and the address without it."""

    name: str
    words: str
    without: str


def chips(asked: Asked, wanted: Wanted, choices: Choices) -> list[Chip]:
    """What narrows the list down, in words. The state has its tabs."""
    unknown = _("one that is gone")
    said: dict[str, tuple[str, str]] = {
        "q": (_("Text"), f"“{asked.q}”"),
        "network": (_("Network"), wanted.platform.label if wanted.platform else ""),
        "pillar": (_("Pillar"), choices.pillars.get(wanted.pillar_id, unknown) if wanted.pillar_id else ""),
        "series": (_("Series"), choices.series.get(wanted.series_id, unknown) if wanted.series_id else ""),
        "author": (_("Written by"), author_of(wanted.author)),
        "planned": (_("Planned"), str(PLANNED.get(asked.planned, ""))),
        "since": (_("From"), words.day(wanted.first) if wanted.first else ""),
        "until": (_("To"), words.day(wanted.last) if wanted.last else ""),
    }
    return [
        Chip(name, f"{said[name][0]}: {said[name][1]}", asked.address(**{name: ""}))
        for name in said
        if getattr(asked, name)
    ]


def author_of(name: str | None) -> str:
    """Who wrote it, as people read it: None and BY_HAND are a person."""
    if name in {None, BY_HAND}:
        return _("a person")
    prefix = OfflineWriter.name.partition("/")[0]
    return (
        _("offline writer") + str(name).removeprefix(prefix).replace("/", " ")
        if str(name).startswith(prefix)
        else str(name)
    )


def author_value(name: str) -> str:
    """How it stands in the address."""
    return _HAND if name == BY_HAND else name


def _read(kind: Callable[[str], T], text: str, field: str, otherwise: str) -> T | None:
    if not text:
        return None
    try:
        return kind(text)
    except ValueError:
        raise InvalidInput(otherwise, field=field) from None
