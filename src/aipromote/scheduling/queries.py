"""The calendar: what stands in a week, which times are taken, and what waits for a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import exists, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.connectors import limits
from aipromote.content import queries as content
from aipromote.content.models import Approval, ContentPiece
from aipromote.content.states import ContentStatus, Decision
from aipromote.documents.vocabulary import Platform
from aipromote.jobs.kinds import Due
from aipromote.organizations import queries as organizations
from aipromote.publishing import queries as publishing
from aipromote.publishing.models import PublishingHold, ScheduledPost
from aipromote.publishing.states import PostStatus
from aipromote.scheduling.jobs import WaitingPieces
from aipromote.scheduling.slots import ACCOUNT_GAP, HORIZON_DAYS, Diary, instant, wall_clock
from aipromote.strategy.models import AIStrategy
from aipromote.strategy.states import StrategyStatus

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


async def waiting(session: AsyncSession, *, organization_id: UUID) -> list[ContentPiece]:
    """Pieces for today or later that only the product approved and that never were in the calendar, oldest first.

    A text whose post was cancelled is not among them: a person took it out. Nor is one of a plan that was replaced, nor
    one that was approved before publishing was held: it may be out, under a time that these rows know nothing of.
    """
    zone = await organizations.time_zone(session, organization_id=organization_id)
    found = select(ContentPiece).where(
        ContentPiece.organization_id == organization_id,
        ContentPiece.status == ContentStatus.APPROVED,
        ContentPiece.planned_for >= wall_clock(clock.now(), zone).date(),
        or_(
            ContentPiece.strategy_id.is_(None),
            exists().where(
                AIStrategy.organization_id == ContentPiece.organization_id,
                AIStrategy.id == ContentPiece.strategy_id,
                AIStrategy.status == StrategyStatus.ACTIVE,
            ),
        ),
        exists().where(
            Approval.organization_id == ContentPiece.organization_id,
            Approval.piece_id == ContentPiece.id,
            Approval.revision == ContentPiece.revision,
            Approval.decision == Decision.APPROVED,
            Approval.user_id.is_(None),
            ~exists().where(
                PublishingHold.organization_id == Approval.organization_id,
                or_(PublishingHold.released_at.is_(None), PublishingHold.created_at >= Approval.created_at),
            ),
        ),
        ~exists().where(
            ScheduledPost.organization_id == ContentPiece.organization_id,
            ScheduledPost.content_piece_id == ContentPiece.id,
            ScheduledPost.revision == ContentPiece.revision,
        ),
    )
    return list(await session.scalars(found.order_by(ContentPiece.id)))


async def pending_placements(session: AsyncSession, *, limit: int) -> list[Due[WaitingPieces]]:
    """Organizations with such pieces that can be placed as far as the database knows, the newest pieces first."""
    pictured = [platform.value for platform in Platform if limits.of(platform).needs_media]
    rows = await session.execute(
        text("SELECT organization_id, newest FROM doors.owed_placements(:at, :pictured, :how_many)"),
        {"at": clock.now(), "pictured": pictured, "how_many": limit},
    )
    return [Due(WaitingPieces(organization_id=row.organization_id, newest=row.newest)) for row in rows]


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a day begins in the zone."""
    return instant(datetime.combine(day, time()), zone)
