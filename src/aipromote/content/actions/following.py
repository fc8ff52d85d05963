"""What becomes of pieces when another plan is followed: a place in that one; and the way back out of the archive."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.actor import Actor
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.content import queries
from aipromote.content.actions.drafting import revision_of
from aipromote.content.actions.moving import move, words
from aipromote.content.models import ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.errors import Conflict
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role

_CLOSED = frozenset({ContentStatus.PUBLISHED, ContentStatus.ARCHIVED})


async def take_place(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    piece_id: UUID,
    strategy_id: UUID,
    slot_key: str,
    planned_for: date,
    pillar_id: UUID | None,
) -> ContentPiece:
    """Let the piece be the one of this place in another version of the plan. Its text and approval stay.

    Raises Conflict for a piece that is published or archived, and where the place has another one.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    piece = await queries.piece(session, organization_id=organization_id, piece_id=piece_id, lock=True)
    if piece.status in _CLOSED:
        raise Conflict(f"This piece is {words(piece.status)}; it keeps its place.")
    was = {"strategy_id": piece.strategy_id, "place": piece.slot_key, "planned_for": piece.planned_for}
    now = {"strategy_id": strategy_id, "place": slot_key, "planned_for": planned_for}
    if was == now and piece.pillar_id == pillar_id:
        return piece
    try:
        async with session.begin_nested():
            piece.strategy_id, piece.slot_key = strategy_id, slot_key
            piece.planned_for, piece.pillar_id = planned_for, pillar_id
            await session.flush()
    except IntegrityError as error:
        raise Conflict("Another text was written for this place meanwhile.") from error
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="piece.placed",
        subject="content_pieces",
        subject_id=piece_id,
        detail=Detail(before=was, after=now),
    )
    return piece


async def restore(session: AsyncSession, actor: Actor, *, organization_id: UUID, piece_id: UUID) -> ContentPiece:
    """Take a piece out of the archive, to be reviewed as if it were new. It belongs to no place of a plan any more.

    A new revision: neither an approval nor a post from before the archive holds for it. Raises Conflict for a piece
    that is not in the archive, or that was published before it went there.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    piece = await queries.piece(session, organization_id=organization_id, piece_id=piece_id, lock=True)
    if piece.status is not ContentStatus.ARCHIVED:
        raise Conflict(f"This piece is {words(piece.status)}, not archived.")
    if piece.published_at is not None:
        raise Conflict("This piece was published. Write a new one instead of sending it again.")
    move(piece, to=ContentStatus.PENDING_REVIEW)
    piece.slot_key = None
    piece.revision += 1
    session.add(revision_of(piece, author=actor.name, author_id=actor.user_id))
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="piece.restored",
        subject="content_pieces",
        subject_id=piece_id,
        detail=Detail(
            before={"status": ContentStatus.ARCHIVED}, after={"status": piece.status, "revision": piece.revision}
        ),
    )
    await session.flush()
    return piece
