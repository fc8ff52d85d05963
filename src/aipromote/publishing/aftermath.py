"""What follows in other rooms when posts have changed: the pieces mirror them, and people hear of what needs them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Text, and_, cast, distinct, exists, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from aipromote.content.actions import mirroring as content
from aipromote.content.actions.mirroring import PostsOf
from aipromote.content.models import ContentPiece
from aipromote.publishing import allowance
from aipromote.publishing.changes import Changed, Key
from aipromote.publishing.counting import count_missed
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.notices import needs_people, tell_people
from aipromote.publishing.states import FINAL, OPEN, PostStatus


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
    owner, piece, status = ScheduledPost.organization_id, ScheduledPost.content_piece_id, ScheduledPost.status
    found = select(
        owner,
        piece,
        func.array_agg(distinct(cast(status, Text))).label("statuses"),
        func.min(ScheduledPost.scheduled_at).filter(status.in_(OPEN)).label("next"),
        func.min(ScheduledPost.published_at).label("out"),
    ).where(tuple_(owner, piece).in_(sorted(pieces)))
    rows = await session.execute(found.where(~_made_up_for()).group_by(owner, piece))
    await content.mirror_many(session, {(row[0], row[1]): PostsOf(row.statuses, row.next, row.out) for row in rows})


def _made_up_for() -> ColumnElement[bool]:
    """A failure that counts no more: of an earlier text of the piece, or one whose account has the piece by now."""
    later, piece = aliased(ScheduledPost), aliased(ContentPiece)
    same = (
        later.organization_id == ScheduledPost.organization_id,
        later.content_piece_id == ScheduledPost.content_piece_id,
    )
    is_out = exists().where(
        *same, later.social_account_id == ScheduledPost.social_account_id, later.status == PostStatus.PUBLISHED
    )
    is_new = exists().where(
        piece.organization_id == ScheduledPost.organization_id,
        piece.id == ScheduledPost.content_piece_id,
        piece.revision > ScheduledPost.revision,
    )
    return and_(ScheduledPost.status.in_([PostStatus.FAILED, PostStatus.MISSED]), or_(is_out, is_new))
