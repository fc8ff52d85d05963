"""What a week's rows say, one key insight for each number, in lines that a letter can print.

Rates are only ever compared inside one account: each network counts impressions in its own way, and each account has an
audience of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from uuid import UUID

from aipromote.analytics.models import Snapshot
from aipromote.analytics.queries import Result
from aipromote.analytics.rates import engagement
from aipromote.analytics.totals import grouped
from aipromote.coach.numbers import MIN_SAMPLE, Interval, difference_interval, mean_interval
from aipromote.coach.queries import Material
from aipromote.coach.words import account_name, beginning, between, counted, listed, percent, points, simulated
from aipromote.documents.learning import KeyInsight
from aipromote.publishing.states import PostStatus

_SUMMED = ("impressions", "likes", "comments", "shares", "saves", "clicks")
_UNSENT = {
    PostStatus.FAILED: "failed and did not go out",
    PostStatus.MISSED: "missed its time and was not sent",
    PostStatus.UNCONFIRMED: "went out without an answer, and it is not known whether the network has it",
    PostStatus.CANCELLED: "was cancelled",
    PostStatus.RETRYING: "is still being tried",
    PostStatus.SCHEDULED: "still waits",
    PostStatus.PUBLISHING: "is being sent",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence, and the insights that its numbers come from."""

    text: str
    insights: tuple[KeyInsight, ...]


def what_went_out(material: Material) -> list[Line]:
    """Counts of posts: published, by network and pillar, and what did not go out."""
    out = material.posts.get(PostStatus.PUBLISHED, [])
    by_platform = grouped(material.published, lambda one: one.platform)
    by_pillar = grouped(material.published, lambda one: one.pillar)
    lines = [
        _count("posts.published", out, f"{counted(len(out), 'post')} went out."),
        *_shares("By network", {f"{one.value}": (f"on {one.label}", group) for one, group in by_platform.items()}),
        *_shares(
            "By pillar",
            {
                f"pillar.{one or ''}": (f"about “{one}”" if one else "without a pillar", group)
                for one, group in by_pillar.items()
            },
        ),
    ]
    for status, words in _UNSENT.items():
        if ids := material.posts.get(status, []):
            each = "" if len(ids) == 1 else " each"
            lines.append(_count(f"posts.{status.value.lower()}", ids, f"{counted(len(ids), 'post')}{each} {words}."))
    return lines


def what_came_of_it(material: Material) -> list[Line]:
    """Sums and mean rates for each account, and the post that most people reacted to."""
    lines: list[Line] = []
    for group in grouped(material.published, lambda one: one.account_id).values():
        lines += _summed(group)
        if rated := _rated(group):
            lines.append(_rate_line("engagement_rate.mean", rated, account_name(group[0])))
    rest = (_overall_rate(material.published), _top_line(material.published), _unmeasured(material.published))
    return [*lines, *(line for line in rest if line is not None)]


def against_the_week_before(material: Material) -> list[Line]:
    """Mean engagement rates of this week and the last, one day after publication; where both have enough posts."""
    lines: list[Line] = []
    for group in grouped(_rated(material.recent), lambda one: one.account_id).values():
        now = [one for one in group if one.published_at >= material.week.start]
        before = [one for one in group if material.week.back(1).start <= one.published_at < material.week.start]
        if min(len(now), len(before)) >= MIN_SAMPLE:
            lines.append(compared(now, before, label="week", words=("this week's posts", "last week's")))
    return lines


def top_performer(published: Sequence[Result]) -> Result | None:
    """The post with the most likes, comments, shares and saves; of equals the earlier one. None where none is reported.

    A count, and no rate: rates of different networks cannot be ranked.
    """
    counted_posts = [(reactions, one) for one in published if (reactions := _reactions(one))]
    return max(counted_posts, key=lambda pair: pair[0])[1] if counted_posts else None


def compared(first: Sequence[Result], second: Sequence[Result], *, label: str, words: tuple[str, str]) -> Line:
    """Two groups of rated posts of one account, side by side: both means and their difference with its interval."""
    rates, others = rates_of(first), rates_of(second)
    difference = fmean(rates) - fmean(others)
    interval = difference_interval(rates, others)
    where = f"{account_name(first[0])}, one day after publication{simulated([*first, *second])}"
    metric = f"engagement_rate.one_day.{label}"
    insights = tuple(
        KeyInsight(
            statement=f"{where}: {whose} had a mean engagement rate of {percent(fmean(rates_of(group)))}.",
            metric=f"{metric}.{side}",
            value=fmean(rates_of(group)),
            interval=_fraction(mean_interval(rates_of(group))),
            sample=len(group),
            rows=snapshot_rows(group),
        )
        for side, whose, group in (("these", words[0], first), ("others", words[1], second))
    )
    gap = KeyInsight(
        statement=f"{where}: {words[0]} against {words[1]}: {points(difference)}{between(interval, points)}.",
        metric=f"{metric}.difference",
        value=difference,
        interval=interval,
        sample=len(first) + len(second),
        rows=snapshot_rows([*first, *second]),
    )
    text = (
        f"{where}: {words[0]} had a mean engagement rate of {percent(fmean(rates))}, {words[1]} "
        f"{percent(fmean(others))}: {points(difference)}{between(interval, points)}{_sureness(interval)}"
    )
    return Line(text, (*insights, gap))


def rates_of(group: Iterable[Result]) -> list[float]:
    """The engagement rates of the posts that have one."""
    return [rate for one in group if one.snapshot is not None and (rate := one.snapshot.engagement_rate) is not None]


def snapshot_rows(group: Iterable[Result]) -> list[str]:
    """The snapshots behind a figure."""
    return [f"{Snapshot.__tablename__}:{one.snapshot.id}" for one in group if one.snapshot is not None]


def _count(metric: str, ids: Sequence[UUID], text: str) -> Line:
    rows = [f"scheduled_posts:{post_id}" for post_id in ids]
    return Line(text, (KeyInsight(statement=text, metric=metric, value=len(ids), sample=len(ids), rows=rows),))


def _shares(words: str, groups: Mapping[str, tuple[str, Sequence[Result]]]) -> list[Line]:
    """One sentence on how many posts each group has, by the end of its metric's name; none without groups."""
    counts = [
        _count(f"posts.published.{name}", [one.post_id for one in group], f"{counted(len(group), 'post')} {which}.")
        for name, (which, group) in groups.items()
    ]
    parts = [f"{len(group)} {which}" for which, group in groups.values()]
    if not parts:
        return []
    return [Line(f"{words}: {listed(parts)}.", tuple(insight for line in counts for insight in line.insights))]


def _summed(group: Sequence[Result]) -> list[Line]:
    """The sums of an account's counters, each post at its newest. Those of the same posts share a sentence.

    A counter that the network does not report is left out.
    """
    reporting = {
        name: [one for one in group if one.snapshot is not None and getattr(one.snapshot, name) is not None]
        for name in _SUMMED
    }
    by_posts: dict[tuple[UUID, ...], list[str]] = {}
    for name, posts in reporting.items():
        if posts:
            by_posts.setdefault(tuple(one.post_id for one in posts), []).append(name)
    return [_sums_of(names, reporting[names[0]]) for names in by_posts.values()]


def _sums_of(names: Sequence[str], posts: Sequence[Result]) -> Line:
    who, over = account_name(posts[0]), f"over {counted(len(posts), 'post')}{simulated(posts)}"
    totals = {name: sum(getattr(one.snapshot, name) for one in posts) for name in names}
    whats = {name: counted(total, name.removesuffix("s")) for name, total in totals.items()}
    insights = tuple(
        KeyInsight(
            statement=f"{who}: {whats[name]} {over}.",
            metric=f"{name}.sum",
            value=totals[name],
            sample=len(posts),
            rows=snapshot_rows(posts),
        )
        for name in names
    )
    return Line(f"{who}: {listed(list(whats.values()))} {over}.", insights)


def _overall_rate(published: Sequence[Result]) -> Line | None:
    """Over several accounts, for the record of the week; only sensible beside other weeks of the same mix."""
    rated = _rated(published)
    if len({one.account_id for one in rated}) <= 1:
        return None
    who = "All accounts together (each network counts impressions in its own way: compare this only with other weeks)"
    return _rate_line("engagement_rate.mean.all", rated, who)


def _unmeasured(published: Sequence[Result]) -> Line | None:
    ids = [one.post_id for one in published if one.snapshot is None]
    text = f"No numbers have come in yet for {counted(len(ids), 'post')}; left out above, and not counted as zero."
    return _count("posts.unmeasured", ids, text) if ids else None


def _rate_line(metric: str, rated: Sequence[Result], who: str) -> Line:
    rates = rates_of(rated)
    interval = _fraction(mean_interval(rates))
    few = "" if interval else ", too few to conclude anything"
    text = (
        f"{who}: {percent(fmean(rates))} mean engagement rate{between(interval, percent)} "
        f"over {counted(len(rates), 'post')}{few}{simulated(rated)}."
    )
    insight = KeyInsight(
        statement=text,
        metric=metric,
        value=fmean(rates),
        interval=interval,
        sample=len(rates),
        rows=snapshot_rows(rated),
    )
    return Line(text, (insight,))


def _top_line(published: Sequence[Result]) -> Line | None:
    top = top_performer(published)
    reactions = _reactions(top) if top else None
    if top is None or reactions is None:
        return None
    text = (
        f"Most people reacted to the post on {account_name(top)} that begins “{beginning(top.opening)}”: "
        f"{reactions:,} likes, comments, shares and saves together{simulated([top])}."
    )
    rows = [*snapshot_rows([top]), f"scheduled_posts:{top.post_id}"]
    return Line(text, (KeyInsight(statement=text, metric="reactions.top", value=reactions, sample=1, rows=rows),))


def _sureness(interval: Interval | None) -> str:
    if interval is not None and interval[0] <= 0 <= interval[1]:
        return "; this may be chance."
    return "."


def _rated(group: Iterable[Result]) -> list[Result]:
    return [one for one in group if rates_of([one])]


def _reactions(result: Result) -> int | None:
    return engagement(result.snapshot) if result.snapshot is not None else None


def _fraction(interval: Interval | None) -> Interval | None:
    """A rate lies between 0 and 1, whatever the arithmetic of its interval says."""
    return None if interval is None else (max(0.0, interval[0]), min(1.0, interval[1]))
