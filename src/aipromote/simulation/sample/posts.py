"""Accounts that stand for accounts of the sandbox network, and what became of their posts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import settings
from aipromote.channels.models import SocialAccount
from aipromote.content.models import ContentPiece, Series
from aipromote.content.states import ContentStatus
from aipromote.db.base import new_id
from aipromote.documents.vocabulary import Platform
from aipromote.publishing import aftermath
from aipromote.publishing.actions import idempotency_key
from aipromote.publishing.models import PublishAttempt, ScheduledPost
from aipromote.publishing.states import Outcome, PostStatus
from aipromote.sandbox.store import seed_of
from aipromote.simulation.sample.story import Scene, Story

HANDLE = "pagerlane"
WORKER = "sample data"
CONNECT_AGAIN = "Sample data: connect this account again to publish"
_SANDBOX = "http://127.0.0.1:8490"
_ARMED_AFTER = timedelta(seconds=1)
_TOOK = timedelta(milliseconds=120)
_GIVEN_UP_AFTER = timedelta(hours=24)

Written = tuple[Scene, ContentPiece]


def account_seed(platform: Platform) -> int:
    """The seed under which the sandbox network knows this handle."""
    return seed_of(platform.value, HANDLE)


def followers_at_first(platform: Platform) -> int:
    """How many followers the sandbox network gives a new account of this seed."""
    return 200 + account_seed(platform) % 4801


async def accounts(session: AsyncSession, story: Story, *, key: UUID) -> dict[Platform, SocialAccount]:
    """One for each platform of the plan, without tokens: nothing can be published by it."""
    rows = {
        channel.platform: SocialAccount(
            organization_id=key,
            id=new_id(),
            platform=channel.platform,
            connector="sandbox",
            server=settings.get().sandbox_url or _SANDBOX,
            handle=HANDLE,
            display_name=story.brief.name,
            followers=followers_at_first(channel.platform),
            is_active=False,
            error_message=CONNECT_AGAIN,
            last_sync_at=story.at(story.lost.start, 0),
            created_at=story.planned_at + timedelta(hours=1),
        )
        for channel in story.plan.channel_plan
    }
    session.add_all(rows.values())
    await session.flush()
    return rows


async def published(
    session: AsyncSession, items: Sequence[Written], *, by: Mapping[Platform, SocialAccount]
) -> list[ScheduledPost]:
    """These went out on time, part by part."""
    posts = []
    for number, (scene, piece) in enumerate(items, start=1):
        account = by[piece.platform]
        texts = texts_of(piece)
        finished = scene.at + _ARMED_AFTER + len(texts) * _TOOK
        post = _post(scene, piece, account, PostStatus.PUBLISHED)
        post.platform_post_id, post.published_at = f"sample-{number}", finished
        post.attempt_count, post.last_attempt_at = 1, scene.at + _ARMED_AFTER
        account.posts = (account.posts or 0) + len(texts)
        posts.append(post)
        session.add(post)
        await session.flush()
        session.add_all(_sent(post, part, text) for part, text in enumerate(texts))
    await session.flush()
    return posts


async def ended_without(
    session: AsyncSession, items: Sequence[Written], *, by: Mapping[Platform, SocialAccount]
) -> list[ScheduledPost]:
    """The first was refused by the network, the second missed its time; the others were cancelled then."""
    posts = [_post(scene, piece, by[piece.platform], PostStatus.CANCELLED) for scene, piece in items]
    refused, missed = posts[:2]
    refused.status, refused.error_kind = PostStatus.FAILED, "connect_again"
    refused.error_message = f"{CONNECT_AGAIN}. Then schedule this post again."
    refused.attempt_count, refused.last_attempt_at = 1, refused.scheduled_at + _ARMED_AFTER
    missed.status = PostStatus.MISSED
    hours = f"{_GIVEN_UP_AFTER / timedelta(hours=1):g} hours"
    missed.error_message = f"It could not be sent within {hours} of its time, so it was not sent."
    session.add_all(posts)
    await session.flush()
    session.add(_turned_away(refused, texts_of(items[0][1])[0]))
    await session.flush()
    return posts


async def mark_scheduled(session: AsyncSession, items: Sequence[Written]) -> None:
    """Approved pieces become scheduled ones, each for its time."""
    for scene, piece in items:
        piece.status, piece.scheduled_at = ContentStatus.SCHEDULED, scene.at
    await session.flush()


async def mirrored(session: AsyncSession, *, key: UUID, posts: Sequence[ScheduledPost]) -> None:
    """The pieces show what became of their posts, and the series how far it is."""
    await aftermath.mirror(session, {(key, post.content_piece_id) for post in posts})
    out = (
        select(func.count())
        .select_from(ContentPiece)
        .where(
            ContentPiece.organization_id == Series.organization_id,
            ContentPiece.series_id == Series.id,
            ContentPiece.status == ContentStatus.PUBLISHED,
        )
    )
    counted = update(Series).where(Series.organization_id == key).values(published_posts=out.scalar_subquery())
    await session.execute(counted, execution_options={"synchronize_session": False})


def texts_of(piece: ContentPiece) -> list[str]:
    """What is sent of a piece, message by message."""
    return list(piece.parts) or [piece.body]


def _post(scene: Scene, piece: ContentPiece, account: SocialAccount, status: PostStatus) -> ScheduledPost:
    return ScheduledPost(
        organization_id=piece.organization_id,
        id=new_id(),
        content_piece_id=piece.id,
        revision=piece.revision,
        social_account_id=account.id,
        scheduled_at=scene.at,
        local_time=scene.local,
        time_zone=scene.zone,
        status=status,
        idempotency_key=idempotency_key(
            piece_id=piece.id, revision=piece.revision, account_id=account.id, slot=scene.at
        ),
        created_at=piece.created_at,
    )


def _sent(post: ScheduledPost, part: int, text: str) -> PublishAttempt:
    name = f"{post.platform_post_id}.{part}" if part else post.platform_post_id
    armed_at = post.scheduled_at + _ARMED_AFTER + part * _TOOK
    row = _attempt(post, part, text, armed_at)
    row.outcome, row.platform_post_id = Outcome.PUBLISHED, name
    return row


def _turned_away(post: ScheduledPost, text: str) -> PublishAttempt:
    row = _attempt(post, 0, text, post.scheduled_at + _ARMED_AFTER)
    row.outcome, row.error_kind, row.error_message = Outcome.UNAUTHORIZED, post.error_kind, post.error_message
    return row


def _attempt(post: ScheduledPost, part: int, text: str, armed_at: datetime) -> PublishAttempt:
    return PublishAttempt(
        organization_id=post.organization_id,
        id=new_id(),
        scheduled_post_id=post.id,
        part=part,
        number=1,
        armed_at=armed_at,
        finished_at=armed_at + _TOOK,
        worker=WORKER,
        key=f"{post.idempotency_key}/{part}",
        text_sent=text,
        text_hash=hashlib.sha256(text.encode()).digest(),
        created_at=armed_at,
    )
