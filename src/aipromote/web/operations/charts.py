"""Two hours of a queue as one small drawing: what was done goes up, what failed goes down, and all of it in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aipromote.jobs.throughput import Minute
from aipromote.languages import _
from aipromote.web.words import hour, number

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
    first, last = (hour(minutes[0].begins, zone), hour(minutes[-1].begins, zone)) if minutes else ("", "")
    return Chart(
        width=_STEP * len(minutes),
        height=round(_UP + _DOWN) + 2,
        middle=_UP + 1,
        done="".join(done),
        failed="".join(failed),
        title=_("Jobs by the minute, %(first)s to %(last)s", first=first, last=last),
        words=_words(minutes, zone),
    )


def _bar(place: int, amount: int, most: int, length: float) -> str:
    size = max(_LEAST, abs(length) * amount / most)
    middle = _UP + 1 + (0.5 if length > 0 else -0.5)
    return f"M{place * _STEP + _STEP / 2:g} {middle:g}v{size if length > 0 else -size:.1f}"


def _words(minutes: Sequence[Minute], zone: str) -> str:
    done, failed = sum(minute.done for minute in minutes), sum(minute.failed for minute in minutes)
    if not done and not failed:
        return _("Nothing was finished.")
    busiest = max(minutes, key=lambda minute: minute.done)
    lost = number(failed) if failed else _("none")
    if not done:
        return _("0 done; %(failed)s failed.", failed=lost)
    at = hour(busiest.begins, zone)
    if busiest.done < done:
        most = number(busiest.done)
        return _(
            "%(done)s done, %(most)s of them at %(time)s; %(failed)s failed.",
            done=number(done),
            most=most,
            time=at,
            failed=lost,
        )
    return _("%(done)s done, all at %(time)s; %(failed)s failed.", done=number(done), time=at, failed=lost)
