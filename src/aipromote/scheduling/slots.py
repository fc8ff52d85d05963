"""Choosing times: wall-clock times in the organization's zone, inside the windows of its plan, without conflicts.

Pure: the same wishes on the same calendar get the same times. Within its window a post starts at a place that follows
from its key, so that posts do not all go out on the hour; where that is taken, the search goes on through the window,
then through the rest of the day, then through the next days, and says so.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from aipromote.documents.strategy import PostingWindow
from aipromote.documents.vocabulary import Platform
from aipromote.errors import InvalidInput

ACCOUNT_GAP = timedelta(hours=2)
"""At least this much between two posts of one account."""
ORGANIZATION_GAP = timedelta(minutes=5)
"""At least this much between two posts of one organization, so that a burst does not look like one."""
STEP = timedelta(minutes=5)
DAY = (time(7), time(22))
"""The hours in which a post may go out at all, when its window has no place left."""
DEFAULT_WINDOW = (time(9), time(17))
"""For a platform about whose times the plan says nothing."""
HORIZON_DAYS = 14
"""How far a post may be moved."""
_YEARS = range(1900, 9900)
"""Of times that people may write: with a year or a zone more or less they can still be counted."""

Band = tuple[time, time]


@dataclass(frozen=True, slots=True)
class Wish:
    """A post that wants a time on `day`. `key` orders wishes and spreads them; `id` tells those of one key apart."""

    id: UUID
    key: str
    day: date
    platform: Platform
    account_id: UUID


@dataclass(frozen=True, slots=True)
class Choice:
    """The time for a wish: the instant (UTC) and the wall-clock time it stands for. `reason` says why it was moved."""

    wish: Wish
    at: datetime
    local: datetime
    reason: str | None = None


class Diary:
    """The times that are taken, of each account and of the organization."""

    def __init__(self, taken: Iterable[tuple[datetime, UUID]] = ()) -> None:
        self._all: list[datetime] = []
        self._by_account: dict[UUID, list[datetime]] = defaultdict(list)
        for at, account_id in taken:
            self.take(at, account_id)

    def take(self, at: datetime, account_id: UUID) -> None:
        """From now on this time is taken."""
        insort(self._all, at)
        insort(self._by_account[account_id], at)

    def is_free(self, at: datetime, account_id: UUID) -> bool:
        """Whether a post of this account at this time keeps its distance from all others."""
        return _keeps(at, self._all, ORGANIZATION_GAP) and _keeps(at, self._by_account[account_id], ACCOUNT_GAP)

    def is_free_minute(self, at: datetime) -> bool:
        """Whether no post of the organization goes out within the same minute."""
        return _keeps(at, self._all, timedelta(minutes=1))


def choose(
    wishes: Sequence[Wish], *, windows: Sequence[PostingWindow], zone: ZoneInfo, taken: Diary, earliest: datetime
) -> list[Choice]:
    """A time for each wish, in the order of days and keys; none before `earliest` (aware).

    Chosen times are entered into `taken`. A wish for which the horizon has no free time is left out.
    """
    chosen = []
    for wish in sorted(wishes, key=lambda wish: (wish.day, wish.key, wish.id)):
        choice = _first_free(wish, windows=windows, zone=zone, taken=taken, earliest=earliest)
        if choice is not None:
            taken.take(choice.at, wish.account_id)
            chosen.append(choice)
    return chosen


def within_reach(moment: datetime) -> datetime:
    """The same moment. Raises InvalidInput near the ends of what can be counted, where no other zone shows it."""
    if moment.year not in _YEARS:
        raise InvalidInput("That is no time of this calendar. Choose another one.", field="local")
    return moment


def instant(local: datetime, zone: ZoneInfo, *, second: bool = False) -> datetime:
    """The instant (UTC) of a wall-clock time (naive).

    One that a clock change skips is as much later as the clock was put forward; one that comes twice is the first, or
    the second where that is asked for. Raises InvalidInput as `within_reach`.
    """
    within_reach(local)
    first, other = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return max(first, other) if second else first


def comes_twice(local: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks of the zone are put back that day and show this time (naive) a second time."""
    return instant(local, zone) < instant(local, zone, second=True)


def exists(local: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks of the zone show this time on that day, and show it once."""
    at = instant(local, zone)
    shows_it = wall_clock(at, zone) == local
    return shows_it and local.replace(tzinfo=zone, fold=1).astimezone(UTC) == at


def wall_clock(at: datetime, zone: ZoneInfo) -> datetime:
    """What the clocks of the zone show (naive)."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def bands_on(day: date, platform: Platform, windows: Sequence[PostingWindow]) -> list[Band]:
    """The hours for a platform on that day: its windows of that weekday; else of any weekday; else the default."""
    own = [window for window in windows if window.platform is platform]
    of_the_day = [window for window in own if window.weekday == day.weekday()]
    bands = {(time.fromisoformat(w.from_), time.fromisoformat(w.to)) for w in of_the_day or own}
    return sorted(bands) or [DEFAULT_WINDOW]


def _first_free(
    wish: Wish, *, windows: Sequence[PostingWindow], zone: ZoneInfo, taken: Diary, earliest: datetime
) -> Choice | None:
    today = wall_clock(earliest, zone).date()
    first = max(wish.day, today)
    for day in (first + timedelta(days=offset) for offset in range(HORIZON_DAYS)):
        bands = bands_on(day, wish.platform, windows)
        for in_window, local in _candidates(day, bands, wish.key):
            if not exists(local, zone):
                continue
            at = instant(local, zone)
            if at >= earliest and taken.is_free(at, wish.account_id):
                return Choice(wish, at, local, _reason(wish, day, in_window=in_window, today=today))
    return None


def _candidates(day: date, bands: Sequence[Band], key: str) -> Iterator[tuple[bool, datetime]]:
    """The times of a day, best first, each with whether it lies in a window."""
    inside = [moment for band in bands for moment in _steps(day, band)]
    start = zlib.crc32(f"{key}/{day}".encode()) % len(inside)
    yield from ((True, moment) for moment in (*inside[start:], *inside[:start]))
    known, middle = set(inside), inside[len(inside) // 2]
    outside = [moment for moment in _steps(day, DAY) if moment not in known]
    yield from ((False, moment) for moment in sorted(outside, key=lambda moment: (abs(moment - middle), moment)))


def _steps(day: date, band: Band) -> list[datetime]:
    """The times from the beginning of the band up to, not including, its end; at least one."""
    start, end = (datetime.combine(day, edge) for edge in band)
    return [start + STEP * number for number in range(max(1, (end - start) // STEP))]


def _reason(wish: Wish, day: date, *, in_window: bool, today: date) -> str | None:
    if day != wish.day:
        why = "its day has passed" if wish.day < today else f"{wish.day:%A} had no free time"
        return f"Moved from {wish.day:%A}, {wish.day.day} {wish.day:%B}: {why}."
    return None if in_window else "Moved out of its posting window, which had no free time."


def _keeps(at: datetime, taken: list[datetime], gap: timedelta) -> bool:
    place = bisect_left(taken, at)
    neighbours = taken[max(0, place - 1) : place + 1]
    return all(abs(at - neighbour) >= gap for neighbour in neighbours)
