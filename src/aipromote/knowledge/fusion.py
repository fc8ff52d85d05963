"""Several rankings as one, by reciprocal rank fusion: what several of them found comes first.

A rank says the same in each of them; scores of words and distances of vectors have no common scale.
(Cormack, Clarke and Büttcher, SIGIR 2009.)
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

K = 60
"""From the paper: how little the first places differ."""

H = TypeVar("H", bound=Hashable)


def fused(*rankings: Sequence[H]) -> dict[H, float]:
    """The score of each item, the best first. Each ranking has its best first, and nothing twice.

    Items with the same score stand in the order of the rankings.
    """
    scores: dict[H, float] = {}
    for ranking in rankings:
        for rank, item in enumerate(ranking, 1):
            scores[item] = scores.get(item, 0.0) + 1 / (K + rank)
    return dict(sorted(scores.items(), key=lambda entry: -entry[1]))
