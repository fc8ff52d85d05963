"""What follows in other rooms when posts have changed: the pieces mirror them, and people hear of what needs them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.content.actions import mirroring as content
from aipromote.content.actions.mirroring import PostsOf
from aipromote.publishing import allowance
from aipromote.publishing.changes import Changed, Key, columns
from aipromote.publishing.counting import count_missed
from aipromote.publishing.notices import needs_people, tell_people
from aipromote.publishing.states import FINAL, PostStatus

# A failure counts no more where it is of an earlier text of the piece, or where its account has the piece by now.
_POSTS_OF = text("""
    SELECT p.organization_id, p.content_piece_id, array_agg(DISTINCT CAST(p.status AS text)),
           min(p.scheduled_at) FILTER (WHERE p.status IN ('SCHEDULED', 'PUBLISHING', 'RETRYING', 'UNCONFIRMED')),
           min(p.published_at)
      FROM unnest(CAST(:organizations AS uuid[]), CAST(:pieces AS uuid[])) AS k (organization_id, id)
      JOIN scheduled_posts p ON p.organization_id = k.organization_id AND p.content_piece_id = k.id
     WHERE p.status NOT IN ('FAILED', 'MISSED')
        OR NOT EXISTS (SELECT FROM scheduled_posts q
                        WHERE q.organization_id = p.organization_id AND q.content_piece_id = p.content_piece_id
                          AND q.social_account_id = p.social_account_id AND q.status = 'PUBLISHED')
       AND NOT EXISTS (SELECT FROM content_pieces c
                        WHERE c.organization_id = p.organization_id AND c.id = p.content_piece_id
                          AND c.revision > p.revision)
     GROUP BY p.organization_id, p.content_piece_id
""")


async def follow(session: AsyncSession, changed: Sequence[Changed]) -> None:
    """For posts that were being sent. Call it in the transaction that changed them."""
    not_out = {PostStatus.RETRYING, PostStatus.FAILED}
    await allowance.give_back(session, [one for one in changed if one.status in not_out])
    await tell(session, changed)


async def tell(session: AsyncSession, changed: Sequence[Changed]) -> None:
    """For posts that were not counted yet: only the pieces and the people learn of it."""
    count_missed(changed)
    await mirror(session, {(one.organization_id, one.piece_id) for one in changed if one.status in FINAL})
    await tell_people(session, [one for one in changed if needs_people(one)])


async def mirror(session: AsyncSession, pieces: set[Key]) -> None:
    """Let the pieces show what became of their posts, of all accounts together."""
    if not pieces:
        return
    await content.lock_many(session, pieces)
    organizations, ids = columns(pieces)
    rows = await session.execute(_POSTS_OF, {"organizations": organizations, "pieces": ids})
    await content.mirror_many(session, {(row[0], row[1]): PostsOf(*row[2:]) for row in rows})
