"""A piece shows what became of its posts, of all accounts together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.content import queries
from aipromote.content.actions.moving import move
from aipromote.content.models import ContentPiece, Series
from aipromote.content.series.models import SeriesPart
from aipromote.content.states import MOVES, ContentStatus, SeriesStatus

_MIRRORING = frozenset({ContentStatus.APPROVED, ContentStatus.SCHEDULED, ContentStatus.FAILED})
_FAILED = frozenset({"FAILED", "MISSED"})
_ENDED = _FAILED | {"PUBLISHED", "CANCELLED"}

_LOCK = text("""
    SELECT c.organization_id, c.id
      FROM unnest(CAST(:organizations AS uuid[]), CAST(:pieces AS uuid[])) AS k (organization_id, id)
      JOIN content_pieces c ON c.organization_id = k.organization_id AND c.id = k.id
     ORDER BY c.organization_id, c.id
       FOR NO KEY UPDATE OF c
""")

# What nearly always happens: a scheduled piece is out.
_PUBLISH = text("""
    WITH moved AS (
         UPDATE content_pieces c
            SET status = 'PUBLISHED', published_at = coalesce(r.published_at, c.published_at, :now)
           FROM unnest(CAST(:organizations AS uuid[]), CAST(:pieces AS uuid[]), CAST(:published_at AS timestamptz[]))
                AS r (organization_id, id, published_at)
          WHERE c.organization_id = r.organization_id AND c.id = r.id AND c.status = 'SCHEDULED'
         RETURNING c.organization_id, c.id, c.series_id),
    counted AS (
         UPDATE series s
            SET published_posts = s.published_posts + n.pieces,
                status = CASE WHEN s.status = 'ACTIVE' AND s.published_posts + n.pieces >= s.total_posts AND EXISTS (
                                   SELECT 1 FROM series_parts p
                                    WHERE p.organization_id = s.organization_id AND p.series_id = s.id)
                              THEN 'COMPLETED' ELSE s.status END
           FROM (SELECT organization_id, series_id, count(*) AS pieces FROM moved
                  WHERE series_id IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2) n
          WHERE s.organization_id = n.organization_id AND s.id = n.series_id)
    SELECT organization_id, id FROM moved
""")


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


async def lock_many(session: AsyncSession, keys: Iterable[tuple[UUID, UUID]]) -> None:
    """Let nobody else move these pieces, (organization, piece), until the transaction ends; in the order of keys.

    Read what became of the posts afterwards: who waited here then sees what the one before has written.
    """
    ordered = sorted(keys)
    values = {"organizations": [owner for owner, _ in ordered], "pieces": [piece for _, piece in ordered]}
    await session.execute(_LOCK, values)


async def mirror_many(session: AsyncSession, told: Mapping[tuple[UUID, UUID], PostsOf]) -> None:
    """The same for many pieces, by (organization, piece), in a few statements. They are locked in the order of keys."""
    left = told.keys() - await _publish_scheduled(session, told)
    if not left:
        return
    wanted = tuple_(ContentPiece.organization_id, ContentPiece.id).in_(sorted(left))
    found = select(ContentPiece).where(wanted).order_by(ContentPiece.organization_id, ContentPiece.id)
    locked = found.with_for_update().execution_options(populate_existing=True)
    for piece in (await session.scalars(locked)).all():
        await _follow(session, piece, told[piece.organization_id, piece.id])
    await session.flush()


async def _publish_scheduled(
    session: AsyncSession, told: Mapping[tuple[UUID, UUID], PostsOf]
) -> set[tuple[UUID, UUID]]:
    """Those that went from SCHEDULED to PUBLISHED, in one statement. Pieces that the session knows are left out.

    It would go on to show them as they were.
    """
    known = {(one.organization_id, one.id) for one in session if isinstance(one, ContentPiece)}
    out = {key: posts for key, posts in told.items() if _target(posts.statuses) is ContentStatus.PUBLISHED}
    keys = sorted(out.keys() - known)
    if not keys:
        return set()
    values = {
        "organizations": [owner for owner, _ in keys],
        "pieces": [piece for _, piece in keys],
        "published_at": [out[key].published_at for key in keys],
        "now": clock.now(),
    }
    return {(row.organization_id, row.id) for row in await session.execute(_PUBLISH, values)}


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
    """One more is out. A series that was planned part by part is complete with its last one."""
    mine = (Series.organization_id == piece.organization_id, Series.id == piece.series_id)
    await session.execute(update(Series).where(*mine).values(published_posts=Series.published_posts + 1))
    planned = exists().where(SeriesPart.organization_id == Series.organization_id, SeriesPart.series_id == Series.id)
    is_whole = (Series.status == SeriesStatus.ACTIVE, Series.published_posts >= Series.total_posts, planned)
    await session.execute(update(Series).where(*mine, *is_whole).values(status=SeriesStatus.COMPLETED))
