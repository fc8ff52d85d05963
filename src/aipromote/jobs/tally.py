"""What the processes of an instance have counted: numbers that only grow, added up in Redis.

Counting is cheap (a dictionary, no I/O) and may be done anywhere, like logging. A worker adds what it has counted to
the sums in Redis with each heartbeat and when it stops, so that one look at Redis tells of all of them. The sums begin
anew when Redis is emptied, as counters may; what a killed process had not added yet, a heartbeat's worth, is lost.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from threading import Lock
from typing import Any

import structlog
from redis.asyncio import Redis

from aipromote.jobs.connection import UNREACHABLE

log: structlog.stdlib.BoundLogger = structlog.get_logger()

SECONDS = (
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0, 86_400.0,
)  # fmt: skip
BORDERS: dict[str, tuple[float, ...]] = {}
"""Upper borders of a histogram's buckets, ascending, where they are not `SECONDS`."""

_MOST_SERIES = 2000
_ONE, _SUM, _UP_TO = "n", "sum", "le "

Series = tuple[str, tuple[tuple[str, str], ...]]
"""A name and its labels, in order."""


@dataclass(frozen=True)
class Counter:
    """How often something has happened, or how much of it."""

    name: str
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True)
class Histogram:
    """How large something was. `buckets` are cumulative, by upper border; the last border is `+Inf`."""

    name: str
    labels: Mapping[str, str]
    buckets: tuple[tuple[str, float], ...]
    sum: float
    count: float


@dataclass(frozen=True)
class Tally:
    """Everything that was counted, by name and labels."""

    counters: tuple[Counter, ...]
    histograms: tuple[Histogram, ...]


_lock = Lock()
_counted: dict[tuple[Series, str], float] = {}
"""What was not yet added to Redis: by series and part (the number itself, a histogram's sum, one of its buckets)."""


def count(name: str, amount: float = 1.0, **labels: str) -> None:
    """Something has happened. Labels come from small fixed sets: never an id, never what a stranger wrote."""
    with _lock:
        _add(((name, tuple(sorted(labels.items()))), _ONE), amount)


def observe(name: str, value: float, **labels: str) -> None:
    """Something was so large. In seconds, unless `BORDERS` has others for the name."""
    borders = BORDERS.get(name, SECONDS)
    place = bisect_left(borders, value)
    border = borders[place] if place < len(borders) else math.inf
    series = (name, tuple(sorted(labels.items())))
    with _lock:
        _add((series, _up_to(border)), 1.0)
        _add((series, _SUM), value)


async def flush(redis: Redis, *, prefix: str) -> None:
    """Add what this process has counted to the sums, in one round trip, all of it or nothing.

    Raises what redis-py raises when the server is away; then it is added the next time.
    """
    with _lock:
        counted = dict(_counted)
        _counted.clear()
    if not counted:
        return
    try:
        async with redis.pipeline(transaction=True) as pipe:
            for ((name, labels), part), amount in counted.items():
                pipe.hincrbyfloat(_key(prefix), json.dumps([name, dict(labels), part]), amount)
            await pipe.execute()
    except UNREACHABLE:
        with _lock:
            for place, amount in counted.items():
                _add(place, amount)
        raise


async def read(redis: Redis, *, prefix: str) -> Tally:
    """The sums of all processes. Raises what redis-py raises when the server is away."""
    stored: Any = await redis.hgetall(_key(prefix))
    found: dict[Series, dict[str, float]] = {}
    for field, amount in stored.items():
        name, labels, part = json.loads(field)
        found.setdefault((name, tuple(labels.items())), {})[part] = float(amount)
    counters, histograms = [], []
    for (name, labels), parts in sorted(found.items()):
        if _ONE in parts:
            counters.append(Counter(name, dict(labels), parts[_ONE]))
        else:
            histograms.append(_histogram(name, dict(labels), parts))
    return Tally(tuple(counters), tuple(histograms))


def _add(place: tuple[Series, str], amount: float) -> None:
    if place not in _counted and len(_counted) >= _MOST_SERIES:
        log.warning("not counted: too many different things are", name=place[0][0])
        return
    _counted[place] = _counted.get(place, 0.0) + amount


def _histogram(name: str, labels: Mapping[str, str], parts: Mapping[str, float]) -> Histogram:
    inside = {float(part[len(_UP_TO) :]): amount for part, amount in parts.items() if part.startswith(_UP_TO)}
    borders = sorted({*BORDERS.get(name, SECONDS), *inside, math.inf})
    sums = tuple(accumulate(inside.get(border, 0.0) for border in borders))
    buckets = tuple((_shown(border), up_to) for border, up_to in zip(borders, sums, strict=True))
    return Histogram(name, labels, buckets, sum=parts.get(_SUM, 0.0), count=sums[-1])


@cache
def _up_to(border: float) -> str:
    return _UP_TO + _shown(border)


def _shown(border: float) -> str:
    return "+Inf" if math.isinf(border) else repr(border)


def _key(prefix: str) -> str:
    return f"{prefix}:tally"
