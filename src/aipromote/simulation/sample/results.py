"""What the posts came to: snapshots at every capture slot, a summary of every week, and the messages about it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.actor import Actor
from aipromote.accounts.models import User
from aipromote.analytics.actions import ensure_partition, record
from aipromote.analytics.jobs import SLOTS
from aipromote.channels.models import SocialAccount
from aipromote.coach import actions as coach
from aipromote.coach.week import Week
from aipromote.connectors.contract import Metrics
from aipromote.content.models import ContentPiece
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from aipromote.notifications.actions import Recipient, tell
from aipromote.notifications.models import Notification
from aipromote.notifications.states import DeliveryStatus
from aipromote.notifications.told import Told
from aipromote.publishing.models import ScheduledPost
from aipromote.sandbox import engagement
from aipromote.sandbox.engagement import Subject
from aipromote.sandbox.store import seed_of
from aipromote.simulation.sample.posts import CONNECT_AGAIN, HANDLE, account_seed, followers_at_first, texts_of
from aipromote.simulation.sample.story import Story

_MEASURED_AFTER = timedelta(seconds=4)
_SUMMED_UP_AFTER = timedelta(minutes=5)
_DELIVERED_AFTER = timedelta(seconds=20)
_ACCEPTED_AFTER = timedelta(hours=9)


async def make_room(database: Database, story: Story) -> None:
    """Partitions for all months that snapshots fall into, in a transaction of their own, as they want it."""
    last = story.lost.end + timedelta(seconds=max(SLOTS))
    days = {story.start + timedelta(days=number) for number in range((last - story.start).days + 1)}
    async with database.transaction() as session:
        for month in sorted({day.replace(day=1) for day in days}):
            await ensure_partition(session, day=month)


def subject(post: ScheduledPost, piece: ContentPiece) -> Subject:
    """The post as the sandbox network's audience sees it: seeded as that network seeds what is published there."""
    assert post.published_at is not None
    text = texts_of(piece)[0]
    seed = account_seed(piece.platform)
    return Subject(
        seed=seed_of(seed, hashlib.sha256(text.encode()).hexdigest(), 0),
        taste_seed=seed,
        platform=piece.platform.value,
        followers=followers_at_first(piece.platform),
        text=text,
        has_media=False,
        created_at=post.published_at,
    )


async def measured(
    session: AsyncSession,
    posts: Sequence[ScheduledPost],
    *,
    pieces: Mapping[UUID, ContentPiece],
    by: Mapping[Platform, SocialAccount],
) -> None:
    """A snapshot at every slot of every published post, and the followers that the posts brought."""
    names = [field.name for field in fields(Metrics)]
    for post in posts:
        assert post.published_at is not None
        piece = pieces[post.content_piece_id]
        account, seen = by[piece.platform], subject(post, piece)
        for slot in SLOTS:
            at = post.published_at + timedelta(seconds=slot) + _MEASURED_AFTER
            counted = engagement.counters(seen, at=at)
            metrics = Metrics(**{name: counted[name] for name in names})
            await record(session, post=post, account=account, slot=slot, metrics=metrics, measured_at=at)
        last = post.published_at + timedelta(seconds=max(SLOTS))
        account.followers = (account.followers or 0) + engagement.followers_gained(seen, at=last)
    await session.flush()


async def summed_up(session: AsyncSession, actor: Actor, story: Story, *, key: UUID) -> None:
    """The coach's letter for every week with posts; the owner has accepted the first."""
    for monday in story.weeks:
        summary = await coach.write(session, organization_id=key, week_start=monday)
        summary.created_at = Week(monday, story.zone).end + _SUMMED_UP_AFTER
        await session.flush()
        await delivered(session, key=key, at=summary.created_at)
    await _accepted(session, actor, story, key=key, monday=story.weeks[0])


async def told_of_disconnection(
    session: AsyncSession, story: Story, *, key: UUID, people: Sequence[User], account: SocialAccount
) -> None:
    """The message that the owner and the administrator got when the first post was refused."""
    at = story.lost.scenes[0].at
    await tell(
        session,
        organization_id=key,
        recipients=[Recipient(user.id, user.email) for user in people],
        key=f"account-needs-reconnect:{account.id}:{account.last_sync_at}",
        template="account-needs-reconnect",
        data=Told(platform=account.platform.label, handle=HANDLE, reason=CONNECT_AGAIN, path="/channels"),
        priority=1,
    )
    await delivered(session, key=key, at=at)


async def delivered(session: AsyncSession, *, key: UUID, at: datetime) -> None:
    """What is still owed was written then, and delivered at once."""
    owed = update(Notification).where(
        Notification.organization_id == key, Notification.status == DeliveryStatus.PENDING
    )
    sent = {"status": DeliveryStatus.SENT, "attempts": 1, "created_at": at, "delivered_at": at + _DELIVERED_AFTER}
    await session.execute(owed.values(sent), execution_options={"synchronize_session": False})


async def _accepted(session: AsyncSession, actor: Actor, story: Story, *, key: UUID, monday: date) -> None:
    summary = await coach.accept(session, actor, organization_id=key, week_start=monday)
    summary.accepted_at = Week(monday, story.zone).end + _ACCEPTED_AFTER
    await session.flush()
