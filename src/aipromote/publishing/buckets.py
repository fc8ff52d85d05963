"""The token buckets of an account, as they are stored, and the arithmetic of them. Pure.

A bucket holds at most `size` tokens and fills evenly, from empty to full in `seconds`. So within any span no more posts
go out than `size` and what has filled meanwhile. A clock that was put back neither fills nor empties anything.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aipromote.connectors.contract import Quota

_DUST = 1e-6
"""Tokens that get lost in the arithmetic: a turn that was worked out must not fail for them when it has come."""
_TICK = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Bucket:
    """One quota of calls: it holds `size` tokens at most, and fills from empty to full in `seconds`."""

    size: int
    """Calls that the network allows within `seconds`."""
    seconds: int
    tokens: float
    """What was left at the time that the account's row names; one call takes one."""


Buckets = tuple[Bucket, ...]


def fitted(stored: Iterable[Bucket], quotas: Sequence[Quota]) -> Buckets:
    """One bucket for each quota. A quota that was raised or lowered keeps count of what was used; a new one is full."""
    used = {bucket.seconds: bucket.size - bucket.tokens for bucket in stored}
    return tuple(
        Bucket(size=quota.size, seconds=quota.seconds, tokens=_within(quota.size - used.get(quota.seconds, 0.0), quota))
        for quota in quotas
    )


def filled(buckets: Buckets, *, since: datetime, now: datetime) -> Buckets:
    """As full as they are at `now`, given how full they were at `since`."""
    elapsed = (now - since).total_seconds()
    if elapsed <= 0:
        return buckets
    return tuple(_with(bucket, bucket.tokens + elapsed * bucket.size / bucket.seconds) for bucket in buckets)


def taken(buckets: Buckets, tokens: int) -> Buckets:
    """Without so many tokens, or empty: what needs more than a bucket ever holds takes all of it."""
    return tuple(_with(bucket, bucket.tokens - tokens) for bucket in buckets)


def wait(bucket: Bucket, tokens: int) -> timedelta:
    """How long until it holds so many, or is full where it never holds as many. Nothing when it does already."""
    missing = min(tokens, bucket.size) - bucket.tokens
    if missing <= _DUST:
        return timedelta(0)
    milliseconds = math.ceil(missing * bucket.seconds * 1000 / bucket.size)
    return milliseconds * _TICK


def _with(bucket: Bucket, tokens: float) -> Bucket:
    return Bucket(bucket.size, bucket.seconds, _within(tokens, bucket))


def _within(tokens: float, limit: Bucket | Quota) -> float:
    return min(float(limit.size), max(0.0, tokens))
