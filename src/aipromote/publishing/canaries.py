"""The product's own canary posts: scheduled here, published by the ordinary worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.content.models import ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.organizations.models import INTERNAL_ORGANIZATION
from aipromote.publishing.actions import idempotency_key
from aipromote.publishing.models import PublishAttempt, ScheduledPost
from aipromote.publishing.states import PostStatus

_MINE = ScheduledPost.organization_id == INTERNAL_ORGANIZATION
_PIECE_OF = and_(
    ContentPiece.organization_id == ScheduledPost.organization_id, ContentPiece.id == ScheduledPost.content_piece_id
)
_HAS_ARRIVED = ContentPiece.status == ContentStatus.ARCHIVED


@dataclass(frozen=True, slots=True)
class Canary:
    """One of them. `has_arrived` once it was found at the network; its delay is from when it was due until then."""

    post_id: UUID
    due_at: datetime
    status: PostStatus
    has_arrived: bool
    published_at: datetime | None

    @property
    def delay(self) -> timedelta | None:
        """How late it was published."""
        return None if self.published_at is None else max(timedelta(), self.published_at - self.due_at)


async def schedule(session: AsyncSession, *, piece: ContentPiece, account_id: UUID) -> ScheduledPost:
    """Let the piece go out now."""
    now = clock.now()
    post = ScheduledPost(
        organization_id=INTERNAL_ORGANIZATION,
        content_piece_id=piece.id,
        revision=1,
        social_account_id=account_id,
        scheduled_at=now,
        idempotency_key=idempotency_key(piece_id=piece.id, revision=1, account_id=account_id, slot=now),
    )
    session.add(post)
    await session.flush()
    return post


async def newest(session: AsyncSession) -> Canary | None:
    """The one that was sent last."""
    found = await _some(session, limit=1)
    return found[0] if found else None


async def newest_arrived(session: AsyncSession) -> Canary | None:
    """The last one that is known to have arrived."""
    found = await _some(session, _HAS_ARRIVED, limit=1)
    return found[0] if found else None


async def published(session: AsyncSession, *, since: datetime) -> Sequence[tuple[ScheduledPost, PublishAttempt]]:
    """Those due since then that are said to be out and were not found yet, with the call that sent them."""
    both = (
        select(ScheduledPost, PublishAttempt)
        .join(ContentPiece, _PIECE_OF)
        .join(
            PublishAttempt,
            (PublishAttempt.organization_id == ScheduledPost.organization_id)
            & (PublishAttempt.scheduled_post_id == ScheduledPost.id)
            & (PublishAttempt.platform_post_id == ScheduledPost.platform_post_id),
        )
        .where(_MINE, ~_HAS_ARRIVED, ScheduledPost.status == PostStatus.PUBLISHED, ScheduledPost.scheduled_at >= since)
        .order_by(ScheduledPost.id.desc())
    )
    return [(row[0], row[1]) for row in await session.execute(both)]


async def is_any_open(session: AsyncSession, *, post_id: UUID) -> bool:
    """Whether this one is still on its way."""
    is_open = ScheduledPost.status.in_(
        [PostStatus.SCHEDULED, PostStatus.PUBLISHING, PostStatus.RETRYING, PostStatus.UNCONFIRMED]
    )
    return bool(await session.scalar(select(func.count()).where(_MINE, ScheduledPost.id == post_id, is_open)))


async def call_back(session: AsyncSession, *, before: datetime) -> None:
    """Those that should have been out long ago do not go out any more."""
    waiting = ScheduledPost.status.in_([PostStatus.SCHEDULED, PostStatus.RETRYING])
    late = update(ScheduledPost).where(_MINE, waiting, ScheduledPost.scheduled_at < before)
    await session.execute(late.values(status=PostStatus.CANCELLED, next_attempt_at=None))


async def _some(session: AsyncSession, *conditions: ColumnElement[bool], limit: int) -> list[Canary]:
    chosen = select(
        ScheduledPost.id,
        ScheduledPost.scheduled_at,
        ScheduledPost.status,
        _HAS_ARRIVED.label("has_arrived"),
        ScheduledPost.published_at,
    )
    chosen = chosen.join(ContentPiece, _PIECE_OF).where(_MINE, *conditions)
    rows = await session.execute(chosen.order_by(ScheduledPost.id.desc()).limit(limit))
    return [Canary(row[0], row[1], row[2], row[3], row[4]) for row in rows]
