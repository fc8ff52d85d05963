"""States, times and networks in the words, colours and shapes that every page uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from aipromote.content.likeness import Alike
from aipromote.content.states import ContentStatus
from aipromote.publishing.states import ForecastState, PostStatus
from aipromote.strategy.states import StrategyStatus

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class State:
    """A word with the tone (a CSS class) and the icon that go with it."""

    word: str
    tone: str
    icon: str


_PIECES = {
    ContentStatus.DRAFT: State("Draft", "draft", "dashed"),
    ContentStatus.PENDING_REVIEW: State("To review", "review", "half"),
    ContentStatus.APPROVED: State("Approved", "scheduled", "check"),
    ContentStatus.SCHEDULED: State("Scheduled", "scheduled", "clock"),
    ContentStatus.PUBLISHED: State("Published", "published", "done"),
    ContentStatus.FAILED: State("Failed", "failed", "cross"),
    ContentStatus.ARCHIVED: State("Archived", "draft", "box"),
}
_POSTS = {
    PostStatus.SCHEDULED: State("Scheduled", "scheduled", "clock"),
    PostStatus.PUBLISHING: State("Going out", "scheduled", "send"),
    PostStatus.PUBLISHED: State("Published", "published", "done"),
    PostStatus.FAILED: State("Failed", "failed", "cross"),
    PostStatus.CANCELLED: State("Cancelled", "draft", "minus"),
    PostStatus.RETRYING: State("Trying again", "risk", "warn"),
    PostStatus.UNCONFIRMED: State("Unconfirmed", "risk", "warn"),
    PostStatus.MISSED: State("Missed", "failed", "cross"),
}
_STRATEGIES = {
    StrategyStatus.PROPOSED: State("Proposed", "review", "half"),
    StrategyStatus.ACTIVE: State("Active", "published", "done"),
    StrategyStatus.ARCHIVED: State("Earlier version", "draft", "box"),
    StrategyStatus.REJECTED: State("Rejected", "draft", "minus"),
}
_FORECASTS = {
    ForecastState.WILL_PUBLISH: State("Will publish", "scheduled", "check"),
    ForecastState.AT_RISK: State("At risk", "risk", "warn"),
}
SIMULATED = State("Simulated", "simulated", "flask")


def state_of(status: ContentStatus | PostStatus | StrategyStatus | ForecastState) -> State:
    """How a status is shown, or what is expected of a post that waits."""
    if isinstance(status, ForecastState):
        return _FORECASTS[status]
    if isinstance(status, ContentStatus):
        return _PIECES[status]
    return _POSTS[status] if isinstance(status, PostStatus) else _STRATEGIES[status]


def label_of(path: str) -> str:
    """The words on a button that leads to where something is repaired."""
    return "Connect again" if path == "/channels" else "Open"


def place_of(zone: str) -> str:
    """A zone's city: `America/Sao_Paulo` → `Sao Paulo`."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def day(value: date) -> str:
    """`Tue 14 Oct`."""
    return f"{_DAYS[value.weekday()]} {value.day} {_MONTHS[value.month - 1]}"


def weekday(value: date) -> str:
    """`Tue`."""
    return _DAYS[value.weekday()]


def day_and_month(value: date) -> str:
    """`14 Oct`."""
    return f"{value.day} {_MONTHS[value.month - 1]}"


def month(value: date) -> str:
    """`Oct`."""
    return _MONTHS[value.month - 1]


def local(value: datetime, zone: str) -> datetime:
    """The instant on the clocks of the zone."""
    return value.astimezone(ZoneInfo(zone))


def at(value: datetime, zone: str) -> str:
    """`Tue 14 Oct, 09:30 (Lisbon)`."""
    there = local(value, zone)
    return f"{day(there)}, {there:%H:%M} ({place_of(zone)})"


def hour(value: datetime, zone: str) -> str:
    """`09:30`, on the clocks of the zone."""
    return f"{local(value, zone):%H:%M}"


def week(monday: date) -> str:
    """`12 – 18 Oct 2026`, with both months where they differ."""
    sunday = monday + timedelta(days=6)
    first = str(monday.day) if monday.month == sunday.month else day_and_month(monday)
    return f"{first} – {day_and_month(sunday)} {sunday.year}"


def monday_of(value: date) -> date:
    """The Monday of that day's week."""
    return value - timedelta(days=value.weekday())


def ago(value: datetime, now: datetime) -> str:
    """Roughly how long ago: `5 minutes ago`, `3 hours ago`, `2 days ago`."""
    minutes = max(0, int((now - value).total_seconds() // 60))
    for size, name in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size * (2 if size == 1440 else 1):  # noqa: PLR2004 -- up to two days, hours say more
            count = minutes // size
            return f"{count} {name}{'' if count == 1 else 's'} ago"
    return "just now"


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 post`, `6 posts`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def repetition(one: Alike) -> str:
    """In which way another piece says nearly the same as this one."""
    when = f" of {day(one.day)}" if one.day else ""
    if one.is_same_platform:
        share, line = round(one.likeness * 100), first_line(one.first_line, 80)
        return f"{share} % the same as the {one.platform.label} post{when}: “{line}”"
    made = "one was made of the other, which is" if one.is_adaptation else "also on another network, which is"
    return f"The {one.platform.label} post{when} says the same: {made} no repetition."


def percent(fraction: float | None) -> str:
    """A fraction 0..1 as `4.2 %`; a dash where nothing was measured."""
    return "–" if fraction is None else f"{fraction * 100:.1f} %"


def figure(value: float, metric: str) -> str:
    """A measured value as its metric is read: rates in percent, their differences in points, counts as they are."""
    if "rate" in metric:
        return f"{value * 100:+.2f} points" if metric.endswith("difference") else f"{value * 100:.2f} %"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def number(value: int | None) -> str:
    """`12,400`; a dash where the network does not tell."""
    return "–" if value is None else f"{value:,}"


def first_line(text: str, longest: int = 140) -> str:
    """The first line that says something, cut at a word."""
    line = next((part.strip() for part in text.splitlines() if part.strip()), "")
    if len(line) <= longest:
        return line
    return line[:longest].rsplit(" ", 1)[0] + "…"
