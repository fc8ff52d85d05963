"""Putting pieces under another pillar."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.actor import Actor
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.content import queries
from aipromote.content.models import ContentPiece, Pillar
from aipromote.errors import NotFound
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role


async def change_pillar(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, piece_ids: Collection[UUID], pillar_id: UUID | None
) -> list[ContentPiece]:
    """Put these pieces under this pillar, or under none. Answers those that were not there yet. Raises NotFound.

    Text, approval and time stay. Results count by the pillar that a piece has now, published pieces too.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    if pillar_id is not None and await session.get(Pillar, (organization_id, pillar_id)) is None:
        raise NotFound("There is no such pillar.")
    rows = await queries.pieces_by_id(session, organization_id=organization_id, piece_ids=piece_ids, lock=True)
    moved = [piece for piece in rows.values() if piece.pillar_id != pillar_id]
    for piece in moved:
        was, piece.pillar_id = piece.pillar_id, pillar_id
        await audit.record(
            session,
            actor,
            organization_id=organization_id,
            action="piece.pillar_changed",
            subject="content_pieces",
            subject_id=piece.id,
            detail=Detail(before={"pillar_id": was}, after={"pillar_id": pillar_id}),
        )
    await session.flush()
    return moved
