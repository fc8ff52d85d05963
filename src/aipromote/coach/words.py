"""How numbers and names are written in a letter."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aipromote.analytics.queries import Result
from aipromote.coach.numbers import Interval


def percent(fraction: float) -> str:
    """`3.42 %` for 0.0342."""
    return f"{100 * fraction:.2f} %"


def points(fraction: float) -> str:
    """`+1.30 percentage points` for a difference of rates of 0.013."""
    return f"{100 * fraction:+.2f} percentage points"


def between(interval: Interval | None, written: Callable[[float], str]) -> str:
    """` (95 % interval 2.10 % to 4.00 %)`, or nothing."""
    return "" if interval is None else f" (95 % interval {written(interval[0])} to {written(interval[1])})"


def counted(number: int, noun: str) -> str:
    """`1 post`, `2 posts`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def beginning(text: str, longest: int = 120) -> str:
    """The first words of a text; an ellipsis where more follow."""
    return text if len(text) <= longest else text[:longest].rsplit(" ", 1)[0] + "…"


def account_name(result: Result) -> str:
    """The account for people: `LinkedIn (@kiln)`."""
    return f"{result.platform.label} (@{result.handle.lstrip('@')})"


def simulated(group: Sequence[Result]) -> str:
    """` (simulated)` where the numbers come from the sandbox network, and how many when only some do; or nothing."""
    count = sum(one.is_simulated for one in group)
    if not count:
        return ""
    return " (simulated)" if count == len(group) else " (some of them simulated)"
