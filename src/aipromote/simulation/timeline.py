"""Putting the clock forward: to the next thing that is due, then waiting until the product has dealt with it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.analytics.jobs import SLOTS
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus
from aipromote.simulation.setting_out import Stage, until

STRIDE = timedelta(hours=3)
"""Captures that fall due within this time are done in one stop."""

_OWED = text("""
    SELECT (SELECT count(*) FROM scheduled_posts WHERE status = 'PUBLISHING'
                OR (status = 'SCHEDULED' AND scheduled_at <= :at)
                OR (status IN ('RETRYING', 'UNCONFIRMED') AND next_attempt_at <= :at))
         + (SELECT count(*) FROM doors.due_captures(:at, :slots, 1000) d WHERE d.organization_id = :organization)
         + (SELECT count(*) FROM doors.owed_summaries(:at, 1000) d WHERE d.organization_id = :organization)
         + (SELECT count(*) FROM generation_requests WHERE status IN ('PENDING', 'RUNNING'))
""")


async def owed(session: AsyncSession, stage: Stage) -> int:
    """How much of this organization's work is due now and not done."""
    values = {"at": clock.now(), "slots": list(SLOTS), "organization": stage.organization_id}
    return int(await session.scalar(_OWED, values) or 0)


async def settled(stage: Stage) -> None:
    """Wait until nothing is due any more."""

    async def nothing_owed() -> bool:
        async with stage.database.transaction(stage.organization_id) as session:
            return await owed(session, stage) == 0

    await until(nothing_owed, "posts, captures or summaries that are due")


async def next_stop(stage: Stage, *, end: datetime) -> datetime:
    """When to look next: the next post, or the captures up to a stride from the first one; `end` at the latest."""
    now = clock.now()
    async with stage.database.transaction(stage.organization_id) as session:
        post = await session.scalar(
            select(func.min(func.coalesce(ScheduledPost.next_attempt_at, ScheduledPost.scheduled_at))).where(
                ScheduledPost.status.in_((PostStatus.SCHEDULED, PostStatus.RETRYING, PostStatus.UNCONFIRMED))
            )
        )
        published = (
            await session.scalars(
                select(ScheduledPost.published_at).where(ScheduledPost.status == PostStatus.PUBLISHED)
            )
        ).all()
    captures = [at + timedelta(seconds=slot) for at in published if at for slot in SLOTS]
    ahead = [at for at in captures if at > now]
    stops = [end]
    if post is not None:
        stops.append(max(post, now))
    if ahead:
        stops.append(min(ahead) + STRIDE)
    return min(stops)
