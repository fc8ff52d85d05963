"""When the posts of an account would really leave, one after another, as its network lets them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from aipromote.connectors.contract import Limits
from aipromote.publishing.buckets import filled, fitted, taken, wait
from aipromote.publishing.changes import Key
from aipromote.publishing.models import AccountPace

Brake = Literal["closed", "quota", "gap"]


@dataclass(frozen=True, slots=True)
class Planned:
    """A post that is to leave at `due_at` and sends so many messages, one for each part that is not out yet."""

    key: Key
    due_at: datetime
    messages: int


@dataclass(frozen=True, slots=True)
class Departure:
    """When it leaves at the earliest, and what holds it up most; None where nothing does."""

    at: datetime
    brake: Brake | None


def departures(planned: Sequence[Planned], *, limits: Limits, pace: AccountPace | None) -> dict[Key, Departure]:
    """The posts of one account, in the order of their times; the publish step keeps the same pace when they are due."""
    gap = timedelta(seconds=limits.min_gap_seconds)
    last = pace.armed_at if pace else None
    closed_until = pace.closed_until if pace else None
    buckets, since = fitted(pace.buckets if pace else (), limits.quotas), pace.filled_at if pace else None
    found = {}
    for one in sorted(planned, key=lambda one: (one.due_at, one.key)):
        holds: list[tuple[datetime, Brake | None]] = [(one.due_at, None)]
        if last is not None:
            holds.append((last + gap, "gap"))
        if closed_until is not None:
            holds.append((closed_until, "closed"))
        at, brake = max(holds, key=lambda hold: hold[0])
        buckets = filled(buckets, since=since or at, now=at)
        pause = max((wait(bucket, one.messages) for bucket in buckets), default=timedelta(0))
        if pause:
            buckets = filled(buckets, since=at, now=at + pause)
            at, brake = at + pause, "quota" if pause > at - one.due_at else brake
        buckets = taken(buckets, one.messages)
        last = since = at
        found[one.key] = Departure(at, brake)
    return found
