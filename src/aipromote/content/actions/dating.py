"""Another day for a piece that has no time yet."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.content import queries
from aipromote.content.models import ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.errors import Conflict, InvalidInput
from aipromote.organizations import queries as organizations
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role

_WAITING = frozenset({ContentStatus.DRAFT, ContentStatus.PENDING_REVIEW, ContentStatus.APPROVED})
_YEARS = 2


async def plan_for(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    piece_id: UUID,
    day: date,
    seen: date | None = None,
) -> ContentPiece:
    """Plan a piece for another day on the audience's calendar. Text and approval stay as they are.

    `seen` is the day that the person saw: Conflict where it is another one by now, or the piece has a time already.
    Raises InvalidInput for a day that is over, or on which the text is not good any more.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    piece = await queries.piece(session, organization_id=organization_id, piece_id=piece_id, lock=True)
    if piece.status not in _WAITING:
        raise Conflict("This piece has left the plan: it has a time already, or is put away. Please look again.")
    if seen not in {None, piece.planned_for}:
        raise Conflict("Somebody else planned this piece for another day meanwhile. It stays there.")
    zone = await organizations.time_zone(session, organization_id=organization_id)
    today = clock.now().astimezone(zone).date()
    if day < today:
        raise InvalidInput("That day has passed. Choose a later one.", field="day")
    if day.year > today.year + _YEARS:
        raise InvalidInput("That day is too far away.", field="day")
    if piece.expires_at is not None and piece.expires_at.astimezone(zone).date() < day:
        raise InvalidInput("This text is not good any more on that day. Choose an earlier one.", field="day")
    before, piece.planned_for = piece.planned_for, day
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="piece.planned",
        subject="content_pieces",
        subject_id=piece.id,
        detail=Detail(before={"planned_for": before}, after={"planned_for": day}),
    )
    await session.flush()
    return piece
