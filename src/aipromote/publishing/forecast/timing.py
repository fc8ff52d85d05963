"""When forecasts are made."""

from __future__ import annotations

from datetime import datetime, timedelta

AHEAD = timedelta(hours=24)
"""A day: time enough for a person to see the letter and repair what it names, whatever hour the post is due at."""
_CALM = timedelta(minutes=15)
"""What can change without anybody changing a row (a network, a file, a fact that expires) may go unseen so long."""
_AT_RISK = timedelta(minutes=1)
"""Somebody may be repairing it and wants to see it turn green."""
_LAST = timedelta(minutes=3)
"""The last look is so long before the post is due: late enough to hold, early enough to do something still."""


def next_look(*, now: datetime, due: datetime, is_at_risk: bool) -> datetime:
    """When to look at the post again; after its time nobody looks."""
    if is_at_risk:
        return now + _AT_RISK
    last = due - _LAST
    return min(now + _CALM, last) if last > now else max(due, now + _AT_RISK)
