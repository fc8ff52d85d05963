"""What follows for the calendar when a reviewer without an account decides. The calendar acts in the product's name."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.actor import SYSTEM
from aipromote.content import queries as content
from aipromote.content.models import ContentPiece
from aipromote.content.review import deciding
from aipromote.content.review.links import Guest
from aipromote.content.states import ContentStatus
from aipromote.errors import NotAllowed, StaleRevision
from aipromote.scheduling.actions.changing import cancel_open_posts
from aipromote.scheduling.actions.planning import Result, schedule_approved


async def approve_by_link(session: AsyncSession, guest: Guest, *, piece_id: UUID, revision: int) -> Result:
    """Approve this revision through a link and give it a time. As `content.review.deciding.approve` otherwise."""
    organization_id = guest.organization_id
    await deciding.approve(session, guest, piece_id=piece_id, revision=revision)
    piece = await content.piece(session, organization_id=organization_id, piece_id=piece_id)
    if piece.status is not ContentStatus.APPROVED:  # what AIPromote had approved and scheduled keeps its post
        return Result()
    return await schedule_approved(session, SYSTEM, organization_id=organization_id, piece_ids=[piece_id])


async def ask_changes_by_link(
    session: AsyncSession, guest: Guest, *, piece_id: UUID, revision: int, note: str
) -> ContentPiece:
    """Send a piece back through a link, and cancel what was to go out. As `deciding.ask_changes` otherwise."""
    piece = await deciding.piece_for(session, guest, piece_id=piece_id)
    if not guest.link.may_approve:
        raise NotAllowed("This link is for comments. Write one instead.")
    if piece.revision != revision:
        raise StaleRevision("The text was changed after you opened this page. Please read it again, then decide.")
    await cancel_open_posts(session, SYSTEM, organization_id=guest.organization_id, piece_id=piece_id)
    return await deciding.ask_changes(session, guest, piece_id=piece_id, revision=revision, note=note)
