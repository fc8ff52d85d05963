"""On which days the parts of a series stand: on its weekdays, one after another, and not where a text is already."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Day:
    """A part's day. `instead_of` is the one it was moved from, because of `occupied_by`."""

    day: date
    instead_of: date | None = None
    occupied_by: str = ""


def days(start: date, weekdays: Collection[int], parts: int, taken: Mapping[date, str]) -> list[Day]:
    """A day for each part, strictly one after another.

    A part whose day is `taken` (by what, in words) moves to the next free day before the following one of the series;
    where there is none it stays, and says beside what.
    """
    found: list[Day] = []
    wanted = _occurrences(start, weekdays)
    day, following = next(wanted), next(wanted)
    while len(found) < parts:
        free = next((one for one in _between(day, following) if one not in taken), None)
        if free is None or free == day:
            found.append(Day(day, None, taken.get(day, "")))
        else:
            found.append(Day(free, day, taken[day]))
        day, following = following, next(wanted)
    return found


def _occurrences(start: date, weekdays: Collection[int]) -> Iterator[date]:
    day = start
    while True:
        if day.weekday() in weekdays:
            yield day
        day += _DAY


def _between(first: date, end: date) -> Iterator[date]:
    """The days from the first one to the day before the end."""
    while first < end:
        yield first
        first += _DAY
