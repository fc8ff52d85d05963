"""The texts of the product's own canary posts. Nobody asks for their story, so the log of acts has nothing of them."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.models import INTERNAL_USER
from aipromote.content.actions.drafting import revision_of
from aipromote.content.models import Approval, ContentPiece
from aipromote.content.states import ContentStatus, Decision
from aipromote.documents.vocabulary import Platform
from aipromote.organizations.models import INTERNAL_ORGANIZATION

_AUTHOR = "AIPromote"


async def approved_piece(session: AsyncSession, *, body: str) -> ContentPiece:
    """A piece with an approval, as the publish step wants it."""
    piece = ContentPiece(
        organization_id=INTERNAL_ORGANIZATION,
        platform=Platform.SANDBOX,
        status=ContentStatus.APPROVED,
        revision=1,
        body=body,
        parts=[],
        hashtags=[],
    )
    session.add(piece)
    await session.flush()
    session.add(revision_of(piece, author=_AUTHOR, author_id=None))
    await session.flush()
    session.add(
        Approval(
            organization_id=INTERNAL_ORGANIZATION,
            piece_id=piece.id,
            revision=1,
            decision=Decision.APPROVED,
            decided_by=_AUTHOR,
            user_id=INTERNAL_USER,
            decided_at=clock.now(),
        )
    )
    await session.flush()
    return piece


async def put_away(session: AsyncSession, *, piece_id: UUID) -> None:
    """Its post arrived and was taken down again."""
    mine = (ContentPiece.organization_id == INTERNAL_ORGANIZATION, ContentPiece.id == piece_id)
    await session.execute(update(ContentPiece).where(*mine).values(status=ContentStatus.ARCHIVED))


async def remove_all_but(session: AsyncSession, *, newest: int) -> None:
    """With their posts; the newest stay."""
    mine = ContentPiece.organization_id == INTERNAL_ORGANIZATION
    kept = select(ContentPiece.id).where(mine).order_by(ContentPiece.id.desc()).limit(newest)
    await session.execute(delete(ContentPiece).where(mine, ContentPiece.id.not_in(kept)))
