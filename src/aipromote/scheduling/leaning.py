"""What a change of facts or of the profile means for the posts that are still to go out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.brand import queries as brand
from aipromote.brand.queries import Judge
from aipromote.content.models import ContentPiece
from aipromote.organizations import queries as organizations
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus

MOST = 60
"""Posts that are looked at: finding the claims of a text takes milliseconds, and somebody waits."""
_TO_GO_OUT = (PostStatus.SCHEDULED, PostStatus.RETRYING)


@dataclass(frozen=True, slots=True)
class Leaning:
    """A post with a claim that this fact backs."""

    post_id: UUID
    piece_id: UUID
    body: str
    scheduled_at: datetime


@dataclass(frozen=True, slots=True)
class Leanings:
    """Those among the next posts, and whether there are later ones that were not looked at."""

    posts: list[Leaning]
    is_all: bool


async def leaning_on(
    session: AsyncSession, *, organization_id: UUID, fact_id: UUID, judge: Judge | None = None
) -> Leanings:
    """The next posts, earliest first, with a claim that rests on this fact as it is now. At most MOST are read."""
    judge = judge or await brand.judge(session, organization_id=organization_id)
    zone = await organizations.time_zone(session, organization_id=organization_id)
    same = and_(
        ContentPiece.organization_id == ScheduledPost.organization_id,
        ContentPiece.id == ScheduledPost.content_piece_id,
    )
    waiting = (
        select(ScheduledPost.id, ScheduledPost.content_piece_id, ScheduledPost.scheduled_at, ContentPiece.body)
        .join(ContentPiece, same)
        .where(
            ScheduledPost.organization_id == organization_id,
            ScheduledPost.status.in_(_TO_GO_OUT),
        )
        .order_by(ScheduledPost.scheduled_at, ScheduledPost.id)
        .limit(MOST + 1)
    )
    rows = (await session.execute(waiting)).all()
    posts = [
        Leaning(key, piece, body, at)
        for key, piece, at, body in rows[:MOST]
        if _rests(judge, body, fact_id=fact_id, at=at, zone=zone)
    ]
    return Leanings(posts, is_all=len(rows) <= MOST)


def _rests(judge: Judge, body: str, *, fact_id: UUID, at: datetime, zone: ZoneInfo) -> bool:
    claims = judge.claims(body, day=at.astimezone(zone).date())
    return any(claim.fact is not None and claim.fact.id == fact_id for claim in claims)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many posts are still to go out, and when the first of them is meant to."""

    count: int
    first: datetime | None


async def waiting(session: AsyncSession, *, organization_id: UUID) -> Waiting:
    """What a change of the organization's zone or languages concerns."""
    mine = (ScheduledPost.organization_id == organization_id, ScheduledPost.status.in_(_TO_GO_OUT))
    found = await session.execute(select(func.count(), func.min(ScheduledPost.scheduled_at)).where(*mine))
    count, first = found.one()
    return Waiting(count, first)
