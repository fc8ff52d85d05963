"""Reads: the thread of a piece, how many comments are open, and what became of review links."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.models import User
from aipromote.assets.models import Asset
from aipromote.content.models import Approval, ContentPiece, Revision
from aipromote.content.review.models import Comment, ReviewLink, ReviewLinkPiece
from aipromote.content.states import ContentStatus, Decision
from aipromote.errors import NotFound
from aipromote.organizations.models import Membership
from aipromote.organizations.states import Role, includes


@dataclass(frozen=True, slots=True)
class Link:
    """A review link and what it was used for. `ended` says why it opens nothing any more; empty while it does."""

    row: ReviewLink
    maker: str
    ended: str
    pieces: int
    approved: int
    sent_back: int
    comments: int


async def comments(session: AsyncSession, *, organization_id: UUID, piece_id: UUID) -> list[Comment]:
    """What was said about the piece, the oldest first."""
    found = select(Comment).where(Comment.organization_id == organization_id, Comment.piece_id == piece_id)
    return list(await session.scalars(found.order_by(Comment.id)))


async def history(
    session: AsyncSession, *, organization_id: UUID, piece_id: UUID
) -> tuple[list[Revision], list[Approval], list[Comment]]:
    """Texts and decisions, the newest first, and comments, the oldest first: in one statement, for a page of all."""
    of_revision = and_(
        Approval.organization_id == Revision.organization_id,
        Approval.piece_id == Revision.piece_id,
        Approval.revision == Revision.number,
    )
    about = and_(
        Comment.organization_id == Revision.organization_id,
        Comment.piece_id == Revision.piece_id,
        Comment.revision == Revision.number,
    )
    found = select(Revision, Approval, Comment).outerjoin(Approval, of_revision).outerjoin(Comment, about)
    found = found.where(Revision.organization_id == organization_id, Revision.piece_id == piece_id)
    rows = (await session.execute(found)).all()
    texts = {one.id: one for one, _, _ in rows}
    made = {one.id: one for _, one, _ in rows if one is not None}
    said = {one.id: one for _, _, one in rows if one is not None}
    return (
        sorted(texts.values(), key=lambda one: -one.number),
        sorted(made.values(), key=lambda one: (one.decided_at, one.id), reverse=True),
        sorted(said.values(), key=lambda one: one.id),
    )


async def comments_by_link(session: AsyncSession, *, organization_id: UUID, link_id: UUID) -> dict[UUID, list[Comment]]:
    """By piece: what was said through this link, the oldest first. What others said is not the reviewer's to read."""
    pieces = select(ReviewLinkPiece.piece_id).where(
        ReviewLinkPiece.organization_id == organization_id, ReviewLinkPiece.link_id == link_id
    )
    found = select(Comment).where(
        Comment.organization_id == organization_id,
        Comment.piece_id.in_(pieces),
        Comment.review_link_id == link_id,
    )
    told: dict[UUID, list[Comment]] = {}
    for one in await session.scalars(found.order_by(Comment.id)):
        told.setdefault(one.piece_id, []).append(one)
    return told


async def comment(session: AsyncSession, *, organization_id: UUID, comment_id: UUID, lock: bool = False) -> Comment:
    """One comment. Raises NotFound."""
    found = await session.get(
        Comment, (organization_id, comment_id), with_for_update=lock or None, populate_existing=lock
    )
    if found is None:
        raise NotFound("There is no such comment.")
    return found


async def open_comments(
    session: AsyncSession, *, organization_id: UUID, piece_ids: Collection[UUID]
) -> dict[UUID, int]:
    """How many comments of each piece nobody has resolved. Pieces without one are left out."""
    if not piece_ids:
        return {}
    found = (
        select(Comment.piece_id, func.count())
        .where(
            Comment.organization_id == organization_id,
            Comment.piece_id.in_(list(piece_ids)),
            Comment.resolved_at.is_(None),
        )
        .group_by(Comment.piece_id)
    )
    return {row[0]: row[1] for row in await session.execute(found)}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A piece that waits for a review: its day, and how many comments on it nobody has resolved."""

    piece_id: UUID
    day: date | None
    comments: int


async def waiting(session: AsyncSession, *, organization_id: UUID, most: int = 200) -> list[Waiting]:
    """What waits for a review, by the day it is planned for, without its texts."""
    same = (Comment.organization_id == ContentPiece.organization_id, Comment.piece_id == ContentPiece.id)
    comments = select(func.count()).where(*same, Comment.resolved_at.is_(None)).correlate(ContentPiece)
    mine = (ContentPiece.organization_id == organization_id, ContentPiece.status == ContentStatus.PENDING_REVIEW)
    found = select(ContentPiece.id, ContentPiece.planned_for, comments.scalar_subquery()).where(*mine)
    ordered = found.order_by(ContentPiece.planned_for, ContentPiece.id).limit(most)
    return [Waiting(*row) for row in await session.execute(ordered)]


async def pieces_of(session: AsyncSession, *, organization_id: UUID, link_id: UUID) -> list[ContentPiece]:
    """The pieces that a link shows, in the order of their days."""
    found = (
        select(ContentPiece)
        .join(
            ReviewLinkPiece,
            and_(
                ReviewLinkPiece.organization_id == ContentPiece.organization_id,
                ReviewLinkPiece.piece_id == ContentPiece.id,
            ),
        )
        .where(ReviewLinkPiece.organization_id == organization_id, ReviewLinkPiece.link_id == link_id)
    )
    return list(await session.scalars(found.order_by(ContentPiece.planned_for.nulls_last(), ContentPiece.id)))


async def link(session: AsyncSession, *, organization_id: UUID, link_id: UUID, lock: bool = False) -> ReviewLink:
    """One link. Raises NotFound."""
    found = await session.get(
        ReviewLink, (organization_id, link_id), with_for_update=lock or None, populate_existing=lock
    )
    if found is None:
        raise NotFound("There is no such link.")
    return found


async def links(session: AsyncSession, *, organization_id: UUID, most: int = 100) -> list[Link]:
    """The newest links of the organization, and what they were used for. Three statements."""
    found = (
        select(ReviewLink, func.coalesce(User.name, User.email), Membership.role)
        .join(User, User.id == ReviewLink.user_id)
        .outerjoin(
            Membership,
            and_(Membership.organization_id == ReviewLink.organization_id, Membership.user_id == ReviewLink.user_id),
        )
        .where(ReviewLink.organization_id == organization_id)
        .order_by(ReviewLink.id.desc())
        .limit(most)
    )
    rows = (await session.execute(found)).all()
    ids = [row.id for row, _, _ in rows]
    used = await _used(session, organization_id=organization_id, link_ids=ids) if ids else {}
    said = await _said(session, organization_id=organization_id, link_ids=ids) if ids else {}
    return [
        Link(row, maker, ended(row, role), *used.get(row.id, (0, 0, 0)), said.get(row.id, 0))
        for row, maker, role in rows
    ]


def ended(row: ReviewLink, role: Role | None, *, at: datetime | None = None) -> str:
    """Why a link opens nothing any more, by what its maker may now; empty while it opens its pieces."""
    if row.revoked_at is not None:
        return "It was revoked."
    if row.expires_at <= (at or clock.now()):
        return "It has expired."
    if role is None:
        return "Who made it is no member any more."
    if not includes(role, Role.APPROVER):
        return "Who made it may not approve any more."
    return ""


async def _used(
    session: AsyncSession, *, organization_id: UUID, link_ids: Sequence[UUID]
) -> dict[UUID, tuple[int, int, int]]:
    """By link: how many pieces it shows, how many approvals stand by it, and how often it asked for changes."""
    by_link = and_(
        Approval.organization_id == ReviewLinkPiece.organization_id,
        Approval.piece_id == ReviewLinkPiece.piece_id,
        Approval.review_link_id == ReviewLinkPiece.link_id,
    )
    found = (
        select(
            ReviewLinkPiece.link_id,
            func.count(ReviewLinkPiece.piece_id.distinct()),
            func.count().filter(Approval.decision == Decision.APPROVED),
            func.count().filter(Approval.decision == Decision.CHANGES_ASKED),
        )
        .outerjoin(Approval, by_link)
        .where(ReviewLinkPiece.organization_id == organization_id, ReviewLinkPiece.link_id.in_(list(link_ids)))
        .group_by(ReviewLinkPiece.link_id)
    )
    return {key: (pieces, approved, back) for key, pieces, approved, back in await session.execute(found)}


async def _said(session: AsyncSession, *, organization_id: UUID, link_ids: Sequence[UUID]) -> dict[UUID, int]:
    found = (
        select(ReviewLinkPiece.link_id, func.count())
        .join(
            Comment,
            and_(
                Comment.organization_id == ReviewLinkPiece.organization_id,
                Comment.piece_id == ReviewLinkPiece.piece_id,
                Comment.review_link_id == ReviewLinkPiece.link_id,
            ),
        )
        .where(ReviewLinkPiece.organization_id == organization_id, ReviewLinkPiece.link_id.in_(list(link_ids)))
        .group_by(ReviewLinkPiece.link_id)
    )
    return {row[0]: row[1] for row in await session.execute(found)}


async def files_of(
    session: AsyncSession, *, organization_id: UUID, pieces: Sequence[ContentPiece]
) -> dict[UUID, Asset]:
    """The pictures and videos that are attached to these pieces, by id."""
    ids = {ref.asset_id for piece in pieces for ref in piece.media_refs or () if ref.asset_id is not None}
    if not ids:
        return {}
    found = select(Asset).where(Asset.organization_id == organization_id, Asset.id.in_(sorted(ids)))
    return {one.id: one for one in await session.scalars(found)}
