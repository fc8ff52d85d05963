"""One act on several pieces at once: what it can be done with is done, and of the others it is said why not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.actor import Actor
from aipromote.content import actions as content
from aipromote.content import queries as pieces
from aipromote.content.models import ContentPiece
from aipromote.errors import Conflict
from aipromote.organizations import queries as organizations
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role
from aipromote.scheduling.actions.changing import archive_piece, restore_piece
from aipromote.scheduling.actions.planning import HeldBack, held

Act = Callable[[UUID], Awaitable[ContentPiece]]


async def submit_pieces(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, piece_ids: Collection[UUID]
) -> list[HeldBack]:
    """Send drafts to review. Answers those that stay where they are, and why."""

    async def act(piece_id: UUID) -> ContentPiece:
        return await content.submit(session, actor, organization_id=organization_id, piece_id=piece_id)

    return await _each(session, actor, act, organization_id=organization_id, piece_ids=piece_ids)


async def archive_pieces(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, piece_ids: Collection[UUID]
) -> list[HeldBack]:
    """Put pieces away, and cancel what was to go out. Answers those that stay, and why."""

    async def act(piece_id: UUID) -> ContentPiece:
        return await archive_piece(session, actor, organization_id=organization_id, piece_id=piece_id)

    return await _each(session, actor, act, organization_id=organization_id, piece_ids=piece_ids)


async def restore_pieces(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, piece_ids: Collection[UUID]
) -> list[HeldBack]:
    """Take pieces out of the archive, to be reviewed. Answers those that stay, and why."""

    async def act(piece_id: UUID) -> ContentPiece:
        return await restore_piece(session, actor, organization_id=organization_id, piece_id=piece_id)

    return await _each(session, actor, act, organization_id=organization_id, piece_ids=piece_ids)


async def _each(
    session: AsyncSession, actor: Actor, act: Act, *, organization_id: UUID, piece_ids: Collection[UUID]
) -> list[HeldBack]:
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    await organizations.lock(session, organization_id=organization_id)  # before its pieces, as everywhere
    rows = await pieces.pieces_by_id(session, organization_id=organization_id, piece_ids=piece_ids)
    refused = []
    for piece in rows.values():
        try:
            async with session.begin_nested():
                await act(piece.id)
        except Conflict as reason:
            refused.append(held(piece, reason.message))
    return refused
