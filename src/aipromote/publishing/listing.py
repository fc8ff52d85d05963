"""The list of posts, by their times."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.db import paging
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus

CALENDAR: Final = paging.Order("posts.calendar", (ScheduledPost.scheduled_at, ScheduledPost.id))


async def posts(
    session: AsyncSession,
    *,
    organization_id: UUID,
    start: datetime | None = None,
    end: datetime | None = None,
    status: PostStatus | None = None,
    cursor: str | None = None,
    limit: int = paging.DEFAULT,
) -> paging.Slice[ScheduledPost]:
    """Posts scheduled from `start` up to, not including, `end`, in this state, in the order of their times.

    Raises BadCursor.
    """
    found = select(ScheduledPost).where(ScheduledPost.organization_id == organization_id)
    if start is not None:
        found = found.where(ScheduledPost.scheduled_at >= start)
    if end is not None:
        found = found.where(ScheduledPost.scheduled_at < end)
    if status is not None:
        found = found.where(ScheduledPost.status == status)
    return await paging.slice_of(
        session,
        found,
        CALENDAR,
        organization_id=organization_id,
        filters={"start": start, "end": end, "status": status},
        cursor=cursor,
        limit=limit,
    )
