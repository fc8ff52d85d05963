"""The same posts grouped in several ways, as the page shows them side by side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from aipromote.analytics.breakdown import HOURS, Breakdown, Group
from aipromote.documents.vocabulary import ContentType
from aipromote.languages import _, lazy
from aipromote.web import words
from aipromote.web.results import drawing, telling

_SOME_MONDAY = date(1970, 1, 5)
_FORMS = {
    ContentType.POST: lazy("Post"),
    ContentType.THREAD: lazy("Thread"),
    ContentType.STORY: lazy("Story"),
    ContentType.REEL: lazy("Reel"),
    ContentType.SHORT: lazy("Short video"),
    ContentType.CAROUSEL: lazy("Carousel"),
    ContentType.POLL: lazy("Poll"),
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Groups of the same posts side by side, the one with the most engagement first."""

    key: str
    question: str
    title: str
    rows: list[tuple[str, Group]]
    most: float


def comparisons(found: Breakdown) -> list[Comparison]:
    """By pillar, network and form."""
    pillars = {name or _("Without a pillar"): group for name, group in found.by_pillar.items()}
    networks = {platform.label: group for platform, group in found.by_platform.items()}
    forms = {str(_FORMS[type_]): group for type_, group in found.by_type.items()}
    return [
        _comparison("pillar", _("Which pillar engages?"), pillars),
        _comparison("network", _("Which network engages?"), networks),
        _comparison("form", _("Which form engages?"), forms),
    ]


def _comparison(key: str, question: str, groups: dict[str, Group]) -> Comparison:
    best = telling.best(groups)
    rows = sorted(groups.items(), key=lambda one: (-(one[1].rate or -1.0), one[0]))
    title = telling.of_groups(*best) if best else telling.of_groups(None, None)
    return Comparison(key, question, title, rows, max((group.rate or 0.0 for group in groups.values()), default=0.0))


@dataclass(frozen=True, slots=True)
class Cell:
    """Some hours of a weekday: `shade` is 0 where nothing is known."""

    hour: int
    group: Group | None
    shade: int


def week(found: Breakdown) -> list[list[Cell]]:
    """Seven days from Monday, each with its cells."""
    most = max((group.rate or 0.0 for group in found.by_hour.values()), default=0.0)

    def cell_of(weekday: int, hour: int) -> Cell:
        group = found.by_hour.get((weekday, hour))
        return Cell(hour, group, drawing.shade(group.rate, most) if group else 0)

    return [[cell_of(weekday, hour) for hour in range(0, 24, HOURS)] for weekday in range(7)]


def best_hour(found: Breakdown) -> str:
    """The title of the week's cells."""
    best = telling.best(found.by_hour)
    if best is None:
        return telling.of_groups(None, None)
    (weekday, hour), group = best
    day = _SOME_MONDAY + timedelta(days=weekday)
    return telling.of_groups(f"{words.weekday(day)} {hour:02}:00–{hour + HOURS:02}:00", group)


def weekday_names() -> list[str]:
    """From Monday, in the language at hand."""
    return [words.weekday(_SOME_MONDAY + timedelta(days=offset)) for offset in range(7)]
