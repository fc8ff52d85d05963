"""Reads of feeds and of the items that were seen."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.content.feeds.models import Feed, FeedItem
from aipromote.errors import NotFound

_DUE = text("SELECT organization_id, id FROM doors.due_feeds(:now, :most)")


async def feed(session: AsyncSession, *, organization_id: UUID, feed_id: UUID, lock: bool = False) -> Feed:
    """The feed; its row locked until the transaction ends, where asked. Raises NotFound."""
    found = await session.get(Feed, (organization_id, feed_id), with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise NotFound("There is no such feed.")
    return found


async def feeds(session: AsyncSession, *, organization_id: UUID) -> list[Feed]:
    """The feeds that are followed, oldest first."""
    mine = select(Feed).where(Feed.organization_id == organization_id)
    return list(await session.scalars(mine.order_by(Feed.id)))


async def newest_items(session: AsyncSession, *, organization_id: UUID, limit: int = 20) -> list[FeedItem]:
    """What came in last."""
    mine = select(FeedItem).where(FeedItem.organization_id == organization_id)
    return list(await session.scalars(mine.order_by(FeedItem.id.desc()).limit(limit)))


async def due(session: AsyncSession, *, most: int) -> Sequence[tuple[UUID, UUID]]:
    """(organization, feed) that are to be looked at, of all organizations, the longest overdue first."""
    rows = await session.execute(_DUE, {"now": clock.now(), "most": most})
    return [(row.organization_id, row.id) for row in rows]
