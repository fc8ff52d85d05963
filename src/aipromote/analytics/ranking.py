"""Reads: the posts of a time as a table, the newest first or the best, and how each one's numbers grew."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.analytics.breakdown import Span, posts_of, same
from aipromote.analytics.hooks import opening
from aipromote.analytics.models import Newest, Snapshot
from aipromote.analytics.states import MetricType
from aipromote.analytics.usual import reactions
from aipromote.channels.models import SocialAccount
from aipromote.content.models import ContentPiece, Pillar, Revision
from aipromote.documents.vocabulary import ContentType, Platform
from aipromote.publishing.models import ScheduledPost

_AT_ONCE = 500


class By(StrEnum):
    """What a table of posts is sorted by, the most first."""

    PUBLISHED = "published"
    IMPRESSIONS = "impressions"
    REACTIONS = "reactions"
    RATE = "rate"


@dataclass(frozen=True, slots=True)
class Row:
    """One published post with its newest numbers; None where its network reports none, or none were taken yet."""

    post_id: UUID
    piece_id: UUID
    platform: Platform
    handle: str
    pillar: str | None
    type: ContentType
    opening: str
    published_at: datetime
    impressions: int | None
    reach: int | None
    reactions: int | None
    clicks: int | None
    rate: float | None
    measured_at: datetime | None


async def ranked(session: AsyncSession, span: Span, *, by: By, limit: int) -> list[Row]:
    """The first `limit` posts of the span in this order. Posts without the number in question come last."""
    first = {
        By.PUBLISHED: ScheduledPost.published_at,
        By.IMPRESSIONS: Newest.impressions,
        By.REACTIONS: reactions(),
        By.RATE: Newest.engagement_rate,
    }[by]
    statement = _rows(span).order_by(first.desc().nulls_last(), ScheduledPost.published_at.desc(), ScheduledPost.id)
    return [_row(row) for row in await session.execute(statement.limit(limit))]


async def every(session: AsyncSession, span: Span) -> AsyncIterator[list[Row]]:
    """All posts of the span, oldest first, in batches: memory does not grow with their number."""
    statement = _rows(span).order_by(ScheduledPost.published_at, ScheduledPost.id)
    rows = await session.stream(statement.execution_options(yield_per=_AT_ONCE))
    async for batch in rows.partitions():
        yield [_row(row) for row in batch]


async def growth(
    session: AsyncSession, *, organization_id: UUID, rows: Collection[Row]
) -> dict[UUID, list[int | None]]:
    """How often each of these posts had been shown at each time that it was measured, by post, oldest first."""
    if not rows:
        return {}
    statement = select(Snapshot.scheduled_post_id, Snapshot.impressions).where(
        Snapshot.organization_id == organization_id,
        Snapshot.scheduled_post_id.in_([row.post_id for row in rows]),
        Snapshot.metric_type == MetricType.ENGAGEMENT,
        Snapshot.collected_at >= min(row.published_at for row in rows),  # so that older months are not looked at
    )
    grown: dict[UUID, list[int | None]] = {}
    for post_id, impressions in await session.execute(statement.order_by(Snapshot.collected_at)):
        if post_id is not None:
            grown.setdefault(post_id, []).append(impressions)
    return grown


def _rows(span: Span) -> Select[Any]:
    its_text = same(Revision.piece_id, ScheduledPost.content_piece_id, Revision.organization_id)
    return posts_of(
        span,
        ScheduledPost.id,
        ScheduledPost.content_piece_id,
        SocialAccount.platform,
        SocialAccount.handle,
        Pillar.name,
        ContentPiece.type,
        Revision.body,
        ScheduledPost.published_at,
        Newest.impressions,
        Newest.reach,
        reactions(),
        Newest.clicks,
        Newest.engagement_rate,
        Newest.measured_at,
    ).join(Revision, its_text & (Revision.number == ScheduledPost.revision))


def _row(row: Any) -> Row:
    values = list(row)
    values[6] = opening(values[6])
    return Row(*values)
