"""Rates of one post: fractions 0..1, or None where they cannot be known."""

from __future__ import annotations

from typing import Protocol

import structlog

log: structlog.stdlib.BoundLogger = structlog.get_logger()

REACTIONS = ("likes", "comments", "shares", "saves")


class Counted(Protocol):
    """Anything with a post's counters: what a network reported, a measurement, a snapshot."""

    @property
    def impressions(self) -> int | None:
        """How often it was shown."""
        ...

    @property
    def clicks(self) -> int | None:
        """How often its link was followed."""
        ...


def engagement(metrics: Counted) -> int | None:
    """Likes, comments, shares and saves together, as far as the network reports them; None when it reports none."""
    reported = [value for name in REACTIONS if (value := getattr(metrics, name)) is not None]
    return sum(reported) if reported else None


def engagement_rate(metrics: Counted) -> float | None:
    """Reactions per impression."""
    return _fraction("engagement rate", engagement(metrics), metrics.impressions)


def click_rate(metrics: Counted) -> float | None:
    """Clicks per impression."""
    return _fraction("click rate", metrics.clicks, metrics.impressions)


def _fraction(name: str, part: int | None, whole: int | None) -> float | None:
    """None where the network counts so differently that there are more of the part than of the whole."""
    if part is None or not whole:
        return None
    if part > whole:
        log.warning("rate left out: more than one for each impression", rate=name, part=part, impressions=whole)
        return None
    return part / whole
