"""Which days a view of the calendar shows, and where its arrows lead. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from aipromote.errors import InvalidInput
from aipromote.scheduling.queries import midnight
from aipromote.scheduling.slots import comes_twice, instant, wall_clock
from aipromote.web.words import monday_of

_YEARS = range(2000, 2101)
_WEEK = 7
_QUARTERS = (0, 15, 30, 45)


class View(StrEnum):
    """How the calendar is looked at."""

    MONTH = "month"
    WEEK = "week"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Span:
    """So many days from the first one on; `previous` and `following` are days in the spans beside it."""

    view: View
    day: date
    first: date
    days: int
    previous: date
    following: date

    @property
    def dates(self) -> list[date]:
        """All days, in their order."""
        return [self.first + timedelta(days=number) for number in range(self.days)]


def span_of(view: View, day: date) -> Span:
    """The days around this one: its week, or the whole weeks of its month; a list begins with it."""
    if view is View.MONTH:
        begins, ends = day.replace(day=1), _next_month(day)
        first = monday_of(begins)
        weeks = -(-(ends - first).days // _WEEK)
        return Span(view, day, first, weeks * _WEEK, begins - timedelta(days=1), ends)
    first = monday_of(day) if view is View.WEEK else day
    return Span(view, day, first, _WEEK, first - timedelta(days=_WEEK), first + timedelta(days=_WEEK))


def day_of(text: str) -> date | None:
    """None for an empty text. Years far away are refused: the days beside them may not exist."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if day.year not in _YEARS:
        raise InvalidInput("That is not a date. Dates look like 2026-10-14.", field="day")
    return day


@dataclass(frozen=True, slots=True)
class Change:
    """A day on which the clocks change: how many hours it has, which of them are skipped, and which come twice."""

    day: date
    hours: float
    skipped: frozenset[int]
    twice: frozenset[int]


def changes(dates: list[date], zone: ZoneInfo) -> dict[date, Change]:
    """Those of these days that do not have 24 hours."""
    found = {}
    for day in dates:
        hours = (midnight(day + timedelta(days=1), zone) - midnight(day, zone)) / timedelta(hours=1)
        if hours != 24:  # noqa: PLR2004 -- hours of a day
            found[day] = Change(day, hours, _hours(day, zone, _is_skipped), _hours(day, zone, comes_twice))
    return found


def _hours(day: date, zone: ZoneInfo, is_so: object) -> frozenset[int]:
    """The hours of which every quarter is so."""
    assert callable(is_so)
    quarters = {hour: [datetime.combine(day, time(hour, minute)) for minute in _QUARTERS] for hour in range(24)}
    return frozenset(hour for hour, moments in quarters.items() if all(is_so(one, zone) for one in moments))


def _is_skipped(local: datetime, zone: ZoneInfo) -> bool:
    return wall_clock(instant(local, zone), zone) != local


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
