"""What a chart shows, as a sentence, and only what the numbers bear: a few posts are called few."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from aipromote.analytics.breakdown import Breakdown, Group
from aipromote.languages import _, ngettext
from aipromote.web import words

ENOUGH = 3
"""Posts with a rate that a group needs before it is compared with others."""
MANY = 10
"""With fewer, the sentence says that they are few."""

_COMPARABLE = 0.75
"""Of the days now, so many days before must have numbers too: a new account has not grown by 900 %."""

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Days:
    """What was reported of some days, one number for each that has one."""

    reported: Sequence[int]


@dataclass(frozen=True, slots=True)
class Change:
    """A sum, and the whole days of it beside as many days before."""

    now: int | None
    whole: Days
    before: Days

    @property
    def fraction(self) -> float | None:
        """By how much it grew; None with nothing before, with zero, or where far fewer days before have numbers."""
        before = sum(self.before.reported)
        if not self.whole.reported or before <= 0:
            return None
        if len(self.before.reported) < _COMPARABLE * len(self.whole.reported):
            return None
        return sum(self.whole.reported) / before - 1


def of_days(change: Change, days: int) -> str:
    """The title of the chart by day."""
    if change.now is None:
        return ngettext("No views were reported on this day", "No views were reported in these %(num)s days", days)
    seen = words.number(change.now)
    if change.fraction is None:
        return _("%(seen)s views in %(days)s days; there are too few before them to compare with", seen=seen, days=days)
    share = words.percent(abs(change.fraction))
    if change.fraction >= 0:
        return _(
            "%(seen)s views in %(days)s days, %(share)s more than in the %(days)s days before",
            seen=seen,
            days=days,
            share=share,
        )
    return _(
        "%(seen)s views in %(days)s days, %(share)s fewer than in the %(days)s days before",
        seen=seen,
        days=days,
        share=share,
    )


def best(groups: Mapping[K, Group]) -> tuple[K, Group] | None:
    """The group with the highest mean rate among those with enough posts, if there are two to compare."""
    compared = [(key, group) for key, group in groups.items() if group.rate is not None and group.rated >= ENOUGH]
    if len(compared) < 2:  # noqa: PLR2004 -- one group is not the best of anything
        return None
    return max(compared, key=lambda one: one[1].rate or 0.0)


def of_groups(name: str | None, group: Group | None) -> str:
    """The title of a comparison, where `name` is the best group."""
    if name is None or group is None:
        return _("Too few measured posts to compare")
    share = words.percent(group.rate)
    told = ngettext(
        "%(name)s engaged most: %(share)s of views, over %(num)s post",
        "%(name)s engaged most: %(share)s of views, over %(num)s posts",
        group.rated,
        name=name,
        share=share,
    )
    return told if group.rated >= MANY else _("%(told)s (few to build on)", told=told)


def not_reported(found: Breakdown) -> list[str]:
    """Networks whose posts were measured, and of which none reported how often they were shown."""
    return [
        platform.label for platform, group in found.by_platform.items() if group.measured and group.impressions is None
    ]
