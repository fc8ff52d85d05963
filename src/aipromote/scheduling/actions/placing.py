"""Scheduling without a click, where the organization chose that."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.actor import SYSTEM
from aipromote.brand import queries as brand
from aipromote.content import queries as pieces
from aipromote.content.models import ContentPiece
from aipromote.organizations import queries as organizations
from aipromote.scheduling import queries
from aipromote.scheduling.actions.planning import HeldBack, Result, approve_and_schedule, held


async def place_waiting(session: AsyncSession, *, organization_id: UUID) -> Result:
    """Give their times to the pieces that the product approved by itself and that nobody has scheduled.

    Whether it may let them out is asked once more, and so is the check: rules and facts may have changed while the
    pieces waited for an account. Doing it again changes nothing. Raises NotFound for an organization that is gone.
    """
    await organizations.lock(session, organization_id=organization_id)
    waiting = await queries.waiting(session, organization_id=organization_id)
    if not waiting:
        return Result()
    blocked = await _blocked(session, waiting, organization_id=organization_id)
    unblocked = {piece.id for piece in waiting} - {one.piece_id for one in blocked}
    result = await approve_and_schedule(session, SYSTEM, organization_id=organization_id, piece_ids=unblocked)
    result.held_back.extend(blocked)
    return result


async def _blocked(session: AsyncSession, waiting: list[ContentPiece], *, organization_id: UUID) -> list[HeldBack]:
    judge = await brand.judge(session, organization_id=organization_id)
    worst = [(piece, pieces.findings_by(judge, piece)[:1]) for piece in waiting]
    return [held(piece, first[0].reason) for piece, first in worst if first and first[0].severity == "block"]
