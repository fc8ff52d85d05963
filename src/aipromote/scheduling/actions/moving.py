"""Moving and cancelling many posts in one act: what cannot be done is told, the rest is done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.actor import Actor
from aipromote.errors import AipromoteError, InvalidInput
from aipromote.organizations import queries as organizations
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role
from aipromote.publishing import actions as publishing
from aipromote.publishing import queries as posts
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.seen import refuse_if_moved
from aipromote.scheduling.actions.changing import reschedule
from aipromote.scheduling.slots import wall_clock

MOST = 200
"""Posts that are changed in one act."""
FARTHEST = 366
"""Days by which they are moved at most."""


@dataclass(frozen=True, slots=True)
class Many:
    """The posts that were changed, and for those that were not, by id, the reason."""

    done: list[ScheduledPost] = field(default_factory=list)
    refused: dict[UUID, str] = field(default_factory=dict)


async def move_by_days(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, seen: Mapping[UUID, datetime], days: int
) -> Many:
    """Move these posts by so many days, back where negative. Each keeps its time on the clocks of the zone.

    `seen` are their times as the person saw them. Raises InvalidInput for too many posts or days.
    """
    await require(session, actor, organization_id=organization_id, role=Role.APPROVER)
    if not 0 < abs(days) <= FARTHEST:
        raise InvalidInput(f"Choose between 1 and {FARTHEST} days, or the same back.", field="days")
    zone = await organizations.time_zone(session, organization_id=organization_id)

    async def move(post_id: UUID) -> ScheduledPost:
        local = wall_clock(seen[post_id], zone) + timedelta(days=days)
        return await reschedule(
            session,
            actor,
            organization_id=organization_id,
            post_id=post_id,
            local=local,
            seen=seen[post_id],
        )

    # Whoever goes first leaves the place that the next one may want.
    order = sorted(seen, key=lambda post_id: (seen[post_id], post_id), reverse=days > 0)
    return await _each(session, actor, order, move, organization_id=organization_id)


async def cancel_many(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, seen: Mapping[UUID, datetime]
) -> Many:
    """Take these posts out of the calendar. One that was moved meanwhile stays. Raises InvalidInput for too many."""

    async def cancel(post_id: UUID) -> ScheduledPost:
        post = await posts.post(session, organization_id=organization_id, post_id=post_id)
        await refuse_if_moved(session, post, seen=seen[post_id])
        return await publishing.cancel(session, actor, organization_id=organization_id, post_id=post_id)

    return await _each(session, actor, sorted(seen), cancel, organization_id=organization_id)


async def _each(
    session: AsyncSession,
    actor: Actor,
    order: list[UUID],
    change: Callable[[UUID], Awaitable[ScheduledPost]],
    *,
    organization_id: UUID,
) -> Many:
    if len(order) > MOST:
        raise InvalidInput(f"Choose at most {MOST} posts at once.", field="post")
    await require(session, actor, organization_id=organization_id, role=Role.APPROVER)
    await organizations.lock(session, organization_id=organization_id)
    result = Many()
    for post_id in order:
        try:
            async with session.begin_nested():
                result.done.append(await change(post_id))
        except AipromoteError as refused:
            result.refused[post_id] = refused.message
    return result
