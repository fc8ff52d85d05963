"""Changing what has a time already: moving, cancelling, editing, putting away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.content import actions as content
from aipromote.content import queries as pieces
from aipromote.content.models import ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.documents.vocabulary import ContentType
from aipromote.errors import Conflict, InvalidInput, StaleRevision
from aipromote.organizations import queries as organizations
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role
from aipromote.publishing import actions as publishing
from aipromote.publishing import queries as posts
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import OPEN
from aipromote.scheduling import queries
from aipromote.scheduling.actions.planning import account_for
from aipromote.scheduling.judging import PASSED, free_minute
from aipromote.scheduling.slots import instant, wall_clock


async def reschedule(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    post_id: UUID,
    local: datetime,
    seen: datetime | None = None,
    second: bool = False,
) -> ScheduledPost:
    """Move a post to a wall-clock time (naive) in the organization's zone, as a person chose it.

    It keeps that time, but for the minutes that keep it from going out together with another post of the organization.
    A time that a clock change skips is as much later as the clock was put forward; of one that comes twice it is the
    first, or the `second`. Raises InvalidInput for the past, Conflict where the post's time is not the one that was
    `seen`.
    """
    await require(session, actor, organization_id=organization_id, role=Role.APPROVER)
    await organizations.lock(session, organization_id=organization_id)
    zone = await organizations.time_zone(session, organization_id=organization_id)
    at = instant(local, zone, second=second)
    if at <= clock.now():
        raise InvalidInput(PASSED, field="local")
    day = wall_clock(at, zone).date()
    taken = await queries.diary(session, organization_id=organization_id, first=day, last=day, zone=zone, but=post_id)
    at = free_minute(at, taken)
    return await publishing.reschedule(
        session,
        actor,
        organization_id=organization_id,
        post_id=post_id,
        scheduled_at=at,
        local_time=wall_clock(at, zone),
        time_zone=zone.key,
        seen=seen,
    )


async def cancel(session: AsyncSession, actor: Actor, *, organization_id: UUID, post_id: UUID) -> ScheduledPost:
    """Take a post out of the calendar. Raises Conflict when it is being sent, was sent, or may have been."""
    return await publishing.cancel(session, actor, organization_id=organization_id, post_id=post_id)


async def publish_piece_now(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, piece_id: UUID
) -> ScheduledPost:
    """Send an approved piece as soon as a worker is free: its open post, or a new one. Asking twice sends once."""
    await require(session, actor, organization_id=organization_id, role=Role.APPROVER)
    mine = {"organization_id": organization_id}
    await organizations.lock(session, **mine)
    waiting = await _open_posts(session, organization_id=organization_id, piece_id=piece_id)
    if waiting:
        return await publishing.publish_now(session, actor, **mine, post_id=waiting[0].id)
    piece = await pieces.piece(session, **mine, piece_id=piece_id, lock=True)
    if piece.status is not ContentStatus.APPROVED:
        raise Conflict("Only an approved text can go out.")
    account = await account_for(session, organization_id=organization_id, platform=piece.platform)
    if account is None:
        raise Conflict(f"No {piece.platform.label} account is connected.")
    return await publishing.schedule_post(
        session,
        actor,
        organization_id=organization_id,
        piece=piece,
        account_id=account.id,
        scheduled_at=clock.now(),
    )


async def edit_piece(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    piece_id: UUID,
    body: str,
    based_on: int,
    title: str | None = None,
    parts: Sequence[str] | None = None,
    type: ContentType | None = None,  # noqa: A002 -- the word of the data model
) -> ContentPiece:
    """Give a piece a new text, and cancel what was to go out with the old one. As `content.actions.edit` otherwise.

    Raises Conflict where a post of the old text is being sent right now.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    piece = await pieces.piece(session, organization_id=organization_id, piece_id=piece_id)
    if piece.revision != based_on:
        raise StaleRevision(f"This text was changed meanwhile (revision {piece.revision}). Look at it and edit again.")
    if content.changes(piece, body=body, title=title, parts=parts, type=type):
        await cancel_open_posts(session, actor, organization_id=organization_id, piece_id=piece_id)
    return await content.edit(
        session,
        actor,
        organization_id=organization_id,
        piece_id=piece_id,
        body=body,
        based_on=based_on,
        title=title,
        parts=parts,
        type=type,
    )


async def choose_variant(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, variant_id: UUID, based_on: int
) -> ContentPiece:
    """Make a variant the text of its piece, and cancel what was to go out. As `content.actions.choose_variant`."""
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    variant = await pieces.variant(session, organization_id=organization_id, variant_id=variant_id)
    piece = await pieces.piece(session, organization_id=organization_id, piece_id=variant.piece_id)
    if piece.revision != based_on:
        raise StaleRevision(
            f"This text was changed meanwhile (revision {piece.revision}). Look at it and choose again."
        )
    if content.changes(piece, body=variant.body, title=variant.title, parts=variant.parts):
        await cancel_open_posts(session, actor, organization_id=organization_id, piece_id=piece.id)
    return await content.choose_variant(
        session, actor, organization_id=organization_id, variant_id=variant_id, based_on=based_on
    )


async def ask_changes(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, piece_id: UUID, revision: int, note: str
) -> ContentPiece:
    """Send a piece back to its author, and cancel what was to go out. As `content.actions.ask_changes` otherwise."""
    await cancel_open_posts(session, actor, organization_id=organization_id, piece_id=piece_id)
    return await content.ask_changes(
        session, actor, organization_id=organization_id, piece_id=piece_id, revision=revision, note=note
    )


async def archive_piece(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, piece_id: UUID, reason: str | None = None
) -> ContentPiece:
    """Put a piece away, and cancel what was to go out. As `content.actions.archive` otherwise."""
    await cancel_open_posts(session, actor, organization_id=organization_id, piece_id=piece_id)
    return await content.archive(session, actor, organization_id=organization_id, piece_id=piece_id, reason=reason)


async def restore_piece(session: AsyncSession, actor: Actor, *, organization_id: UUID, piece_id: UUID) -> ContentPiece:
    """Take a piece out of the archive. As `content.actions.restore` otherwise.

    Raises Conflict where something of it is out, or may be: a part of a thread, or on one of two accounts. It would be
    sent a second time.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    if await posts.may_be_out(session, organization_id=organization_id, piece_id=piece_id):
        raise Conflict("Some of this piece is out, or may be. Write a new one instead of sending it again.")
    return await content.restore(session, actor, organization_id=organization_id, piece_id=piece_id)


async def cancel_open_posts(session: AsyncSession, actor: Actor, *, organization_id: UUID, piece_id: UUID) -> None:
    """Cancel everything that is to go out of this piece. Raises Conflict where something is being sent right now."""
    # Posts first, their piece afterwards: the order in which a worker that publishes locks them, too.
    for post in await _open_posts(session, organization_id=organization_id, piece_id=piece_id):
        await publishing.cancel(session, actor, organization_id=organization_id, post_id=post.id)


async def _open_posts(session: AsyncSession, *, organization_id: UUID, piece_id: UUID) -> list[ScheduledPost]:
    rows = await posts.posts_of_piece(session, organization_id=organization_id, piece_id=piece_id)
    return [row for row in rows if row.status in OPEN]
