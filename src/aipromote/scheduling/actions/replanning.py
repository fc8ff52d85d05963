"""Letting the texts of earlier plans follow the one that is active now. What is out, or on its way, is never touched.

Two steps, so that nothing is moved or taken away unseen. `follow_plan` belongs to the moment a version becomes active:
texts whose place is the same in the new plan go on in it. `replan` shows the rest, and does what a person says.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.content import actions as content
from aipromote.content.models import ContentPiece
from aipromote.errors import Conflict, InvalidInput, NotAllowed, NotFound
from aipromote.organizations import queries as organizations
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role
from aipromote.publishing.models import ScheduledPost
from aipromote.scheduling import standing
from aipromote.scheduling.actions.changing import archive_piece, reschedule
from aipromote.scheduling.replanning import Fate, Verdict
from aipromote.scheduling.slots import instant, wall_clock
from aipromote.strategy.models import AIStrategy

_REASON = "The plan was changed, and has no place for it any more."


@dataclass(frozen=True, slots=True)
class Replanned:
    """What becomes, or became, of one text. `done` is whether it happened; `problem` why it could not."""

    piece: ContentPiece
    fate: Fate
    needs_person: bool
    why: str
    to: date | None = None
    posts: tuple[ScheduledPost, ...] = ()
    """Its open posts."""
    done: bool = False
    problem: str | None = None


async def follow_plan(session: AsyncSession, actor: Actor, *, organization_id: UUID) -> int:
    """Let texts whose place is the same in the active plan go on in it; their posts stay as they are.

    For the transaction in which a version becomes active. Again, it changes nothing. Returns how many there were.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    await organizations.lock(session, organization_id=organization_id)
    found = await standing.texts(session, organization_id=organization_id)
    if found is None:
        return 0
    done = 0
    kept = [verdict for verdict in found.verdicts.values() if verdict.fate is Fate.KEEP]
    pillars = await _pillars(session, found.plan) if kept else {}
    for verdict in kept:
        try:
            await _place(session, actor, found.plan, verdict, pillars)
            done += 1
        except Conflict:
            continue  # a text was written for the place meanwhile: the re-plan shows this one
    return done


async def replan(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    preview: bool,
    chosen: Collection[UUID] = (),
    everything: bool = False,
) -> list[Replanned]:
    """What becomes of the texts of earlier plans; with `preview` it is only told.

    Drafts move or are archived. What is in the calendar or was approved by name moves or goes only where its piece is
    `chosen`, or all of it with `everything`. One that cannot any more, because it is being sent, is left, with the
    reason; the rest is done all the same. Doing it again changes nothing. Raises NotFound without an active plan.
    """
    role = Role.VIEWER if preview else Role.EDITOR
    await require(session, actor, organization_id=organization_id, role=role)
    if not preview:
        await organizations.lock(session, organization_id=organization_id)
        await follow_plan(session, actor, organization_id=organization_id)
    found = await standing.texts(session, organization_id=organization_id)
    if found is None:
        raise NotFound("No strategy is active yet, so there is nothing to plan anew.")
    rows = [_told(found, verdict) for verdict in found.verdicts.values() if verdict.fate is not Fate.KEEP]
    rows.sort(key=lambda row: (row.piece.planned_for or date.max, row.piece.id))
    if preview:
        return rows
    pillars = await _pillars(session, found.plan)
    wanted = [row for row in rows if row.fate is not Fate.LEAVE]
    wanted = [row for row in wanted if not row.needs_person or everything or row.piece.id in chosen]
    # In the order of the posts: two who do this at once, and a worker, meet in one order.
    wanted.sort(key=lambda row: (min((post.id for post in row.posts), default=row.piece.id), row.piece.id))
    done = {row.piece.id: await _do(session, actor, found, row, pillars) for row in wanted}
    return [done.get(row.piece.id, row) for row in rows]


def _told(found: standing.Standing, verdict: Verdict) -> Replanned:
    piece = found.pieces[verdict.text.piece_id]
    why = {
        Fate.LEAVE: verdict.text.leave or "",
        Fate.MOVE: "The new plan has this post on another day.",
        Fate.ARCHIVE: "The new plan has no such post any more.",
        Fate.KEEP: "The new plan has the same post.",
    }[verdict.fate]
    return Replanned(
        piece=piece,
        fate=verdict.fate,
        needs_person=verdict.needs_person,
        why=why,
        to=verdict.to.slot.date if verdict.to else None,
        posts=tuple(found.posts.get(piece.id, ())),
    )


async def _do(
    session: AsyncSession, actor: Actor, found: standing.Standing, row: Replanned, pillars: dict[str, UUID]
) -> Replanned:
    """One text, as a whole or not at all."""
    mine: dict[str, Any] = {"organization_id": row.piece.organization_id}
    try:
        async with session.begin_nested():
            await standing.hold(session, row.posts)
            await standing.hold_text(session, row.piece)
            if row.fate is Fate.ARCHIVE:
                await archive_piece(session, actor, **mine, piece_id=row.piece.id, reason=_REASON)
            else:
                await _move_posts(session, actor, row)
                await _place(session, actor, found.plan, found.verdicts[row.piece.id], pillars)
    except (Conflict, InvalidInput, NotAllowed) as refused:
        await session.refresh(row.piece)
        return replace(row, problem=refused.message)
    return replace(row, done=True)


async def _move_posts(session: AsyncSession, actor: Actor, row: Replanned) -> None:
    """Each open post keeps its time of day. Raises Conflict where one is being sent by now."""
    if not row.posts:
        return
    assert row.to is not None, "who moves has a day"
    zone = await organizations.time_zone(session, organization_id=row.piece.organization_id)
    for post in row.posts:
        await reschedule(
            session,
            actor,
            organization_id=row.piece.organization_id,
            post_id=post.id,
            local=_same_time(post, row.to, zone),
        )


def _same_time(post: ScheduledPost, day: date, zone: ZoneInfo) -> datetime:
    local = wall_clock(post.scheduled_at, zone)
    there = datetime.combine(day, local.time())
    if instant(there, zone) <= clock.now() + timedelta(minutes=1):
        raise Conflict("The new time has passed already.")
    return there


async def _pillars(session: AsyncSession, plan: AIStrategy) -> dict[str, UUID]:
    rows = await content.ensure_pillars(session, organization_id=plan.organization_id, strategy=plan)
    return {name: row.id for name, row in rows.items()}


async def _place(
    session: AsyncSession, actor: Actor, plan: AIStrategy, verdict: Verdict, pillars: dict[str, UUID]
) -> None:
    assert verdict.to is not None, "who stays or moves has a place"
    await content.take_place(
        session,
        actor,
        organization_id=plan.organization_id,
        piece_id=verdict.text.piece_id,
        strategy_id=plan.id,
        slot_key=verdict.to.key,
        planned_for=verdict.to.slot.date,
        pillar_id=pillars.get(verdict.to.slot.pillar),
    )
