"""The calendar: what stands in a week, and which times are taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.content import queries as content
from aipromote.content.models import ContentPiece
from aipromote.organizations import queries as organizations
from aipromote.publishing import queries as publishing
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus
from aipromote.scheduling.slots import ACCOUNT_GAP, HORIZON_DAYS, Diary, instant

GONE = frozenset({PostStatus.CANCELLED, PostStatus.FAILED, PostStatus.MISSED})
"""Posts that take no time in the calendar any more."""


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days from a Monday on the audience's calendar."""

    monday: date
    zone: ZoneInfo
    posts: Sequence[ScheduledPost]
    """By their time, whatever became of them."""
    pieces: dict[UUID, ContentPiece]
    """The pieces of those posts, and the ones planned for a day of the week."""


async def week(session: AsyncSession, *, organization_id: UUID, monday: date) -> Week:
    """What stands in the week that begins on this Monday."""
    zone = await organizations.time_zone(session, organization_id=organization_id)
    end = monday + timedelta(days=7)
    posts = await publishing.posts_between(
        session, organization_id=organization_id, start=midnight(monday, zone), end=midnight(end, zone)
    )
    planned = await content.pieces(session, organization_id=organization_id, start=monday, end=end)
    pieces = {piece.id: piece for piece in planned}
    others = {post.content_piece_id for post in posts} - pieces.keys()
    if others:
        pieces |= await content.pieces_by_id(session, organization_id=organization_id, piece_ids=others)
    return Week(monday, zone, posts, pieces)


async def diary(
    session: AsyncSession, *, organization_id: UUID, first: date, last: date, zone: ZoneInfo, but: UUID | None = None
) -> Diary:
    """The times taken around these days, as far as a post may be moved; `but` is a post that may move itself."""
    start = midnight(first, zone) - ACCOUNT_GAP
    end = midnight(last + timedelta(days=HORIZON_DAYS + 1), zone) + ACCOUNT_GAP
    posts = await publishing.posts_between(session, organization_id=organization_id, start=start, end=end)
    return Diary(
        (post.scheduled_at, post.social_account_id) for post in posts if post.status not in GONE and post.id != but
    )


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a day begins in the zone."""
    return instant(datetime.combine(day, time()), zone)
