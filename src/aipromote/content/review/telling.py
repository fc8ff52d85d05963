"""Who hears of a comment, and of what a reviewer without an account decided."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, union
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.actor import Actor
from aipromote.accounts.models import User
from aipromote.content.models import Approval, ContentPiece, Revision
from aipromote.content.review.models import Comment, ReviewLink
from aipromote.notifications.actions import Recipient, tell
from aipromote.notifications.told import Told
from aipromote.organizations import queries as organizations
from aipromote.organizations.models import Membership
from aipromote.organizations.states import Role

_EXCERPT = 160
_SAID = 600


async def tell_of_comment(session: AsyncSession, actor: Actor, piece: ContentPiece, row: Comment) -> None:
    """Tell who took part: wrote a text of the piece, decided about one, commented, or made the link of a comment.

    Where nobody did (a writer wrote it and nobody has looked yet) owners and administrators hear of it. Who speaks is
    not told what they said themselves.
    """
    people: set[UUID | None] = set(await _took_part(session, piece))
    if actor.review_link_id is not None and actor.user_id is not None:
        people.add(actor.user_id)
    himself = actor.user_id if actor.review_link_id is None else None
    recipients = await _recipients(session, piece.organization_id, people - {himself})
    if not people - {himself}:
        found = await organizations.members_with(session, organization_id=piece.organization_id, role=Role.ADMIN)
        recipients = [Recipient(one.id, one.email) for one in found if one.id != himself]
    await tell(
        session,
        organization_id=piece.organization_id,
        recipients=recipients,
        key=f"piece-commented:{row.id}",
        template="piece-commented",
        data=Told(
            platform=piece.platform.label,
            headline=row.author,
            reason=row.said[:_SAID],
            excerpt=piece.body[:_EXCERPT],
            path=f"/pieces/{piece.id}#comments",
        ),
    )


async def tell_of_decision(session: AsyncSession, actor: Actor, piece: ContentPiece, *, words: str, key: str) -> None:
    """Tell who made a link what was decided through it."""
    assert actor.user_id is not None, "a link has a maker"
    await tell(
        session,
        organization_id=piece.organization_id,
        recipients=await _recipients(session, piece.organization_id, {actor.user_id}),
        key=key,
        template="piece-reviewed",
        data=Told(
            platform=piece.platform.label,
            headline=actor.name,
            reason=words[:_SAID],
            excerpt=piece.body[:_EXCERPT],
            path=f"/pieces/{piece.id}",
        ),
    )


async def _took_part(session: AsyncSession, piece: ContentPiece) -> set[UUID]:
    """By id; some of them may be no members any more."""
    wrote = select(Revision.author_id).where(
        Revision.organization_id == piece.organization_id, Revision.piece_id == piece.id
    )
    decided = select(Approval.user_id).where(
        Approval.organization_id == piece.organization_id, Approval.piece_id == piece.id
    )
    mine = (Comment.organization_id == piece.organization_id, Comment.piece_id == piece.id)
    spoke = select(Comment.user_id).where(*mine)
    asked = (
        select(ReviewLink.user_id)
        .join(
            Comment,
            (Comment.organization_id == ReviewLink.organization_id) & (Comment.review_link_id == ReviewLink.id),
        )
        .where(*mine)
    )
    return {one for one in await session.scalars(union(wrote, decided, spoke, asked)) if one is not None}


async def _recipients(session: AsyncSession, organization_id: UUID, people: set[UUID | None]) -> list[Recipient]:
    """Those of them who are members now."""
    wanted = sorted(one for one in people if one is not None)
    found = (
        select(User.id, User.email)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organization_id == organization_id, User.id.in_(wanted))
        .order_by(User.id)
    )
    return [Recipient(user_id, email) for user_id, email in await session.execute(found)] if wanted else []
