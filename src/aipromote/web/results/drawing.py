"""Charts as SVG paths that the server writes: they need no script, print well, and stand beside their numbers in words.

A day on which nothing was reported is a gap, never a bar of height zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WIDTH, HEIGHT = 640, 160
_GAP = 0.25
"""Of a day's width, between two bars."""
_LEAST = 1.5
"""A small number beside large ones is still to be seen."""
STEPS = 5
"""Shades of the week's cells."""
SPARK_WIDTH, SPARK_HEIGHT = 64, 20


@dataclass(frozen=True, slots=True)
class Bar:
    """One day: a rectangle, or a gap where `value` is None."""

    day: date
    value: int | None
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Bars:
    """Days side by side; `ceiling` is the value at the top and `baseline` where zero is."""

    bars: Sequence[Bar]
    ceiling: int
    baseline: float

    @property
    def is_empty(self) -> bool:
        """Whether no day has a number."""
        return all(bar.value is None for bar in self.bars)


def bars(values: Mapping[date, int | None], *, start: date, end: date) -> Bars:
    """The days in [start, end). Networks correct themselves, so that a gain may be negative: it goes down."""
    days = [start + timedelta(days=offset) for offset in range((end - start).days)]
    known = [value for day in days if (value := values.get(day)) is not None]
    top, bottom = _rounded(max([0, *known])), min([0, *known])
    scale = HEIGHT / ((top - bottom) or 1)
    step, baseline = WIDTH / len(days), top * scale
    made = []
    for place, day in enumerate(days):
        value = values.get(day)
        size = HEIGHT if value is None else max(_LEAST if value else 0, abs(value) * scale)
        y = 0 if value is None else baseline if value < 0 else baseline - size
        x = place * step + step * _GAP / 2
        made.append(Bar(day, value, round(x, 2), round(y, 2), round(step * (1 - _GAP), 2), round(size, 2)))
    return Bars(made, top, round(baseline, 2))


def shade(value: float | None, most: float) -> int:
    """1 (little) to STEPS (the most); 0 where there is nothing to shade."""
    if value is None or most <= 0:
        return 0
    return min(STEPS, max(1, -int(-value / most * STEPS // 1)))


def spark(values: Sequence[int | None]) -> str:
    """A line through the numbers that are known, oldest first; empty with fewer than two of them."""
    known = [value for value in values if value is not None]
    if len(known) < 2:  # noqa: PLR2004 -- one point is no line
        return ""
    most = max(known) or 1
    step = (SPARK_WIDTH - 2) / (len(known) - 1)
    points = [
        f"{1 + place * step:.1f} {SPARK_HEIGHT - 1 - value / most * (SPARK_HEIGHT - 2):.1f}"
        for place, value in enumerate(known)
    ]
    return "M" + "L".join(points)


def _rounded(value: int) -> int:
    """Up to the next 1, 2 or 5 times a power of ten, so that the top of a chart is a number that people read."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if factor * size >= value:
                return factor * size
        size *= 10
