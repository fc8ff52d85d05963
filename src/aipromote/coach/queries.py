"""Reads: summaries, which are owed, and the rows that a summary is made from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    DateTime,
    bindparam,
    cast,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.analytics.jobs import SLOTS
from aipromote.analytics.queries import Result, results
from aipromote.channels.models import SocialAccount
from aipromote.coach.jobs import EndedWeek
from aipromote.coach.models import WeeklySummary
from aipromote.coach.week import Week
from aipromote.jobs.kinds import Due
from aipromote.organizations.models import Organization
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus

ONE_DAY = SLOTS[1]
WEEKS_COMPARED = 4


@dataclass(frozen=True)
class Material:
    """All that a summary is made from.

    `posts` are those published in the week, or scheduled in it and not published, by status. `published` has the newest
    numbers of the former; `recent` are the posts of four weeks up to the end of this one, measured one day after
    publication, so that younger and older posts compare.
    """

    week: Week
    posts: dict[PostStatus, list[UUID]]
    published: list[Result]
    recent: list[Result]


async def pending_summaries(session: AsyncSession, *, limit: int) -> Sequence[Due[EndedWeek]]:
    """Weeks of all organizations that have ended, had posts and have no summary yet, the oldest first."""
    owed = func.doors.owed_summaries(clock.now(), limit).table_valued("organization_id", "week_start")
    rows = await session.execute(select(owed.c.organization_id, owed.c.week_start))
    return [Due(EndedWeek(organization_id=row.organization_id, week_start=row.week_start)) for row in rows]


async def summaries(session: AsyncSession, *, organization_id: UUID, limit: int = 52) -> Sequence[WeeklySummary]:
    """The organization's summaries, the newest first."""
    mine = select(WeeklySummary).where(WeeklySummary.organization_id == organization_id)
    return (await session.scalars(mine.order_by(WeeklySummary.week_start.desc()).limit(limit))).all()


async def summary(
    session: AsyncSession, *, organization_id: UUID, week_start: date, lock: bool = False
) -> WeeklySummary | None:
    """The summary of the week that began on this Monday; None when there is none. `lock` keeps others from it."""
    found = (
        select(WeeklySummary)
        .where(WeeklySummary.organization_id == organization_id, WeeklySummary.week_start == week_start)
        .execution_options(populate_existing=True)
    )
    return await session.scalar(found.with_for_update() if lock else found)


async def newest(session: AsyncSession, *, organization_id: UUID) -> tuple[WeeklySummary, bool] | None:
    """The newest summary, and whether its week's numbers are simulated; None before the first."""
    simulated = _is_simulated(organization_id, WeeklySummary.week_start)
    mine = select(WeeklySummary, simulated).where(WeeklySummary.organization_id == organization_id)
    row = (await session.execute(mine.order_by(WeeklySummary.week_start.desc()).limit(1))).first()
    return None if row is None else (row[0], row[1])


async def simulated_weeks(session: AsyncSession, *, organization_id: UUID, weeks: Collection[date]) -> frozenset[date]:
    """Those of the Mondays in whose week something went out into the sandbox network: whose numbers are simulated."""
    asked = func.unnest(bindparam("weeks", list(weeks), ARRAY(Date))).column_valued("week")
    rows = await session.scalars(select(asked).where(_is_simulated(organization_id, asked)))
    return frozenset(rows)


def _is_simulated(organization_id: UUID, monday: Any) -> ColumnElement[bool]:
    """Whether something went out into the sandbox in the week of that Monday, on the organization's own calendar.

    Only the week's posts are read, however many there were before.
    """
    zone = select(Organization.time_zone).where(Organization.id == organization_id).scalar_subquery()

    def begins(day: ColumnElement[date]) -> ColumnElement[datetime]:
        return func.timezone(zone, cast(day, DateTime))

    return (
        exists()
        .where(
            ScheduledPost.organization_id == organization_id,
            ScheduledPost.status == PostStatus.PUBLISHED,
            ScheduledPost.published_at >= begins(monday),
            ScheduledPost.published_at < begins(monday + 7),
            SocialAccount.organization_id == organization_id,
            SocialAccount.id == ScheduledPost.social_account_id,
            SocialAccount.connector == "sandbox",
        )
        .correlate_except(ScheduledPost, SocialAccount)
    )


async def material(session: AsyncSession, *, organization_id: UUID, week: Week) -> Material:
    """The rows behind the week's summary."""
    window = week.back(WEEKS_COMPARED - 1)
    return Material(
        week=week,
        posts=await _posts_by_status(session, organization_id=organization_id, week=week),
        published=await results(session, organization_id=organization_id, start=week.start, end=week.end),
        recent=await results(session, organization_id=organization_id, start=window.start, end=week.end, slot=ONE_DAY),
    )


async def _posts_by_status(session: AsyncSession, *, organization_id: UUID, week: Week) -> dict[PostStatus, list[UUID]]:
    went_out = ScheduledPost.status == PostStatus.PUBLISHED
    within = or_(
        went_out & (ScheduledPost.published_at >= week.start) & (ScheduledPost.published_at < week.end),
        ~went_out & (ScheduledPost.scheduled_at >= week.start) & (ScheduledPost.scheduled_at < week.end),
    )
    rows = await session.execute(
        select(ScheduledPost.status, ScheduledPost.id)
        .where(ScheduledPost.organization_id == organization_id, within)
        .order_by(ScheduledPost.scheduled_at, ScheduledPost.id)
    )
    posts: dict[PostStatus, list[UUID]] = {}
    for status, post_id in rows:
        posts.setdefault(status, []).append(post_id)
    return posts
