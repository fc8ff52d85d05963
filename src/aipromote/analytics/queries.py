"""Reads: what is due to be measured, and what became of published posts.

Counters are cumulative, so every figure here is taken from one snapshot per post, the newest; adding up snapshots would
let results grow with every collection. What was gained by day is in `days`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY, INTEGER
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.sql import expression

from aipromote import clock
from aipromote.analytics.hooks import HookType, hook_type, opening
from aipromote.analytics.jobs import SLOTS, Capture
from aipromote.analytics.models import Newest, Numbers, Snapshot
from aipromote.analytics.states import MetricType
from aipromote.analytics.totals import Totals, add_up
from aipromote.channels.models import SocialAccount
from aipromote.content.models import ContentPiece, Pillar, Revision
from aipromote.documents.vocabulary import Platform
from aipromote.jobs.kinds import Due
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus


@dataclass(frozen=True, slots=True)
class Result:
    """A published post and the newest that is known of it; `snapshot` is None until it was measured.

    `opening` is the first line of the text that went out. Simulated numbers are those of the sandbox network.
    """

    post_id: UUID
    piece_id: UUID
    account_id: UUID
    handle: str
    platform: Platform
    is_simulated: bool
    pillar: str | None
    opening: str
    published_at: datetime
    snapshot: Numbers | None

    @property
    def hook(self) -> HookType:
        """How it begins."""
        return hook_type(self.opening)


async def pending_captures(session: AsyncSession, *, limit: int) -> Sequence[Due[Capture]]:
    """Posts of all organizations whose time to be measured has come, the longest due first."""
    slots = expression.cast(list(SLOTS), ARRAY(INTEGER))
    due = func.doors.due_captures(clock.now(), slots, limit).table_valued("organization_id", "id", "slot")
    rows = await session.execute(select(due.c.organization_id, due.c.id, due.c.slot))
    return [Due(Capture(organization_id=row.organization_id, post_id=row.id, slot=row.slot)) for row in rows]


async def next_capture(session: AsyncSession, *, post: ScheduledPost) -> datetime | None:
    """When the earliest of a published post's slots comes, or came, that holds no snapshot; None when all do."""
    taken = select(Snapshot.collected_at).where(
        Snapshot.organization_id == post.organization_id,
        Snapshot.scheduled_post_id == post.id,
        Snapshot.metric_type == MetricType.ENGAGEMENT,
        Snapshot.collected_at >= post.published_at,  # so that older months are not looked at
    )
    collected = set(await session.scalars(taken))
    slots = [post.published_at + timedelta(seconds=slot) for slot in SLOTS] if post.published_at is not None else []
    return next((slot for slot in slots if slot not in collected), None)


async def results(
    session: AsyncSession,
    *,
    organization_id: UUID,
    start: datetime | None = None,
    end: datetime | None = None,
    post_ids: Iterable[UUID] | None = None,
    slot: int | None = None,
) -> list[Result]:
    """Posts published in [start, end), oldest first, each with its newest snapshot.

    `post_ids` narrows it to these. With a `slot`, the snapshot is the one of that age, taken on time (within half the
    age), so that posts of different days can be compared; without it, whatever is newest.
    """
    statement = _published(organization_id, slot)
    if start is not None:
        statement = statement.where(ScheduledPost.published_at >= start)
    if end is not None:
        statement = statement.where(ScheduledPost.published_at < end)
    if post_ids is not None:
        statement = statement.where(ScheduledPost.id.in_(list(post_ids)))
    rows = await session.execute(statement.execution_options(populate_existing=True))
    return [_result(row) for row in rows]


async def latest(
    session: AsyncSession,
    *,
    organization_id: UUID,
    post_ids: Iterable[UUID] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> dict[UUID, Numbers]:
    """The newest snapshot of each measured post, by post: of these posts, or of those published in [start, end)."""
    found = await results(session, organization_id=organization_id, start=start, end=end, post_ids=post_ids)
    return {result.post_id: result.snapshot for result in found if result.snapshot is not None}


async def totals(session: AsyncSession, *, organization_id: UUID, start: datetime, end: datetime) -> Totals:
    """Sums over the newest snapshot of each post published in [start, end). See `totals.Totals`; `by` groups them."""
    found = await results(session, organization_id=organization_id, start=start, end=end)
    return add_up([result.snapshot for result in found])


async def history(session: AsyncSession, *, organization_id: UUID, post_id: UUID) -> Sequence[Snapshot]:
    """All snapshots of one post by slot: how its counters grew, as far back as the plan keeps snapshots."""
    statement = select(Snapshot).where(
        Snapshot.organization_id == organization_id,
        Snapshot.scheduled_post_id == post_id,
        Snapshot.metric_type == MetricType.ENGAGEMENT,
    )
    return (await session.scalars(statement.order_by(Snapshot.collected_at))).all()


async def newest(session: AsyncSession, *, organization_id: UUID, post_id: UUID) -> Newest | None:
    """The newest snapshot of one post, found by one probe of one index; None until it was measured."""
    found: Newest | None = await session.scalar(_newest_of(organization_id, post_id))
    return found


def _newest_of(organization_id: UUID, post_id: UUID) -> Select[Any]:
    # Rolled up behind the session's back, by statements that it does not see.
    return (
        select(Newest)
        .where(
            Newest.organization_id == organization_id,
            Newest.scheduled_post_id == post_id,
            Newest.metric_type == MetricType.ENGAGEMENT,
        )
        .execution_options(populate_existing=True)
    )


def _published(organization_id: UUID, slot: int | None) -> Select[Any]:
    snapshot, is_its = _numbers(slot)
    return (
        select(ScheduledPost, SocialAccount, Pillar.name.label("pillar"), Revision.body.label("text"), snapshot)
        .join(SocialAccount, _same(SocialAccount.id, ScheduledPost.social_account_id, SocialAccount.organization_id))
        .join(ContentPiece, _same(ContentPiece.id, ScheduledPost.content_piece_id, ContentPiece.organization_id))
        .join(
            Revision,
            _same(Revision.piece_id, ScheduledPost.content_piece_id, Revision.organization_id)
            & (Revision.number == ScheduledPost.revision),
        )
        .outerjoin(Pillar, _same(Pillar.id, ContentPiece.pillar_id, Pillar.organization_id))
        .outerjoin(snapshot, is_its)
        .where(ScheduledPost.organization_id == organization_id, ScheduledPost.status == PostStatus.PUBLISHED)
        .order_by(ScheduledPost.published_at, ScheduledPost.id)
    )


def _numbers(slot: int | None) -> tuple[Any, Any]:
    """What speaks of the outer query's post, and the condition that joins it: the newest, or the one of a slot."""
    if slot is None:
        of_post = _same(Newest.scheduled_post_id, ScheduledPost.id, Newest.organization_id)
        return Newest, of_post & (Newest.metric_type == MetricType.ENGAGEMENT)
    age = timedelta(seconds=slot)
    chosen = select(Snapshot).where(
        Snapshot.organization_id == ScheduledPost.organization_id,
        Snapshot.scheduled_post_id == ScheduledPost.id,
        Snapshot.metric_type == MetricType.ENGAGEMENT,
        Snapshot.collected_at == ScheduledPost.published_at + age,
        Snapshot.measured_at <= Snapshot.collected_at + age / 2,
    )
    return aliased(Snapshot, chosen.lateral("measured")), true()


def _same(mine: Any, theirs: Any, organization: Any) -> Any:
    return (organization == ScheduledPost.organization_id) & (mine == theirs)


def _result(row: Any) -> Result:
    post, account, pillar, text, snapshot = row
    return Result(
        post_id=post.id,
        piece_id=post.content_piece_id,
        account_id=account.id,
        handle=account.handle,
        platform=account.platform,
        is_simulated=account.connector == "sandbox",
        pillar=pillar,
        opening=opening(text),
        published_at=post.published_at,
        snapshot=snapshot,
    )
