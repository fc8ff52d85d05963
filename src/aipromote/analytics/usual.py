"""How posts usually do: the organization's own medians by network, and the newest counters of pieces."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.analytics.models import Counters, Newest
from aipromote.analytics.rates import REACTIONS
from aipromote.analytics.states import MetricType
from aipromote.channels.models import SocialAccount
from aipromote.documents.vocabulary import Platform
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus


@dataclass(frozen=True, slots=True)
class Usual:
    """Medians over the newest snapshot of each post; None where none reports it. `posts` report reactions."""

    impressions: float | None
    engagement: float | None
    posts: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The newest counters of a piece's post, the one published last of those that were measured."""

    platform: Platform
    is_simulated: bool
    impressions: int | None
    engagement: int | None


async def usual(session: AsyncSession, *, organization_id: UUID) -> dict[tuple[Platform, bool], Usual]:
    """By network, and whether its numbers are simulated: those are never mixed with true ones."""
    is_simulated = SocialAccount.connector == "sandbox"
    reacted = reactions()
    statement = (
        select(
            Newest.platform,
            is_simulated.label("is_simulated"),
            func.percentile_cont(0.5).within_group(Newest.impressions),
            func.percentile_cont(0.5).within_group(reacted),
            func.count(reacted),
        )
        .join(SocialAccount, _same(SocialAccount.id, Newest.social_account_id, SocialAccount.organization_id))
        .where(Newest.organization_id == organization_id, Newest.metric_type == MetricType.ENGAGEMENT)
        .group_by(Newest.platform, is_simulated)
    )
    rows = await session.execute(statement)
    return {(platform, simulated): Usual(*numbers) for platform, simulated, *numbers in rows}


async def outcomes(session: AsyncSession, *, organization_id: UUID, piece_ids: Collection[UUID]) -> dict[UUID, Outcome]:
    """By piece; a piece none of whose posts was measured is absent."""
    statement = (
        select(
            ScheduledPost.content_piece_id,
            Newest.platform,
            SocialAccount.connector == "sandbox",
            Newest.impressions,
            reactions(),
        )
        .join(Newest, _same(Newest.scheduled_post_id, ScheduledPost.id, Newest.organization_id, ScheduledPost))
        .join(SocialAccount, _same(SocialAccount.id, Newest.social_account_id, SocialAccount.organization_id))
        .where(
            ScheduledPost.organization_id == organization_id,
            ScheduledPost.content_piece_id.in_(sorted(piece_ids)),
            ScheduledPost.status == PostStatus.PUBLISHED,
            Newest.metric_type == MetricType.ENGAGEMENT,
        )
        .order_by(ScheduledPost.published_at, ScheduledPost.id)
    )
    rows = await session.execute(statement)
    return {piece_id: Outcome(*numbers) for piece_id, *numbers in rows}


def reactions(counters: type[Counters] = Newest) -> Any:
    """Likes, comments, shares and saves, as far as they are reported; NULL where none is, as `rates.engagement`."""
    columns = [getattr(counters, name) for name in REACTIONS]
    none = func.num_nonnulls(*columns) == 0
    return case(
        (none, None), else_=sum((func.coalesce(column, 0) for column in columns[1:]), func.coalesce(columns[0], 0))
    )


def _same(mine: Any, theirs: Any, organization: Any, other: Any = Newest) -> Any:
    return (organization == other.organization_id) & (mine == theirs)
