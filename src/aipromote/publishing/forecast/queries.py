"""Reads of forecasts, and which are to be made."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.jobs.kinds import Due
from aipromote.publishing.forecast.jobs import ForecastBatch
from aipromote.publishing.forecast.timing import AHEAD
from aipromote.publishing.jobs import BATCH
from aipromote.publishing.models import PostForecast, ScheduledPost
from aipromote.publishing.queries import in_batches
from aipromote.publishing.states import ForecastState, PostStatus

_AWAITED = (PostStatus.SCHEDULED, PostStatus.RETRYING)
_DUE_AT: ColumnElement[datetime] = func.coalesce(ScheduledPost.next_attempt_at, ScheduledPost.scheduled_at)


async def forecasts(
    session: AsyncSession, *, organization_id: UUID, post_ids: Collection[UUID]
) -> dict[UUID, PostForecast]:
    """By post, for those of the posts that still wait and come due within a day; others have no forecast (yet)."""
    found = _current(organization_id).where(ScheduledPost.id.in_(sorted(post_ids)))
    return {one.scheduled_post_id: one for one in await session.scalars(found)}


async def at_risk(session: AsyncSession, *, organization_id: UUID) -> Sequence[tuple[ScheduledPost, PostForecast]]:
    """Posts of the next day that may not go out, in the order of their times."""
    found = _current(organization_id).where(PostForecast.state == ForecastState.AT_RISK).add_columns(ScheduledPost)
    rows = await session.execute(found.order_by(_DUE_AT, ScheduledPost.id))
    return [(post, forecast) for forecast, post in rows]


async def pending_forecasts(session: AsyncSession, *, limit: int) -> list[Due[ForecastBatch]]:
    """Jobs for the forecasts to be made now across organizations; at most `limit` jobs."""
    now = clock.now()
    rows = await session.execute(
        text("SELECT * FROM doors.due_forecasts(:at, :until, :how_many)"),
        {"at": now, "until": now + AHEAD, "how_many": limit * BATCH},
    )
    # By organization, so that its rules and accounts are read once for all its posts.
    due = sorted(rows, key=lambda row: (row.organization_id, row.id))
    batches = [tuple((row.organization_id, row.id) for row in group) for group in in_batches(due)]
    return [Due(ForecastBatch(posts=posts)) for posts in batches][:limit]


def _current(organization_id: UUID) -> Select[PostForecast]:
    of = (ScheduledPost.organization_id == PostForecast.organization_id) & (
        ScheduledPost.id == PostForecast.scheduled_post_id
    )
    now = clock.now()
    awaited = (ScheduledPost.status.in_(_AWAITED), _DUE_AT.between(now, now + AHEAD))
    return select(PostForecast).join(ScheduledPost, of).where(PostForecast.organization_id == organization_id, *awaited)
