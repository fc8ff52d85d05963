"""A piece shows what became of its posts, of all accounts together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.content import queries
from aipromote.content.actions.moving import move
from aipromote.content.models import ContentPiece, Series
from aipromote.content.states import MOVES, ContentStatus

_MIRRORING = frozenset({ContentStatus.APPROVED, ContentStatus.SCHEDULED, ContentStatus.FAILED})
_FAILED = frozenset({"FAILED", "MISSED"})
_ENDED = _FAILED | {"PUBLISHED", "CANCELLED"}


@dataclass(frozen=True, slots=True)
class PostsOf:
    """What became of the posts of one piece: their statuses, the next time, and when the first was out."""

    statuses: Collection[str]
    scheduled_at: datetime | None = None
    published_at: datetime | None = None


async def mirror(
    session: AsyncSession,
    *,
    organization_id: UUID,
    piece_id: UUID,
    statuses: Collection[str],
    scheduled_at: datetime | None = None,
    published_at: datetime | None = None,
) -> ContentPiece:
    """Move the piece to what the `statuses` of all its posts say; a piece that was edited or archived stays as it is.

    While one post is open the piece is SCHEDULED (next at `scheduled_at`); afterwards FAILED if one failed, PUBLISHED
    (at `published_at`) if one is out, APPROVED again if all were cancelled. Times that are not given stay, or are now.
    """
    piece = await queries.piece(session, organization_id=organization_id, piece_id=piece_id, lock=True)
    await _follow(session, piece, PostsOf(statuses, scheduled_at, published_at))
    await session.flush()
    return piece


async def mirror_many(session: AsyncSession, told: Mapping[tuple[UUID, UUID], PostsOf]) -> None:
    """The same for many pieces, by (organization, piece), in a few statements. They are locked in the order of keys."""
    wanted = tuple_(ContentPiece.organization_id, ContentPiece.id).in_(sorted(told))
    found = select(ContentPiece).where(wanted).order_by(ContentPiece.organization_id, ContentPiece.id)
    locked = found.with_for_update().execution_options(populate_existing=True)
    for piece in (await session.scalars(locked)).all():
        await _follow(session, piece, told[piece.organization_id, piece.id])
    await session.flush()


async def _follow(session: AsyncSession, piece: ContentPiece, posts: PostsOf) -> None:
    target = _target(posts.statuses)
    if piece.status not in _MIRRORING or target is None:
        return
    if target is not piece.status and target not in MOVES[piece.status]:
        if piece.status is ContentStatus.FAILED:
            return  # what failed stays in sight, even when its other posts were cancelled
        _show(piece, ContentStatus.SCHEDULED, posts)
        await session.flush()  # the database, too, lets a piece go one step at a time
    was = piece.status
    _show(piece, target, posts)
    if target is ContentStatus.PUBLISHED and was is not target and piece.series_id is not None:
        await _count_published(session, piece)


def _target(statuses: Collection[str]) -> ContentStatus | None:
    if not statuses:
        return None
    if set(statuses) - _ENDED:
        return ContentStatus.SCHEDULED
    if _FAILED.intersection(statuses):
        return ContentStatus.FAILED
    return ContentStatus.PUBLISHED if "PUBLISHED" in statuses else ContentStatus.APPROVED


def _show(piece: ContentPiece, status: ContentStatus, posts: PostsOf) -> None:
    if status is ContentStatus.SCHEDULED:
        piece.scheduled_at = posts.scheduled_at or piece.scheduled_at or clock.now()
    elif status is ContentStatus.PUBLISHED:
        piece.published_at = posts.published_at or piece.published_at or clock.now()
    elif status is ContentStatus.APPROVED:
        piece.scheduled_at = None
    move(piece, to=status)


async def _count_published(session: AsyncSession, piece: ContentPiece) -> None:
    count = update(Series).where(Series.organization_id == piece.organization_id, Series.id == piece.series_id)
    await session.execute(count.values(published_posts=Series.published_posts + 1))
