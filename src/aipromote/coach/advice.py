"""Which differences are sure enough to advise a change.

Over the last four weeks, inside each account and at the same age, posts with one trait (a kind of opening, a pillar)
are set against those without. Advice needs the minimum sample on both sides, an interval that leaves out zero, and a
difference that random division would bring about in at most 5 % of summaries: that level is shared among all
comparisons made, because whoever looks at twenty differences finds one by chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from aipromote.analytics.queries import Result
from aipromote.analytics.totals import grouped
from aipromote.coach.findings import Line, compared, rates_of
from aipromote.coach.numbers import MIN_SAMPLE, difference_interval, is_unlikely_by_chance
from aipromote.coach.words import account_name, points
from aipromote.documents.learning import Evidence, Recommendation

FALSE_ALARMS = 0.05
"""How often, at most, pure noise may lead to any advice at all in a summary."""


@dataclass(frozen=True)
class Comparison:
    """Posts of one account with a trait, and those without."""

    trait: str
    words: str
    these: list[Result]
    others: list[Result]

    @property
    def id(self) -> str:
        """Stable: the same advice has the same id in every week."""
        return f"{self.trait}:{self.these[0].account_id}"


@dataclass(frozen=True)
class Advice:
    """A recommendation, and the line with its numbers."""

    recommendation: Recommendation
    line: Line


def comparisons(recent: Sequence[Result]) -> list[Comparison]:
    """All that can be compared: both sides have at least the minimum sample.

    No division is made twice: where two traits divide the posts in the same way, it bears the name of the better side.
    """
    rated = [one for one in recent if rates_of([one])]
    found: dict[frozenset[frozenset[object]], Comparison] = {}
    for group in grouped(rated, lambda one: one.account_id).values():
        for one in (*_by_hook(group), *_by_pillar(group)):
            if min(len(one.these), len(one.others)) >= MIN_SAMPLE:
                sides = frozenset({frozenset(r.post_id for r in one.these), frozenset(r.post_id for r in one.others)})
                found[sides] = max(found.get(sides, one), one, key=lambda each: fmean(rates_of(each.these)))
    return list(found.values())


def advise(recent: Sequence[Result], *, seed: str) -> list[Advice]:
    """What the last four weeks support, the largest difference first; often nothing."""
    tried = comparisons(recent)
    level = FALSE_ALARMS / max(1, len(tried))
    sure = [one for one in tried if _is_sure(one, seed=f"{seed}:{one.id}", level=level)]
    return sorted((_advice(one) for one in sure), key=lambda advice: -abs(advice.line.insights[-1].value))


def _is_sure(comparison: Comparison, *, seed: str, level: float) -> bool:
    rates, others = rates_of(comparison.these), rates_of(comparison.others)
    interval = difference_interval(rates, others)
    if interval is None or interval[0] <= 0 <= interval[1]:
        return False
    return is_unlikely_by_chance(rates, others, seed=seed, level=level)


def _by_hook(group: Sequence[Result]) -> Iterator[Comparison]:
    for hook, these in grouped(group, lambda one: one.hook).items():
        yield _against_the_rest(f"hook.{hook.value}", f"posts that begin with {hook.label}", these, group)


def _by_pillar(group: Sequence[Result]) -> Iterator[Comparison]:
    for pillar, these in grouped(group, lambda one: one.pillar).items():
        if pillar is not None:
            yield _against_the_rest(f"pillar.{pillar}", f"posts about “{pillar}”", these, group)


def _against_the_rest(trait: str, words: str, these: list[Result], group: Sequence[Result]) -> Comparison:
    chosen = {one.post_id for one in these}
    return Comparison(trait, words, these, [one for one in group if one.post_id not in chosen])


def _advice(comparison: Comparison) -> Advice:
    line = compared(
        comparison.these, comparison.others, label=comparison.trait, words=(comparison.words, "the account's others")
    )
    gap = line.insights[-1]
    low, high = gap.interval or (gap.value, gap.value)
    more = "more" if gap.value > 0 else "fewer"
    recommendation = Recommendation(
        id=comparison.id,
        change=f"On {account_name(comparison.these[0])}, plan {more} {comparison.words}.",
        reason=line.text,
        evidence=[
            Evidence(statement=one.statement, metric=one.metric, value=one.value, sample=one.sample, rows=one.rows)
            for one in line.insights
        ],
        predicted_effect=(
            f"{points(low)} to {points(high)} in the engagement rate of such a post against the others, if the coming "
            "weeks are like the last four. The trait need not be the cause: these posts may differ in other ways too."
        ),
    )
    return Advice(recommendation, line)
