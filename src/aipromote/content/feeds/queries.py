"""Reads of feeds and of the items that were seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.content.feeds.models import Feed, FeedItem
from aipromote.documents.vocabulary import Platform
from aipromote.errors import NotFound
from aipromote.organizations import queries as organizations
from aipromote.strategy import queries as strategies

OLDER = "It was there before the feed was followed."
"""Why an item has no draft: it only counts as seen."""
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


@dataclass(frozen=True, slots=True)
class CameIn:
    """An article, with its draft for each platform: the platform's label and the piece's id."""

    title: str
    link: str
    reason: str
    pieces: list[tuple[str, UUID]]


async def newest_articles(session: AsyncSession, *, organization_id: UUID, limit: int = 20) -> list[CameIn]:
    """What came in last, without what was there before a feed was followed."""
    mine = (FeedItem.organization_id == organization_id, FeedItem.reason.is_distinct_from(OLDER))
    rows = await session.scalars(select(FeedItem).where(*mine).order_by(FeedItem.id.desc()).limit(4 * limit))
    found: dict[bytes, CameIn] = {}
    for row in rows:
        known = found.setdefault(row.item_key, CameIn(row.title or "", row.link or "", row.reason or "", []))
        if row.piece_id is not None:
            known.pieces.append((row.platform.label, row.piece_id))
    return list(found.values())[:limit]


async def usual_platforms(session: AsyncSession, *, organization_id: UUID) -> list[Platform]:
    """Where the organization posts: as its active plan says, or its brief."""
    strategy = await strategies.active(session, organization_id=organization_id)
    if strategy is not None and strategy.channel_plan:
        return list(dict.fromkeys(channel.platform for channel in strategy.channel_plan))
    organization = await organizations.organization(session, organization_id=organization_id)
    return list(organization.brief.goals.platforms)


async def due(session: AsyncSession, *, most: int) -> Sequence[tuple[UUID, UUID]]:
    """(organization, feed) that are to be looked at, of all organizations, the longest overdue first."""
    rows = await session.execute(_DUE, {"now": clock.now(), "most": most})
    return [(row.organization_id, row.id) for row in rows]
