"""What a reviewer does through a link: approve, ask for changes, comment, take an own comment back."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.brand import queries as brand
from aipromote.content import queries as content
from aipromote.content.actions.reviewing import let_out, send_back
from aipromote.content.models import Approval, ContentPiece
from aipromote.content.review import actions, queries
from aipromote.content.review.links import Guest
from aipromote.content.review.models import Comment, ReviewLinkPiece
from aipromote.content.review.telling import tell_of_decision
from aipromote.errors import NotAllowed, NotFound, StaleRevision


async def piece_for(session: AsyncSession, guest: Guest, *, piece_id: UUID, lock: bool = False) -> ContentPiece:
    """The piece, if the link shows it. Raises NotFound."""
    shown = await session.scalar(
        select(ReviewLinkPiece.piece_id).where(
            ReviewLinkPiece.organization_id == guest.organization_id,
            ReviewLinkPiece.link_id == guest.link.id,
            ReviewLinkPiece.piece_id == piece_id,
        )
    )
    if shown is None:
        raise NotFound("This link does not show that piece.")
    return await content.piece(session, organization_id=guest.organization_id, piece_id=piece_id, lock=lock)


async def approve(session: AsyncSession, guest: Guest, *, piece_id: UUID, revision: int) -> Approval:
    """Let this revision out, as the reviewer, on behalf of the link's maker. Never against a finding that blocks.

    Raises NotAllowed for a link that may only comment, StaleRevision, and Conflict.
    """
    piece = await _to_decide(session, guest, piece_id=piece_id, revision=revision)
    judge = await brand.judge(session, organization_id=guest.organization_id)
    given = await let_out(session, guest.actor, piece, judge, override_reason=None)
    key = f"piece-reviewed:{guest.link.id}:{piece.id}:{revision}:{given.decided_at.isoformat()}"
    await tell_of_decision(session, guest.actor, piece, words="Approved.", key=key)
    return given


async def ask_changes(session: AsyncSession, guest: Guest, *, piece_id: UUID, revision: int, note: str) -> ContentPiece:
    """Send the piece back to its author, with a note. As `approve` otherwise."""
    piece = await _to_decide(session, guest, piece_id=piece_id, revision=revision)
    piece = await send_back(session, guest.actor, piece, revision=revision, note=note)
    key = f"piece-reviewed:{guest.link.id}:{piece.id}:{revision}:{clock.now().isoformat()}"
    await tell_of_decision(session, guest.actor, piece, words=f"Asks for changes: {note.strip()}", key=key)
    return piece


async def comment(
    session: AsyncSession, guest: Guest, *, piece_id: UUID, revision: int, said: str, quote: str = ""
) -> Comment:
    """Say something about this revision, as the reviewer."""
    piece = await piece_for(session, guest, piece_id=piece_id)
    return await actions.add(session, guest.actor, piece, revision=revision, said=said, quote=quote)


async def take_back(session: AsyncSession, guest: Guest, *, comment_id: UUID) -> None:
    """Delete a comment that was made through this very link. Raises NotFound for any other."""
    row = await queries.comment(session, organization_id=guest.organization_id, comment_id=comment_id, lock=True)
    if row.review_link_id != guest.link.id:
        raise NotFound("There is no such comment.")
    await actions.discard(session, guest.actor, row)


async def _to_decide(session: AsyncSession, guest: Guest, *, piece_id: UUID, revision: int) -> ContentPiece:
    if not guest.link.may_approve:
        raise NotAllowed("This link is for comments. Write one instead.")
    piece = await piece_for(session, guest, piece_id=piece_id, lock=True)
    if piece.revision != revision:
        raise StaleRevision("The text was changed after you opened this page. Please read it again, then decide.")
    return piece
