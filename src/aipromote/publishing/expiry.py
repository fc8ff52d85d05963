"""Texts that are only good until a time: no post of theirs is given a later one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.content.models import ContentPiece
from aipromote.errors import Conflict, InvalidInput
from aipromote.organizations import queries as organizations
from aipromote.publishing.moments import when


async def refuse_if_expired_by(session: AsyncSession, *, organization_id: UUID, piece_id: UUID, at: datetime) -> None:
    """Nothing if the piece is still good at that time. InvalidInput for a time too late, Conflict when all are."""
    mine = (ContentPiece.organization_id == organization_id, ContentPiece.id == piece_id)
    expires_at = await session.scalar(select(ContentPiece.expires_at).where(*mine))
    if expires_at is None or at < expires_at:
        return
    until = when(expires_at, await organizations.time_zone(session, organization_id=organization_id))
    if expires_at <= clock.now():
        raise Conflict(
            f"This text was only good until {until}, so it cannot go out any more. Put it away, and write a new one."
        )
    raise InvalidInput(
        f"This text is only good until {until}, so it cannot go out at that time. Choose a time before that.",
        field="scheduled_at",
    )
