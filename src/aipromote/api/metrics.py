"""GET /metrics/daily: what was gained by day and network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from fastapi import APIRouter
from pydantic import BaseModel

from aipromote import clock
from aipromote.analytics import days
from aipromote.api.calls import Reading
from aipromote.api.lists import Shown
from aipromote.documents.vocabulary import Platform
from aipromote.errors import InvalidInput
from aipromote.organizations import queries as organizations

router = APIRouter()

_USUAL: Final = timedelta(days=28)
_LONGEST: Final = timedelta(days=366)


class GainOut(Shown):
    """A sum, and how many posts reported the counter. `total` is null where none did: missing is not zero."""

    total: int | None
    posts: int


class DayOut(BaseModel):
    """What all posts on one network gained on one day of the organization's calendar; `posts` of them were measured."""

    day: date
    platform: Platform
    posts: int
    gains: dict[str, GainOut]


class DaysOut(BaseModel):
    """The days in [start, end) on which something was measured."""

    start: date
    end: date
    data: list[DayOut]


@dataclass(frozen=True, slots=True)
class _Time:
    start: date
    end: date


@router.get("/metrics/daily")
async def daily(call: Reading, start: date | None = None, end: date | None = None) -> DaysOut:
    """Gains from `start` up to, not including, `end`; of the last 28 days where nothing is said."""
    zone = await organizations.time_zone(call.session, organization_id=call.organization_id)
    chosen = _chosen(start, end, today=clock.now().astimezone(zone).date())
    rows = await days.daily(call.session, organization_id=call.organization_id, start=chosen.start, end=chosen.end)
    shown = [
        DayOut(
            day=row.day,
            platform=row.platform,
            posts=row.posts,
            gains={name: GainOut(total=gain.total, posts=gain.posts) for name, gain in row.gains.items()},
        )
        for row in rows
    ]
    return DaysOut(start=chosen.start, end=chosen.end, data=shown)


def _chosen(start: date | None, end: date | None, *, today: date) -> _Time:
    try:
        last = end or (start + _USUAL if start else today + timedelta(days=1))
        first = start or last - _USUAL
    except OverflowError:
        raise InvalidInput("That is beyond the calendar.", field="start") from None
    if not timedelta(0) <= last - first <= _LONGEST:
        raise InvalidInput(f"Ask for at most {_LONGEST.days} days, from `start` up to `end`.", field="start")
    return _Time(first, last)
