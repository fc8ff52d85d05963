"""Reads of scheduled posts and their attempts."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.errors import NotFound
from aipromote.jobs.kinds import Due, digest
from aipromote.publishing.jobs import BATCH, PostBatch
from aipromote.publishing.models import PublishAttempt, ScheduledPost
from aipromote.publishing.states import Outcome, PostStatus
from aipromote.publishing.words import why

__all__ = [
    "attempts_of",
    "may_be_out",
    "pending_posts",
    "post",
    "post_by_key",
    "posts_between",
    "posts_of_piece",
    "why",
]

_URGENT_AFTER = timedelta(minutes=1)
_BOUNDARY = 256
_PERHAPS_OUT = (PostStatus.PUBLISHING, PostStatus.RETRYING, PostStatus.PUBLISHED, PostStatus.UNCONFIRMED)
_PERHAPS_SENT = (Outcome.ARMED, Outcome.PUBLISHED, Outcome.UNKNOWN)


async def post(session: AsyncSession, *, organization_id: UUID, post_id: UUID) -> ScheduledPost:
    """One post of the organization. Raises NotFound."""
    found = await session.scalar(
        select(ScheduledPost)
        .where(ScheduledPost.organization_id == organization_id, ScheduledPost.id == post_id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("There is no such post.")
    return found


async def post_by_key(session: AsyncSession, *, organization_id: UUID, idempotency_key: str) -> ScheduledPost:
    """The post with this key in the organization. Raises NotFound."""
    mine = (ScheduledPost.organization_id == organization_id, ScheduledPost.idempotency_key == idempotency_key)
    found = await session.scalar(select(ScheduledPost).where(*mine).execution_options(populate_existing=True))
    if found is None:
        raise NotFound("There is no such post.")
    return found


async def posts_between(
    session: AsyncSession, *, organization_id: UUID, start: datetime, end: datetime
) -> Sequence[ScheduledPost]:
    """Posts scheduled from `start` up to, not including, `end`; in any state, in the order of their times."""
    mine = ScheduledPost.organization_id == organization_id
    within = (ScheduledPost.scheduled_at >= start, ScheduledPost.scheduled_at < end)
    found = select(ScheduledPost).where(mine, *within).order_by(ScheduledPost.scheduled_at, ScheduledPost.id)
    return (await session.scalars(found)).all()


async def posts_of_piece(session: AsyncSession, *, organization_id: UUID, piece_id: UUID) -> Sequence[ScheduledPost]:
    """All posts of a piece, whatever revision and account, oldest first."""
    mine = (ScheduledPost.organization_id == organization_id, ScheduledPost.content_piece_id == piece_id)
    return (await session.scalars(select(ScheduledPost).where(*mine).order_by(ScheduledPost.id))).all()


async def may_be_out(session: AsyncSession, *, organization_id: UUID, piece_id: UUID) -> bool:
    """Whether a network has, or may have, something of the piece: a post, or one part of a thread that then failed."""
    mine = (ScheduledPost.organization_id == organization_id, ScheduledPost.content_piece_id == piece_id)
    called = select(PublishAttempt.id).where(
        PublishAttempt.organization_id == ScheduledPost.organization_id,
        PublishAttempt.scheduled_post_id == ScheduledPost.id,
        PublishAttempt.outcome.in_(_PERHAPS_SENT),
    )
    found = select(ScheduledPost.id).where(*mine, or_(ScheduledPost.status.in_(_PERHAPS_OUT), called.exists()))
    return await session.scalar(found.limit(1)) is not None


async def attempts_of(session: AsyncSession, *, organization_id: UUID, post_id: UUID) -> Sequence[PublishAttempt]:
    """Every armed call for a post, in the order in which they were made."""
    mine = (PublishAttempt.organization_id == organization_id, PublishAttempt.scheduled_post_id == post_id)
    return (await session.scalars(select(PublishAttempt).where(*mine).order_by(PublishAttempt.id))).all()


async def pending_posts(session: AsyncSession, *, limit: int, ahead: timedelta = timedelta(0)) -> list[Due[PostBatch]]:
    """Jobs for everything that is owed now across organizations, the longest overdue first; at most `limit` jobs.

    With `ahead` the last one tells what comes next, if that is within this time.
    """
    now = clock.now()
    rows = await session.execute(
        text("SELECT * FROM doors.due_posts(:at, :how_many)"), {"at": now + ahead, "how_many": limit * BATCH}
    )
    due = sorted(rows, key=lambda row: (row.due_at, row.id))
    ready = bisect_right(due, now, key=lambda row: row.due_at)
    found = [_batch(group, now=now) for group in in_batches(due[:ready])][:limit]
    return found + [_batch([row], now=now) for row in due[ready : ready + 1]]


def _batch(rows: list[Row[Any]], *, now: datetime) -> Due[PostBatch]:
    """One job, served before others when its oldest post is already late."""
    turn = digest(*((row.id, row.status, row.attempt_count, row.due_at) for row in rows))
    pointer = PostBatch(posts=tuple((row.organization_id, row.id) for row in rows), turn=turn)
    oldest = rows[0].due_at
    return Due(pointer, 1 if oldest < now - _URGENT_AFTER else 2, max(0.0, (oldest - now).total_seconds()))


def in_batches(due: list[Row[Any]]) -> Iterator[list[Row[Any]]]:
    """Full batches, most of them; now and then a border that depends on a post itself, not on how many stand before it.

    While workers eat the list from the front by whole batches, those behind keep their members and so their job ids:
    looking again carries nothing twice. Where a post left the middle, the next such border sets it right again.
    """
    group: list[Row[Any]] = []
    for row in due:
        group.append(row)
        if len(group) == BATCH or row.id.int % _BOUNDARY == 0:
            yield group
            group = []
    if group:
        yield group
