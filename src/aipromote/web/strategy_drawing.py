"""A plan as it is drawn: shares as a bar, windows as a map of weekdays and hours, ninety days as weeks of posts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from aipromote.documents.strategy import PostingWindow, SkeletonSlot
from aipromote.documents.vocabulary import Platform
from aipromote.web import words

_GAP = 0.4  # percent of the share bar between two parts
_SHADES = 5
_HOUR = 60
_DAY = 24 * _HOUR
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the share bar, in percent of its width. `shade` counts from 1 (strongest) to 5."""

    start: float
    width: float
    shade: int


@dataclass(frozen=True, slots=True)
class Cell:
    """An hour of a weekday (0 = Monday) that lies in a window, `part` in part (0–1) of it."""

    weekday: int
    hour: int
    part: float

    @property
    def shade(self) -> int:
        """1 for a whole hour, paler for less of it."""
        return 1 if self.part == 1 else 3


@dataclass(frozen=True, slots=True)
class Planned:
    """A post of the plan. `shade` is its pillar's, as in the share bar."""

    platform: Platform
    pillar: str
    theme: str
    shade: int


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the plan, with or without posts."""

    day: date
    posts: Sequence[Planned]


@dataclass(frozen=True, slots=True)
class Week:
    """A week from its Monday; only the days of the plan are in it."""

    monday: date
    days: Sequence[Day]

    @property
    def count(self) -> int:
        """Of its posts."""
        return sum(len(day.posts) for day in self.days)


def share_bar(shares: Sequence[int]) -> list[Part]:
    """Where each share lies."""
    parts, start = [], 0.0
    for index, share in enumerate(shares):
        parts.append(Part(start, max(0.0, share - _GAP), _shade(index)))
        start += share
    return parts


def hours(windows: Sequence[PostingWindow], *, zone: str, week: date) -> list[Cell]:
    """The hours of all windows on the clocks of `zone`, in the week of that Monday (a zone may change its clocks)."""
    minutes: dict[tuple[int, int], int] = defaultdict(int)
    monday = datetime.combine(week, time())
    for window in windows:
        day, there = week + timedelta(days=window.weekday), ZoneInfo(window.time_zone)
        begin, end = (
            datetime.combine(day, time.fromisoformat(clock), there).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
            for clock in (window.from_, window.to)
        )
        at, last = (int((one - monday).total_seconds()) // _HOUR for one in (begin, end))
        while at < last:
            until = min(last, (at // _HOUR + 1) * _HOUR)
            minutes[at // _DAY % _WEEK, at % _DAY // _HOUR] += until - at
            at = until
    return [Cell(weekday, hour, min(1, found / _HOUR)) for (weekday, hour), found in sorted(minutes.items())]


def weeks(slots: Sequence[SkeletonSlot], *, pillars: Sequence[str]) -> list[Week]:
    """The calendar's days from the first post to the last, week by week."""
    if not slots:
        return []
    shades = {name: _shade(index) for index, name in enumerate(pillars)}
    posts: Mapping[date, list[Planned]] = defaultdict(list)
    for slot in slots:
        posts[slot.date].append(Planned(slot.platform, slot.pillar, slot.theme, shades.get(slot.pillar, _SHADES)))
    first, last = min(posts), max(posts)
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    found: dict[date, list[Day]] = defaultdict(list)
    for day in days:
        found[words.monday_of(day)].append(Day(day, posts.get(day, ())))
    return [Week(monday, inside) for monday, inside in found.items()]


def _shade(index: int) -> int:
    return index % _SHADES + 1
