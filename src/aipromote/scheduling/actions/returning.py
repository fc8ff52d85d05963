"""Going back to an earlier text of a piece."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.actor import Actor
from aipromote.content import queries as pieces
from aipromote.content.models import ContentPiece
from aipromote.documents.vocabulary import ContentType
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role
from aipromote.scheduling.actions.changing import edit_piece


async def return_to_revision(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, piece_id: UUID, number: int, based_on: int
) -> ContentPiece:
    """Give a piece the text and title of that revision: as a new one, to be reviewed, which `edit_piece` makes.

    Its files stay as they are: revisions are of texts. Raises NotFound for a number that there is not.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    mine: dict[str, Any] = {"organization_id": organization_id, "piece_id": piece_id}
    piece = await pieces.piece(session, **mine)
    old = await pieces.revision(session, **mine, number=number)
    kind = piece.type
    if old.parts:
        kind = ContentType.THREAD
    elif kind is ContentType.THREAD:
        kind = ContentType.POST
    return await edit_piece(
        session,
        actor,
        **mine,
        body=old.body,
        based_on=based_on,
        title=old.title or "",
        parts=old.parts,
        type=kind,
    )
