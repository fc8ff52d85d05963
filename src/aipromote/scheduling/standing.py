"""The texts of earlier plans that are not out yet, with what a re-plan would make of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.content import queries as content
from aipromote.content.models import ContentPiece
from aipromote.content.places import Place, places
from aipromote.content.states import ContentStatus
from aipromote.errors import Conflict
from aipromote.organizations import queries as organizations
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import OPEN, PostStatus
from aipromote.scheduling.replanning import Text, Verdict, judge
from aipromote.scheduling.slots import wall_clock
from aipromote.strategy import queries as strategies
from aipromote.strategy.models import AIStrategy
from aipromote.strategy.plans.changes import renamed
from aipromote.strategy.plans.tree import PILLARS, tree_of

_UNSENT = (ContentStatus.DRAFT, ContentStatus.PENDING_REVIEW, ContentStatus.APPROVED, ContentStatus.SCHEDULED)


@dataclass(frozen=True, slots=True)
class Standing:
    """The active plan, and by piece: the piece, its open posts, and what becomes of it."""

    plan: AIStrategy
    pieces: Mapping[UUID, ContentPiece]
    posts: Mapping[UUID, Sequence[ScheduledPost]]
    verdicts: Mapping[UUID, Verdict]


async def texts(session: AsyncSession, *, organization_id: UUID) -> Standing | None:
    """All of them; None before a plan is active. What a person took out of its plan, or wrote, is not among them."""
    mine = {"organization_id": organization_id}
    plan = await strategies.active(session, **mine)
    if plan is None:
        return None
    pieces = await _pieces(session, plan)
    if not pieces:
        return Standing(plan, {}, {}, {})
    posts = await _posts(session, organization_id=organization_id, piece_ids=list(pieces))
    former = await strategies.versions_by_id(
        session, **mine, strategy_ids={piece.strategy_id for piece in pieces.values() if piece.strategy_id}
    )
    written_for = {key: _places_then(row, plan) for key, row in former.items()}
    approved = await content.approvals_given(
        session, **mine, revisions=[(piece.id, piece.revision) for piece in pieces.values()]
    )
    by_name = {key for (key, _), row in approved.items() if row.user_id is not None}
    zone = await organizations.time_zone(session, **mine)
    judged = judge(
        [
            text
            for piece in pieces.values()
            if (text := _text(piece, written_for, posts.get(piece.id, ()), is_approved=piece.id in by_name))
        ],
        places(plan.calendar_skeleton),
        taken=await content.slot_keys(session, **mine, strategy_id=plan.id),
        today=wall_clock(clock.now(), zone).date(),
    )
    open_posts = {key: [post for post in rows if post.status in OPEN] for key, rows in posts.items()}
    return Standing(plan, pieces, open_posts, judged)


async def hold(session: AsyncSession, posts: Sequence[ScheduledPost]) -> None:
    """Keep these posts from everybody else until the transaction ends. Raises Conflict where somebody is at one.

    It never waits: whoever changes many posts in one transaction would otherwise stand in the way of a worker that
    holds one of them and waits for another.
    """
    if not posts:
        return
    wanted = select(ScheduledPost.id, ScheduledPost.status).where(
        ScheduledPost.organization_id == posts[0].organization_id, ScheduledPost.id.in_([post.id for post in posts])
    )
    free = await session.execute(wanted.order_by(ScheduledPost.id).with_for_update(key_share=True, skip_locked=True))
    if {(row.id, row.status) for row in free} != {(post.id, post.status) for post in posts}:
        raise Conflict("This post is being sent right now; that cannot be stopped any more.")


async def hold_text(session: AsyncSession, piece: ContentPiece) -> None:
    """Keep a text from everybody else. Raises Conflict where it is not any more what was decided on."""
    seen = (piece.revision, piece.status)
    now = await content.piece(session, organization_id=piece.organization_id, piece_id=piece.id, lock=True)
    if (now.revision, now.status) != seen:
        raise Conflict("Somebody changed this text a moment ago. Look again.")


async def _pieces(session: AsyncSession, plan: AIStrategy) -> dict[UUID, ContentPiece]:
    found = select(ContentPiece).where(
        ContentPiece.organization_id == plan.organization_id,
        ContentPiece.status.in_(_UNSENT),
        ContentPiece.slot_key.is_not(None),
        ContentPiece.strategy_id != plan.id,
    )
    rows = await session.scalars(found.order_by(ContentPiece.id).execution_options(populate_existing=True))
    return {row.id: row for row in rows}


async def _posts(
    session: AsyncSession, *, organization_id: UUID, piece_ids: Sequence[UUID]
) -> dict[UUID, list[ScheduledPost]]:
    found = select(ScheduledPost).where(
        ScheduledPost.organization_id == organization_id, ScheduledPost.content_piece_id.in_(piece_ids)
    )
    rows = await session.scalars(found.order_by(ScheduledPost.id).execution_options(populate_existing=True))
    by_piece: defaultdict[UUID, list[ScheduledPost]] = defaultdict(list)
    for row in rows:
        by_piece[row.content_piece_id].append(row)
    return by_piece


def _places_then(row: AIStrategy, plan: AIStrategy) -> dict[str, Place]:
    """The places of an earlier version by their keys, its pillars by the names that they have now."""
    old, new = tree_of(strategies.document(row)), tree_of(strategies.document(plan))
    names = renamed(old, new, PILLARS)
    return {
        place.key: Place(
            place.index,
            place.key,
            place.slot.model_copy(update={"pillar": names.get(place.slot.pillar, place.slot.pillar)}),
        )
        for place in places(row.calendar_skeleton)
    }


def _text(
    piece: ContentPiece,
    written_for: Mapping[UUID, Mapping[str, Place]],
    posts: Sequence[ScheduledPost],
    *,
    is_approved: bool,
) -> Text | None:
    place = written_for.get(piece.strategy_id or piece.id, {}).get(piece.slot_key or "")
    if place is None:
        return None  # it was never for a place of that plan
    is_open = any(post.status in OPEN for post in posts)
    return Text(piece.id, place.slot, place.key, leave=_leave(posts), fixed=is_open or is_approved)


def _leave(posts: Sequence[ScheduledPost]) -> str | None:
    """Why nothing may happen to a text with these posts: one is out, or may be."""
    statuses = {post.status for post in posts}
    if PostStatus.PUBLISHED in statuses:
        return "One of its posts is published already."
    if PostStatus.UNCONFIRMED in statuses:
        return "It is not known yet whether a network has it."
    if statuses & {PostStatus.PUBLISHING, PostStatus.RETRYING}:
        return "It is being sent right now."
    if statuses & {PostStatus.FAILED, PostStatus.MISSED}:
        return "One of its posts did not go out; a person decides on that first."
    return None
