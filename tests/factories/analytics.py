"""Posts that are out, and what was measured of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import schema  # noqa: F401 -- foreign keys are resolved only when all tables are known
from aipromote.analytics import actions
from aipromote.analytics.jobs import SLOTS
from aipromote.analytics.models import Calendar, DayGain, Newest, Snapshot
from aipromote.channels.models import SocialAccount
from aipromote.connectors.contract import Metrics
from aipromote.content.models import ContentPiece, Pillar, Revision
from aipromote.content.states import ContentStatus
from aipromote.db.base import new_id
from aipromote.documents.vocabulary import Platform
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus


async def account(
    session: AsyncSession,
    organization_id: UUID,
    *,
    platform: Platform = Platform.LINKEDIN,
    handle: str = "kiln",
    connector: str = "sandbox",
    server: str = "http://127.0.0.1:9",
    access_token: str = "token",
    refresh_token: str | None = None,
) -> SocialAccount:
    row = SocialAccount(
        organization_id=organization_id,
        id=new_id(),
        platform=platform,
        connector=connector,
        server=server,
        handle=handle,
        is_active=True,
    )
    row.access_token = access_token
    row.refresh_token = refresh_token
    session.add(row)
    await session.flush()
    return row


async def post(
    session: AsyncSession,
    account: SocialAccount,
    *,
    at: datetime,
    text: str = "A plain statement.",
    pillar: str | None = None,
    status: PostStatus = PostStatus.PUBLISHED,
    platform_post_id: str | None = None,
) -> ScheduledPost:
    """A post that went out (or did not) at this time; pillars are made as they are named."""
    key = account.organization_id
    published = status is PostStatus.PUBLISHED
    piece = ContentPiece(
        organization_id=key,
        id=new_id(),
        pillar_id=await _pillar(session, key, pillar) if pillar else None,
        platform=account.platform,
        body=text,
        status=ContentStatus.PUBLISHED if published else ContentStatus.APPROVED,
        published_at=at if published else None,
    )
    session.add(piece)
    await session.flush()
    session.add(Revision(organization_id=key, id=new_id(), piece_id=piece.id, number=1, body=text, author="a test"))
    await session.flush()
    row = ScheduledPost(
        organization_id=key,
        id=new_id(),
        content_piece_id=piece.id,
        revision=1,
        social_account_id=account.id,
        scheduled_at=at,
        status=status,
        published_at=at if published else None,
        next_capture_at=at + timedelta(seconds=SLOTS[0]) if published else None,
        platform_post_id=(platform_post_id or uuid4().hex) if published else None,
        error_message="The network said no." if status in {PostStatus.FAILED, PostStatus.MISSED} else None,
        idempotency_key=uuid4().hex,
    )
    session.add(row)
    await session.flush()
    return row


async def measure(
    session: AsyncSession,
    post: ScheduledPost,
    account: SocialAccount,
    *,
    slots: Sequence[int] = (86_400,),
    late: float = 60.0,
    **counters: int | None,
) -> None:
    """Snapshots at these slots, each taken `late` seconds after its time, with the same counters."""
    days = {slot: post.published_at + timedelta(seconds=slot) for slot in slots}
    for month in {day.date().replace(day=1) for day in days.values()}:
        await actions.ensure_partition(session, day=month)
    for slot, day in days.items():
        await actions.record(
            session,
            post=post,
            account=account,
            slot=slot,
            metrics=Metrics(**counters),
            measured_at=day + timedelta(seconds=late),
        )


async def forget(session: AsyncSession, organization_id: UUID) -> None:
    """As if nothing had ever been measured."""
    for model in (Snapshot, Newest, DayGain, Calendar):
        await session.execute(delete(model).where(model.organization_id == organization_id))


async def _pillar(session: AsyncSession, organization_id: UUID, name: str) -> UUID:
    mine = select(Pillar.id).where(Pillar.organization_id == organization_id, Pillar.name == name)
    found = await session.scalar(mine)
    if found is None:
        row = Pillar(organization_id=organization_id, id=new_id(), name=name)
        session.add(row)
        await session.flush()
        found = row.id
    return found
