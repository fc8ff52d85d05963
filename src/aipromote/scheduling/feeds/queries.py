"""What a subscribed calendar shows: the posts of the last weeks and of the next months, cancelled ones too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.channels.models import SocialAccount
from aipromote.content.models import ContentPiece, Revision
from aipromote.documents.vocabulary import Platform
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus

BEHIND = timedelta(days=60)
AHEAD = timedelta(days=180)
MOST = 5000
"""Events of one answer. An organization that posts more has the nearest of them."""
_BEGINNING = 500


@dataclass(frozen=True, slots=True)
class Event:
    """A post as another calendar shows it. `text` is the beginning of what goes out, `changed_at` its last change."""

    post_id: UUID
    at: datetime
    status: PostStatus
    platform: Platform
    handle: str
    text: str
    url: str | None
    changed_at: datetime


async def events(session: AsyncSession, *, organization_id: UUID, now: datetime) -> list[Event]:
    """The posts from 60 days ago to 180 days from now (whole days in UTC), in the order of their times."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    of_text = (
        (Revision.organization_id == ScheduledPost.organization_id)
        & (Revision.piece_id == ScheduledPost.content_piece_id)
        & (Revision.number == ScheduledPost.revision)
    )
    of_piece = (ContentPiece.organization_id == ScheduledPost.organization_id) & (
        ContentPiece.id == ScheduledPost.content_piece_id
    )
    of_account = (SocialAccount.organization_id == ScheduledPost.organization_id) & (
        SocialAccount.id == ScheduledPost.social_account_id
    )
    found = (
        select(
            ScheduledPost.id,
            func.coalesce(ScheduledPost.published_at, ScheduledPost.scheduled_at),
            ScheduledPost.status,
            ContentPiece.platform,
            SocialAccount.handle,
            func.left(Revision.body, _BEGINNING),
            ScheduledPost.platform_url,
            ScheduledPost.updated_at,
        )
        .join(ContentPiece, of_piece)
        .join(Revision, of_text)
        .join(SocialAccount, of_account)
        .where(
            ScheduledPost.organization_id == organization_id,
            ScheduledPost.scheduled_at >= today - BEHIND,
            ScheduledPost.scheduled_at < today + AHEAD,
        )
        .order_by(ScheduledPost.scheduled_at, ScheduledPost.id)
        .limit(MOST)
    )
    return [Event(*row) for row in await session.execute(found)]
