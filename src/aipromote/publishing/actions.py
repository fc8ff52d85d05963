"""What people and the calendar do with posts: schedule, move, cancel, publish now, and settle what is not known."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.channels import queries as channels
from aipromote.content.models import ContentPiece
from aipromote.db.base import new_id
from aipromote.errors import Conflict, InvalidInput
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role
from aipromote.publishing import aftermath, queries
from aipromote.publishing.changes import AttemptChange, PostChange, change_posts, finish_attempts
from aipromote.publishing.expiry import refuse_if_expired_by
from aipromote.publishing.holds import RESTORED, refuse_if_held
from aipromote.publishing.models import PublishAttempt, ScheduledPost
from aipromote.publishing.seen import refuse_if_moved
from aipromote.publishing.states import MOVES, PREPARING, Outcome, PostStatus
from aipromote.publishing.words import BUSY

_ENDED = (PostStatus.FAILED, PostStatus.CANCELLED, PostStatus.MISSED)


def idempotency_key(*, piece_id: UUID, revision: int, account_id: UUID, slot: datetime) -> str:
    """What makes a post this post: never made from the current time, so the same wish always has the same key."""
    facts = f"{piece_id}/{revision}/{account_id}/{slot.astimezone(UTC).isoformat()}"
    return hashlib.sha256(facts.encode()).hexdigest()[:40]


async def schedule_post(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    piece: ContentPiece,
    account_id: UUID,
    scheduled_at: datetime,
    local_time: datetime | None = None,
    time_zone: str | None = None,
) -> ScheduledPost:
    """Let this revision of the piece go out on this account at this time. A repeat returns the post that there is.

    `local_time` is the naive wall-clock time in `time_zone` that `scheduled_at` (aware) was made from. Raises
    InvalidInput for a time at which the text is not good any more, Conflict for a text that is not good by now.
    """
    await require(session, actor, organization_id=organization_id, role=Role.APPROVER)
    account = await channels.account(session, organization_id=organization_id, account_id=account_id)
    if account.platform is not piece.platform:
        raise InvalidInput(f"This text is for {piece.platform.label}, the account is on {account.platform.label}.")
    if piece.expires_at is not None:
        await refuse_if_expired_by(session, organization_id=organization_id, piece_id=piece.id, at=scheduled_at)
    key = idempotency_key(piece_id=piece.id, revision=piece.revision, account_id=account_id, slot=scheduled_at)
    row = {
        "organization_id": organization_id,
        "id": new_id(),
        "content_piece_id": piece.id,
        "revision": piece.revision,
        "social_account_id": account_id,
        "scheduled_at": scheduled_at,
        "local_time": local_time,
        "time_zone": time_zone,
        "idempotency_key": key,
    }
    statement = (
        insert(ScheduledPost).values(row).on_conflict_do_nothing(index_elements=["organization_id", "idempotency_key"])
    )
    is_new = await session.scalar(statement.returning(ScheduledPost.id)) is not None
    post = await queries.post_by_key(session, organization_id=organization_id, idempotency_key=key)
    was = None if is_new else post.status
    if post.status in _ENDED:  # scheduled, ended without going out, and wanted again
        post = await _move(session, post, PostStatus.SCHEDULED, **_afresh(scheduled_at, local_time, time_zone))
    if was is not post.status:
        await _record(session, actor, post, "post.scheduled", before={"status": was}, after={"at": post.scheduled_at})
    await aftermath.mirror(session, {(organization_id, piece.id)})
    return post


async def cancel(session: AsyncSession, actor: Actor, *, organization_id: UUID, post_id: UUID) -> ScheduledPost:
    """Do not send it. Conflict when it is being sent, was sent, or may have been."""
    await require(session, actor, organization_id=organization_id, role=Role.APPROVER)
    post = await queries.post(session, organization_id=organization_id, post_id=post_id)
    if post.status is PostStatus.CANCELLED:
        return post
    await _refuse_if_perhaps_out(session, post)
    before = {"status": post.status, "at": post.scheduled_at}
    cancelled = await _move(session, post, PostStatus.CANCELLED, next_attempt_at=None)
    await _record(session, actor, cancelled, "post.cancelled", before=before)
    await aftermath.mirror(session, {(organization_id, post.content_piece_id)})
    return cancelled


async def reschedule(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    post_id: UUID,
    scheduled_at: datetime,
    local_time: datetime | None = None,
    time_zone: str | None = None,
    seen: datetime | None = None,
) -> ScheduledPost:
    """Send it at another time; also one that failed, was missed or cancelled. Conflict when it is too late for that.

    `seen` is the time that the person saw: Conflict where it is not the post's any more. InvalidInput for a time at
    which its text is not good any more.
    """
    await require(session, actor, organization_id=organization_id, role=Role.APPROVER)
    post = await queries.post(session, organization_id=organization_id, post_id=post_id)
    await refuse_if_moved(session, post, seen=seen)
    before = {"status": post.status, "at": post.scheduled_at}
    moved = await _give_time(
        session, post, scheduled_at=scheduled_at, local_time=local_time, time_zone=time_zone, seen=seen
    )
    await _record(session, actor, moved, "post.rescheduled", before=before, after={"at": scheduled_at})
    return moved


async def _give_time(
    session: AsyncSession,
    post: ScheduledPost,
    *,
    scheduled_at: datetime,
    local_time: datetime | None = None,
    time_zone: str | None = None,
    seen: datetime | None = None,
) -> ScheduledPost:
    values = {"scheduled_at": scheduled_at, "local_time": local_time, "time_zone": time_zone}
    if post.status not in {PostStatus.SCHEDULED, PostStatus.RETRYING, *_ENDED}:
        raise Conflict(BUSY[post.status])
    await _refuse_if_perhaps_out(session, post)
    mine = {"organization_id": post.organization_id, "piece_id": post.content_piece_id}
    await refuse_if_expired_by(session, **mine, at=scheduled_at)
    if post.status in _ENDED:
        values = _afresh(scheduled_at, local_time, time_zone)
    if post.status is PostStatus.RETRYING:
        # It stays what it is, so that nobody forgets which of its parts are out; the new time counts for the next try.
        # Nor is it waited for any more what it waited for at the old time.
        said = {"error_kind": None, "error_message": None} if post.error_kind == PREPARING else {}
        again = values | said | {"next_attempt_at": scheduled_at}
        moved = await _move(session, post, PostStatus.RETRYING, seen=seen, **again)
    else:
        moved = await _move(session, post, PostStatus.SCHEDULED, seen=seen, **values)
    await aftermath.mirror(session, {(post.organization_id, post.content_piece_id)})
    return moved


async def _refuse_if_perhaps_out(session: AsyncSession, post: ScheduledPost) -> None:
    """A post that waits for a repeat under the same key may be out: until that is known nobody changes it."""
    if post.status is not PostStatus.RETRYING:
        return
    attempts = await queries.attempts_of(session, organization_id=post.organization_id, post_id=post.id)
    out = {attempt.part for attempt in attempts if attempt.outcome is Outcome.PUBLISHED}
    if any(one.outcome in {Outcome.ARMED, Outcome.UNKNOWN} and one.part not in out for one in attempts):
        raise Conflict(BUSY[PostStatus.UNCONFIRMED])


async def publish_now(session: AsyncSession, actor: Actor, *, organization_id: UUID, post_id: UUID) -> ScheduledPost:
    """Send it as soon as a worker is free. All checks of the publish step hold. Conflict while publishing is held."""
    await refuse_if_held(session, organization_id=organization_id)
    await require(session, actor, organization_id=organization_id, role=Role.APPROVER)
    post = await queries.post(session, organization_id=organization_id, post_id=post_id)
    before = {"status": post.status, "at": post.scheduled_at}
    moved = await _give_time(session, post, scheduled_at=clock.now())
    action = "post.retried" if before["status"] in _ENDED else "post.sent_now"
    await _record(session, actor, moved, action, before=before, after={"at": moved.scheduled_at})
    return moved


async def look_again(session: AsyncSession, actor: Actor, *, organization_id: UUID, post_id: UUID) -> ScheduledPost:
    """Ask the network once more whether it has a post whose outcome is not known. Conflict where it cannot tell."""
    await require(session, actor, organization_id=organization_id, role=Role.APPROVER)
    post = await queries.post(session, organization_id=organization_id, post_id=post_id)
    if post.status is not PostStatus.UNCONFIRMED:
        raise Conflict("What became of this post is known.")
    if post.error_kind == RESTORED and post.next_attempt_at is None:
        raise Conflict("No network can tell what became of this post. Look at the account, and say what you saw.")
    moved = await _move(session, post, PostStatus.UNCONFIRMED, next_attempt_at=clock.now())
    await _record(session, actor, moved, "post.looked_up", before={})
    return moved


async def settle(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, post_id: UUID, url: str | None
) -> ScheduledPost:
    """A person looked: the post is there, at `url`, or it is not (None), and may then be scheduled again."""
    await require(session, actor, organization_id=organization_id, role=Role.APPROVER)
    post = await queries.post(session, organization_id=organization_id, post_id=post_id)
    if post.status is not PostStatus.UNCONFIRMED:
        raise Conflict("What became of this post is known.")
    if url is not None and not url.startswith(("https://", "http://")):
        raise InvalidInput("Please give the address of the post, beginning with https://.", field="url")
    change = PostChange(
        organization_id,
        post_id,
        PostStatus.UNCONFIRMED,
        PostStatus.PUBLISHED if url else PostStatus.FAILED,
        error_kind=None if url else "not_there",
        error_message=None if url else f"{actor.name} looked, and it is not there. It can be scheduled again.",
        platform_url=url,
        published_at=(post.last_attempt_at or clock.now()) if url else None,
    )
    if not url:
        await _lock_attempts(session, organization_id=organization_id, post_id=post_id)
    changed = await change_posts(session, [change])
    if not changed:  # its attempts are somebody else's by now
        raise Conflict("Somebody else found out about this post a moment ago. Please look again.")
    if not url:
        await _close_attempts(session, organization_id=organization_id, post_id=post_id)
    await aftermath.follow(session, list(changed.values()))
    settled = await queries.post(session, organization_id=organization_id, post_id=post_id)
    told = {"status": settled.status, "url": url}
    await _record(session, actor, settled, "post.settled", before={"status": PostStatus.UNCONFIRMED}, after=told)
    return settled


async def _record(
    session: AsyncSession,
    actor: Actor,
    post: ScheduledPost,
    action: str,
    *,
    before: Mapping[str, Any],
    after: Mapping[str, Any] | None = None,
) -> None:
    now = {"status": post.status, "piece": post.content_piece_id, "revision": post.revision}
    await audit.record(
        session,
        actor,
        organization_id=post.organization_id,
        action=action,
        subject="scheduled_posts",
        subject_id=post.id,
        detail=Detail(before=dict(before), after=now | dict(after or {})),
    )


async def _lock_attempts(session: AsyncSession, *, organization_id: UUID, post_id: UUID) -> None:
    """Wait for whoever is writing down what became of a call. Before the post: in the order in which workers lock."""
    mine = (PublishAttempt.organization_id == organization_id, PublishAttempt.scheduled_post_id == post_id)
    await session.execute(select(PublishAttempt.id).where(*mine).order_by(PublishAttempt.id).with_for_update())


async def _close_attempts(session: AsyncSession, *, organization_id: UUID, post_id: UUID) -> None:
    attempts = await queries.attempts_of(session, organization_id=organization_id, post_id=post_id)
    gone = [AttemptChange(organization_id, attempt.id, Outcome.ABSENT, "not_there") for attempt in attempts]
    await finish_attempts(session, gone)


def _afresh(scheduled_at: datetime, local_time: datetime | None, time_zone: str | None) -> dict[str, Any]:
    """A post that ended begins anew, with all its attempts. What it has sent already stays sent."""
    return {
        "scheduled_at": scheduled_at,
        "local_time": local_time,
        "time_zone": time_zone,
        "attempt_count": 0,
        "next_attempt_at": None,
        "error_kind": None,
        "error_message": None,
    }


async def _move(
    session: AsyncSession, post: ScheduledPost, status: PostStatus, *, seen: datetime | None = None, **values: Any
) -> ScheduledPost:
    """Compare and set. Conflict when the move is not allowed, or somebody else was first.

    A post that waits for another try looks the same after a worker made a call in vain as before it, and then it may be
    out: so the time of the last call is compared, too.
    """
    if status is not post.status and status not in MOVES[post.status]:
        raise Conflict(BUSY.get(post.status, f"A post that is {post.status.lower()} cannot become {status.lower()}."))
    change = update(ScheduledPost).where(
        ScheduledPost.organization_id == post.organization_id,
        ScheduledPost.id == post.id,
        ScheduledPost.status == post.status,
        ScheduledPost.last_attempt_at.is_not_distinct_from(post.last_attempt_at),
        *([] if seen is None else [ScheduledPost.scheduled_at == seen]),
    )
    moved: ScheduledPost | None = await session.scalar(
        change.values(status=status, **values).returning(ScheduledPost),
        execution_options={"populate_existing": True, "synchronize_session": False},
    )
    if moved is not None:
        return moved
    now = await queries.post(session, organization_id=post.organization_id, post_id=post.id)
    raise Conflict(BUSY.get(now.status, "Somebody else changed this post a moment ago. Please look again."))
