"""States, times and networks in the words, colours and shapes that every page uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, get_timezone_location
from babel.numbers import format_decimal, format_percent

from aipromote import languages
from aipromote.content.likeness import Alike
from aipromote.content.states import ContentStatus
from aipromote.languages import _, lazy, ngettext, pgettext
from aipromote.publishing.states import ForecastState, PostStatus
from aipromote.strategy.states import StrategyStatus

_DAY, _HOUR = 1440, 60
"""In minutes."""


@dataclass(frozen=True, slots=True)
class State:
    """A word with the tone (a CSS class) and the icon that go with it."""

    label: languages.Lazy | str
    tone: str
    icon: str

    @property
    def word(self) -> str:
        """In the language at hand."""
        return str(self.label)


_PIECES = {
    ContentStatus.DRAFT: State(lazy("Draft"), "draft", "dashed"),
    ContentStatus.PENDING_REVIEW: State(lazy("To review"), "review", "half"),
    ContentStatus.APPROVED: State(lazy("Approved"), "scheduled", "check"),
    ContentStatus.SCHEDULED: State(lazy("Scheduled"), "scheduled", "clock"),
    ContentStatus.PUBLISHED: State(lazy("Published"), "published", "done"),
    ContentStatus.FAILED: State(lazy("Failed"), "failed", "cross"),
    ContentStatus.ARCHIVED: State(lazy("Archived"), "draft", "box"),
}
_POSTS = {
    PostStatus.SCHEDULED: State(lazy("Scheduled"), "scheduled", "clock"),
    PostStatus.PUBLISHING: State(lazy("Going out"), "scheduled", "send"),
    PostStatus.PUBLISHED: State(lazy("Published"), "published", "done"),
    PostStatus.FAILED: State(lazy("Failed"), "failed", "cross"),
    PostStatus.CANCELLED: State(lazy("Cancelled"), "draft", "minus"),
    PostStatus.RETRYING: State(lazy("Trying again"), "risk", "warn"),
    PostStatus.UNCONFIRMED: State(lazy("Unconfirmed"), "risk", "warn"),
    PostStatus.MISSED: State(lazy("Missed"), "failed", "cross"),
}
_STRATEGIES = {
    StrategyStatus.PROPOSED: State(lazy("Proposed"), "review", "half"),
    StrategyStatus.ACTIVE: State(lazy("Active"), "published", "done"),
    StrategyStatus.ARCHIVED: State(lazy("Earlier version"), "draft", "box"),
    StrategyStatus.REJECTED: State(lazy("Rejected"), "draft", "minus"),
}
_FORECASTS = {
    ForecastState.WILL_PUBLISH: State(lazy("Will publish"), "scheduled", "check"),
    ForecastState.AT_RISK: State(lazy("At risk"), "risk", "warn"),
}
SIMULATED = State(lazy("Simulated"), "simulated", "flask")


def state_of(status: ContentStatus | PostStatus | StrategyStatus | ForecastState) -> State:
    """How a status is shown, or what is expected of a post that waits."""
    if isinstance(status, ForecastState):
        return _FORECASTS[status]
    if isinstance(status, ContentStatus):
        return _PIECES[status]
    return _POSTS[status] if isinstance(status, PostStatus) else _STRATEGIES[status]


_CHANGES = {"added": lazy("added"), "removed": lazy("removed"), "changed": lazy("changed")}
_FACTS = {
    "metric": lazy("Metric"),
    "customer": lazy("Customer"),
    "award": lazy("Award"),
    "press": lazy("Press"),
    "other": lazy("Other"),
}


def change_of(kind: str) -> str:
    """What happened to a field from one version to the next."""
    return str(_CHANGES.get(kind, kind))


def kind_of(kind: str) -> str:
    """A fact's kind."""
    return str(_FACTS.get(kind.lower(), kind.capitalize()))


def label_of(path: str) -> str:
    """The words on a button that leads to where something is repaired."""
    return _("Connect again") if path == "/channels" else _("Open")


def place_of(zone: str) -> str:
    """A zone's city: `America/Sao_Paulo` → `Sao Paulo`. Other languages have names of their own: `Lissabon`."""
    if languages.current() == "en" or "/" not in zone:
        return zone.rsplit("/", 1)[-1].replace("_", " ")
    return get_timezone_location(zone, locale=_locale(), return_city=True)


def day(value: date) -> str:
    """`Tue 14 Oct`."""
    return format_date(value, pgettext("a day as Babel writes it", "EEE d MMM"), locale=_locale())


def full_day(value: date) -> str:
    """`14 Oct 2026`."""
    return format_date(value, pgettext("a day as Babel writes it", "d MMM y"), locale=_locale())


def weekday(value: date) -> str:
    """`Tue`."""
    return format_date(value, "ccc", locale=_locale())


def day_and_month(value: date) -> str:
    """`14 Oct`."""
    return format_date(value, pgettext("a day as Babel writes it", "d MMM"), locale=_locale())


def month(value: date) -> str:
    """`Oct`."""
    return format_date(value, "LLL", locale=_locale())


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
    if monday.month == sunday.month:
        first = format_date(monday, pgettext("a day as Babel writes it", "d"), locale=_locale())
    else:
        first = day_and_month(monday)
    return f"{first} – {day_and_month(sunday)} {sunday.year}"


def monday_of(value: date) -> date:
    """The Monday of that day's week."""
    return value - timedelta(days=value.weekday())


def ago(value: datetime, now: datetime) -> str:
    """Roughly how long ago: `5 minutes ago`, `3 hours ago`, `2 days ago`."""
    minutes = max(0, int((now - value).total_seconds() // 60))
    if minutes >= 2 * _DAY:  # up to two days, hours say more
        return ngettext("%(num)s day ago", "%(num)s days ago", minutes // _DAY)
    if minutes >= _HOUR:
        return ngettext("%(num)s hour ago", "%(num)s hours ago", minutes // _HOUR)
    if minutes >= 1:
        return ngettext("%(num)s minute ago", "%(num)s minutes ago", minutes)
    return _("just now")


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 post`, `6 posts`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def repetition(one: Alike) -> str:
    """In which way another piece says nearly the same as this one."""
    name = one.platform.label
    post = (
        _("%(network)s post of %(day)s", network=name, day=day(one.day))
        if one.day
        else _("%(network)s post", network=name)
    )
    if one.is_same_platform:
        line = first_line(one.first_line, 80)
        return _(
            "%(share)s %% the same as the %(post)s: “%(line)s”", share=round(one.likeness * 100), post=post, line=line
        )
    if one.is_adaptation:
        return _("The %(post)s says the same: one was made of the other, which is no repetition.", post=post)
    return _("The %(post)s says the same: also on another network, which is no repetition.", post=post)


def percent(fraction: float | None) -> str:
    """A fraction 0..1 as `4.2 %`; a dash where nothing was measured."""
    return "–" if fraction is None else format_percent(fraction, "0.0 %", locale=_locale())


def figure(value: float, metric: str) -> str:
    """A measured value as its metric is read: rates in percent, their differences in points, counts as they are."""
    if "rate" not in metric:
        return _decimal(value, "#,##0" if float(value).is_integer() else "#,##0.00")
    if metric.endswith("difference"):
        return _("%(number)s points", number=_decimal(value * 100, "+0.00;-0.00"))
    return format_percent(value, "0.00 %", locale=_locale())


def number(value: int | None) -> str:
    """`12,400`; a dash where the network does not tell."""
    return "–" if value is None else _decimal(value, "#,##0")


def _decimal(value: float, pattern: str) -> str:
    return format_decimal(value, pattern, locale=_locale())


def _locale() -> Locale:
    return _parsed(languages.current())


@cache
def _parsed(language: str) -> Locale:
    return Locale.parse(language)


def first_line(text: str, longest: int = 140) -> str:
    """The first line that says something, cut at a word."""
    line = next((part.strip() for part in text.splitlines() if part.strip()), "")
    if len(line) <= longest:
        return line
    return line[:longest].rsplit(" ", 1)[0] + "…"
