"""Reads: what the posts of a time came to, all together and by network, pillar, form, weekday and hour.

Like every sum here, these take one snapshot per post, the newest. Simulated numbers are never mixed with true ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, Select, cast, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.analytics.models import DayGain, Newest
from aipromote.analytics.states import MetricType
from aipromote.analytics.usual import reactions
from aipromote.channels.models import SocialAccount
from aipromote.content.models import ContentPiece, Pillar
from aipromote.documents.vocabulary import ContentType, Platform
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus

HOURS: Final = 3
"""How many hours of the clock one cell of the week has: a single hour would have too few posts to say anything."""


@dataclass(frozen=True, slots=True)
class Span:
    """Posts published in [start, end), simulated ones or true ones, of one network or of all."""

    organization_id: UUID
    start: datetime
    end: datetime
    is_simulated: bool
    platform: Platform | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """What some posts came to. A counter is None where no network reported it, which is not zero.

    `posts` went out, `measured` of them have numbers. `rate` is the mean of the posts' own engagement rates (0..1),
    over `rated` posts. `measured_at` is when the newest of these numbers was taken.
    """

    posts: int
    measured: int
    impressions: int | None
    reach: int | None
    reactions: int | None
    clicks: int | None
    rate: float | None
    rated: int
    measured_at: datetime | None


NOTHING: Final = Group(0, 0, None, None, None, None, None, 0, None)


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The same posts, grouped in several ways. `by_hour` has a weekday (Monday 0) and the first hour of a cell."""

    total: Group
    by_platform: Mapping[Platform, Group]
    by_pillar: Mapping[str | None, Group]
    by_type: Mapping[ContentType, Group]
    by_hour: Mapping[tuple[int, int], Group]


@dataclass(frozen=True, slots=True)
class DayOfGains:
    """What all posts of a span gained on one day; None where nothing was reported on it."""

    day: date
    impressions: int | None
    reactions: int | None
    followers: int | None


async def breakdown(session: AsyncSession, span: Span, *, zone: str) -> Breakdown:
    """One walk over the posts of the span. Weekdays and hours are those of the zone."""
    local = func.timezone(zone, ScheduledPost.published_at)
    weekday = (cast(func.date_part("isodow", local), BigInteger) - 1).label("weekday")
    hour = (cast(func.floor(func.date_part("hour", local) / HOURS), BigInteger) * HOURS).label("hour")
    posts = posts_of(
        span,
        SocialAccount.platform.label("platform"),
        Pillar.name.label("pillar"),
        ContentPiece.type.label("type"),
        weekday,
        hour,
        Newest.impressions,
        Newest.reach,
        reactions().label("reactions"),
        Newest.clicks,
        Newest.engagement_rate,
        Newest.measured_at,
    )
    one = posts.cte("posts").c
    ways = func.grouping_sets(
        tuple_(), tuple_(one.platform), tuple_(one.pillar), tuple_(one.type), tuple_(one.weekday, one.hour)
    )
    which = func.grouping(one.platform, one.pillar, one.type, one.weekday, one.hour)
    statement = select(which, one.platform, one.pillar, one.type, one.weekday, one.hour, *_sums(one)).group_by(ways)
    rows = (await session.execute(statement)).all()
    return Breakdown(
        total=next((_group(row) for row in _of(rows, 0b11111)), NOTHING),
        by_platform={row.platform: _group(row) for row in _of(rows, 0b01111)},
        by_pillar={row.pillar: _group(row) for row in _of(rows, 0b10111)},
        by_type={row.type: _group(row) for row in _of(rows, 0b11011)},
        by_hour={(row.weekday, row.hour): _group(row) for row in _of(rows, 0b11100)},
    )


async def daily(session: AsyncSession, span: Span, *, start: date, end: date) -> dict[date, DayOfGains]:
    """Gains of the days in [start, end), whenever the posts went out; days on which nothing was measured are absent."""
    statement = (
        select(
            DayGain.day,
            cast(func.sum(DayGain.impressions), BigInteger),
            cast(func.sum(reactions(DayGain)), BigInteger),
            cast(func.sum(DayGain.followers_delta), BigInteger),
        )
        .join(
            ScheduledPost,
            (ScheduledPost.organization_id == DayGain.organization_id)
            & (ScheduledPost.id == DayGain.scheduled_post_id),
        )
        .join(SocialAccount, same(SocialAccount.id, ScheduledPost.social_account_id, SocialAccount.organization_id))
        .where(
            DayGain.organization_id == span.organization_id,
            DayGain.day >= start,
            DayGain.day < end,
            DayGain.metric_type == MetricType.ENGAGEMENT,
            (SocialAccount.connector == "sandbox") == span.is_simulated,
        )
        .group_by(DayGain.day)
    )
    if span.platform is not None:
        statement = statement.where(DayGain.platform == span.platform)
    return {row[0]: DayOfGains(*row) for row in await session.execute(statement)}


def posts_of(span: Span, *columns: Any) -> Select[Any]:
    """Columns of the span's posts, their accounts, pieces, pillars and newest numbers."""
    statement: Select[Any] = (
        select(*columns)
        .select_from(ScheduledPost)
        .join(SocialAccount, same(SocialAccount.id, ScheduledPost.social_account_id, SocialAccount.organization_id))
        .join(ContentPiece, same(ContentPiece.id, ScheduledPost.content_piece_id, ContentPiece.organization_id))
        .outerjoin(Pillar, same(Pillar.id, ContentPiece.pillar_id, Pillar.organization_id))
        .outerjoin(
            Newest,
            same(Newest.scheduled_post_id, ScheduledPost.id, Newest.organization_id)
            & (Newest.metric_type == MetricType.ENGAGEMENT),
        )
        .where(
            ScheduledPost.organization_id == span.organization_id,
            ScheduledPost.status == PostStatus.PUBLISHED,
            ScheduledPost.published_at >= span.start,
            ScheduledPost.published_at < span.end,
            (SocialAccount.connector == "sandbox") == span.is_simulated,
        )
    )
    return statement if span.platform is None else statement.where(SocialAccount.platform == span.platform)


def same(mine: Any, theirs: Any, organization: Any) -> Any:
    """The condition that joins a row of the same organization to a post."""
    return (organization == ScheduledPost.organization_id) & (mine == theirs)


def _sums(one: Any) -> list[Any]:
    counters = [
        cast(func.sum(one[name]), BigInteger).label(name) for name in ("impressions", "reach", "reactions", "clicks")
    ]
    return [
        func.count().label("posts"),
        func.count(one.measured_at).label("measured"),
        *counters,
        func.avg(one.engagement_rate).label("rate"),
        func.count(one.engagement_rate).label("rated"),
        func.max(one.measured_at).label("measured_at"),
    ]


def _group(row: Any) -> Group:
    return Group(**{name: getattr(row, name) for name in Group.__slots__})


def _of(rows: Sequence[Any], way: int) -> list[Any]:
    """The rows of one way of grouping: a bit is set for each column that it does not group by."""
    return [row for row in rows if row[0] == way]
