"""What follows in other rooms when posts have changed: the pieces mirror them, and people hear of what needs them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.publishing import allowance
from aipromote.publishing.changes import Changed, Key, columns
from aipromote.publishing.notices import needs_people, tell_people
from aipromote.publishing.states import FINAL, PostStatus


async def follow(session: AsyncSession, changed: Sequence[Changed]) -> None:
    """For posts that were being sent. Call it in the transaction that changed them."""
    not_out = {PostStatus.RETRYING, PostStatus.FAILED}
    await allowance.give_back(session, [one for one in changed if one.status in not_out])
    await tell(session, changed)


async def tell(session: AsyncSession, changed: Sequence[Changed]) -> None:
    """For posts that were not counted yet: only the pieces and the people learn of it."""
    await mirror(session, {(one.organization_id, one.piece_id) for one in changed if one.status in FINAL})
    await tell_people(session, [one for one in changed if needs_people(one)])


_MIRROR = text("""
    UPDATE content_pieces c
       SET status = CAST(told.status AS content_status), published_at = coalesce(c.published_at, told.published_at),
           scheduled_at = coalesce(told.scheduled_at, c.scheduled_at)
      FROM (SELECT p.organization_id, p.content_piece_id, max(p.published_at) AS published_at,
                   min(p.scheduled_at) AS scheduled_at,
                   CASE WHEN bool_or(p.status IN ('SCHEDULED', 'PUBLISHING', 'RETRYING', 'UNCONFIRMED')) THEN 'SCHEDULED'
                        WHEN bool_or(p.status = 'PUBLISHED') THEN 'PUBLISHED'
                        WHEN bool_or(p.status IN ('FAILED', 'MISSED')) THEN 'FAILED' ELSE 'APPROVED' END AS status
              FROM scheduled_posts p
              JOIN unnest(CAST(:organizations AS uuid[]), CAST(:pieces AS uuid[])) AS k (organization_id, id)
                ON p.organization_id = k.organization_id AND p.content_piece_id = k.id
             GROUP BY 1, 2) told
     WHERE c.organization_id = told.organization_id AND c.id = told.content_piece_id
       AND c.status IN ('APPROVED', 'SCHEDULED', 'FAILED') AND c.status <> CAST(told.status AS content_status)
       AND (c.status = 'SCHEDULED' OR told.status = 'SCHEDULED' OR c.status = 'FAILED' AND told.status = 'PUBLISHED')
""")


async def mirror(session: AsyncSession, pieces: set[Key]) -> None:
    """Let the pieces show what became of their posts, of all accounts together."""
    if pieces:
        organizations, ids = columns(pieces)
        await session.execute(_MIRROR, {"organizations": organizations, "pieces": ids})
