"""Reads: what was gained by day, on the organization's own calendar.

A gain is what a post's counters grew by between two collections, on the day of the later one. Gains can be added up,
over days and over posts, and stay when the plan's retention has removed the snapshots behind them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Select, cast, distinct, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.analytics.models import COUNTERS, DayGain
from aipromote.analytics.states import MetricType
from aipromote.analytics.totals import Sum
from aipromote.content.models import ContentPiece, Pillar
from aipromote.documents.vocabulary import Platform


@dataclass(frozen=True, slots=True)
class Day:
    """What all posts of one network gained on one day: `posts` of them were measured."""

    day: date
    platform: Platform
    posts: int
    gains: Mapping[str, Sum]

    def __getitem__(self, counter: str) -> Sum:
        return self.gains[counter]


@dataclass(frozen=True, slots=True)
class Gains:
    """What a group of posts gained in a time: `posts` of them were measured in it."""

    posts: int
    gains: Mapping[str, Sum]

    def __getitem__(self, counter: str) -> Sum:
        return self.gains[counter]


async def daily(session: AsyncSession, *, organization_id: UUID, start: date, end: date) -> list[Day]:
    """The gains of each day in [start, end) and each network, by day. Days on which nothing was measured are absent."""
    statement = _sums(organization_id, start, end, DayGain.day, DayGain.platform)
    rows = await session.execute(
        statement.group_by(DayGain.day, DayGain.platform).order_by(DayGain.day, DayGain.platform)
    )
    return [Day(row.day, row.platform, row.posts, _gains(row)) for row in rows]


async def totals(
    session: AsyncSession, *, organization_id: UUID, start: date, end: date, platform: Platform | None = None
) -> Gains:
    """The gains of all days in [start, end), of all networks or of one, whenever the posts were published.

    Other than `queries.totals`, which sums up the posts that were published in a time, whenever their numbers came.
    """
    statement = _sums(organization_id, start, end)
    if platform is not None:
        statement = statement.where(DayGain.platform == platform)
    row = (await session.execute(statement)).one()
    return Gains(row.posts, _gains(row))


async def by_pillar(session: AsyncSession, *, organization_id: UUID, start: date, end: date) -> dict[str | None, Gains]:
    """The gains of all days in [start, end) by the pillar that each piece has now; None: without one."""
    statement = (
        _sums(organization_id, start, end, Pillar.name.label("pillar"))
        .outerjoin(
            ContentPiece,
            (ContentPiece.organization_id == DayGain.organization_id) & (ContentPiece.id == DayGain.content_piece_id),
        )
        .outerjoin(
            Pillar, (Pillar.organization_id == ContentPiece.organization_id) & (Pillar.id == ContentPiece.pillar_id)
        )
    )
    rows = await session.execute(statement.group_by(Pillar.name).order_by(Pillar.name))
    return {row.pillar: Gains(row.posts, _gains(row)) for row in rows}


def _sums(organization_id: UUID, start: date, end: date, *columns: Any) -> Select[Any]:
    sums = [cast(func.sum(getattr(DayGain, name)), BigInteger).label(name) for name in COUNTERS]
    reporting = [
        func.count(distinct(DayGain.scheduled_post_id))
        .filter(getattr(DayGain, name).is_not(None))
        .label(f"{name}_posts")
        for name in COUNTERS
    ]
    return (
        select(*columns, func.count(distinct(DayGain.scheduled_post_id)).label("posts"), *sums, *reporting)
        .select_from(DayGain)
        .where(
            DayGain.organization_id == organization_id,
            DayGain.day >= start,
            DayGain.day < end,
            DayGain.metric_type == MetricType.ENGAGEMENT,
        )
    )


def _gains(row: Any) -> dict[str, Sum]:
    return {name: Sum(getattr(row, name), getattr(row, f"{name}_posts")) for name in COUNTERS}
