"""Estimates and how sure they are. Pure; every draw comes from a seed, so that the same rows give the same numbers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist, fmean, variance

Interval = tuple[float, float]

CONFIDENCE = 0.95
MIN_SAMPLE = 5
"""With fewer values than this nothing is concluded."""
_SHUFFLES = 1999


def mean_interval(values: Sequence[float]) -> Interval | None:
    """95 % interval of the mean by Student's t; None below the minimum sample.

    Values are taken as independent draws: one per post, never several snapshots of one.
    """
    if len(values) < MIN_SAMPLE:
        return None
    half = _t_quantile(len(values) - 1) * sqrt(variance(values) / len(values))
    return fmean(values) - half, fmean(values) + half


def difference_interval(first: Sequence[float], second: Sequence[float]) -> Interval | None:
    """95 % interval of mean(first) - mean(second) by Welch's t; None when either sample is too small."""
    if min(len(first), len(second)) < MIN_SAMPLE:
        return None
    one, other = variance(first) / len(first), variance(second) / len(second)
    difference = fmean(first) - fmean(second)
    if one + other == 0:
        return difference, difference
    freedom = (one + other) ** 2 / (one**2 / (len(first) - 1) + other**2 / (len(second) - 1))
    half = _t_quantile(freedom) * sqrt(one + other)
    return difference - half, difference + half


def is_unlikely_by_chance(first: Sequence[float], second: Sequence[float], *, seed: str, level: float) -> bool:
    """Whether a difference of means this large would come up in at most `level` of random divisions of the same values.

    A permutation test: it assumes nothing about the shape of the values, and on noise says yes at most that often.
    Stops as soon as the answer is no.
    """
    values, size = [*first, *second], len(first)
    total = sum(values)

    def gap(part: float) -> float:
        return abs(part / size - (total - part) / (len(values) - size))

    seen = gap(sum(first)) * (1 - 1e-9)  # sums in another order differ in their last digits
    allowed = level * (_SHUFFLES + 1) - 1
    draws = random.Random(seed)  # noqa: S311 -- not a secret
    as_large = 0
    for _ in range(_SHUFFLES):
        as_large += gap(sum(draws.sample(values, size))) >= seen
        if as_large > allowed:
            return False
    return as_large <= allowed


def _t_quantile(freedom: float) -> float:
    """Student's t at 97.5 %, by the Cornish-Fisher expansion: within 0.3 % from 4 degrees of freedom on."""
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )
