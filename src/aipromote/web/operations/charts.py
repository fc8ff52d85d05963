"""Two hours of a queue as one small drawing: what was done goes up, what failed goes down, and all of it in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aipromote.jobs.throughput import Minute
from aipromote.web.words import hour

_STEP = 2
_UP, _DOWN = 22.0, 8.0
_LEAST = 1.5
"""One job in a busy two hours is still to be seen."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Paths for an SVG of `width` by `height`, and what it shows as a sentence."""

    width: int
    height: int
    middle: float
    done: str
    failed: str
    title: str
    words: str


def chart(minutes: Sequence[Minute], *, zone: str) -> Chart:
    """Done and failed have a scale each, up to the most that there was of it in one minute."""
    most_done = max((minute.done for minute in minutes), default=0)
    most_failed = max((minute.failed for minute in minutes), default=0)
    done = [_bar(place, minute.done, most_done, -_UP) for place, minute in enumerate(minutes) if minute.done]
    failed = [_bar(place, minute.failed, most_failed, _DOWN) for place, minute in enumerate(minutes) if minute.failed]
    span = f"{hour(minutes[0].begins, zone)} to {hour(minutes[-1].begins, zone)}" if minutes else ""
    return Chart(
        width=_STEP * len(minutes),
        height=round(_UP + _DOWN) + 2,
        middle=_UP + 1,
        done="".join(done),
        failed="".join(failed),
        title=f"Jobs by the minute, {span}",
        words=_words(minutes, zone),
    )


def _bar(place: int, amount: int, most: int, length: float) -> str:
    size = max(_LEAST, abs(length) * amount / most)
    middle = _UP + 1 + (0.5 if length > 0 else -0.5)
    return f"M{place * _STEP + _STEP / 2:g} {middle:g}v{size if length > 0 else -size:.1f}"


def _words(minutes: Sequence[Minute], zone: str) -> str:
    done, failed = sum(minute.done for minute in minutes), sum(minute.failed for minute in minutes)
    if not done and not failed:
        return "Nothing was finished."
    busiest = max(minutes, key=lambda minute: minute.done)
    share = f"{busiest.done:,} of them" if busiest.done < done else "all"
    peak = f", {share} at {hour(busiest.begins, zone)}" if done else ""
    return f"{done:,} done{peak}; {failed or 'none'} failed."
