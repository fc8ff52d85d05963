"""Sums that are true: over one snapshot per post, with the number of posts that each sum speaks of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from aipromote.analytics.models import COUNTERS, Numbers


@dataclass(frozen=True, slots=True)
class Sum:
    """`total` over the `posts` that report it. None when none does: that is not zero."""

    total: int | None
    posts: int


@dataclass(frozen=True, slots=True)
class Totals:
    """All counters of a group of posts: `posts` were published, `measured` of them have numbers.

    `engagement_rate` is the mean of the posts' own rates, over `rated` posts.
    """

    posts: int
    measured: int
    counters: Mapping[str, Sum]
    engagement_rate: float | None
    rated: int

    def __getitem__(self, counter: str) -> Sum:
        return self.counters[counter]


class Measured(Protocol):
    """Anything that has the newest snapshot of one post."""

    @property
    def snapshot(self) -> Numbers | None:
        """None when the post was not measured yet."""
        ...


M = TypeVar("M", bound=Measured)
K = TypeVar("K")


def add_up(snapshots: Sequence[Numbers | None]) -> Totals:
    """Sum one snapshot per post; None stands for a post that was not measured yet."""
    known = [snapshot for snapshot in snapshots if snapshot is not None]
    rates = [snapshot.engagement_rate for snapshot in known if snapshot.engagement_rate is not None]
    return Totals(
        posts=len(snapshots),
        measured=len(known),
        counters={name: _sum(getattr(snapshot, name) for snapshot in known) for name in COUNTERS},
        engagement_rate=sum(rates) / len(rates) if rates else None,
        rated=len(rates),
    )


def grouped(results: Iterable[M], key: Callable[[M], K]) -> dict[K, list[M]]:
    """The results by what `key` says of each, in the order in which the groups first appear."""
    groups: dict[K, list[M]] = {}
    for result in results:
        groups.setdefault(key(result), []).append(result)
    return groups


def totals_by(results: Iterable[M], key: Callable[[M], K]) -> dict[K, Totals]:
    """Totals of each group."""
    return {name: add_up([one.snapshot for one in group]) for name, group in grouped(results, key).items()}


def _sum(values: Iterable[int | None]) -> Sum:
    reported = [value for value in values if value is not None]
    return Sum(total=sum(reported) if reported else None, posts=len(reported))
