"""Parting with a member: also the ways in that they made, which the rooms below do not know, open nothing any more.

Review links and calendar addresses ask for the membership of their person. Left as they are, they would open again on
the day on which that person is invited back.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.actor import Actor
from aipromote.content.review import links
from aipromote.errors import NotAllowed
from aipromote.organizations import team
from aipromote.scheduling.feeds import actions as feeds


async def remove_member(session: AsyncSession, actor: Actor, *, organization_id: UUID, user_id: UUID) -> None:
    """They belong here no more, as `team.remove`, with their review links and their calendar's address."""
    await team.remove(session, actor, organization_id=organization_id, user_id=user_id)
    await _close_ways_in(session, actor, organization_id=organization_id, user_id=user_id)


async def leave_team(session: AsyncSession, actor: Actor, *, organization_id: UUID) -> None:
    """The acting person goes, as `team.leave`, with their review links and their calendar's address."""
    if actor.user_id is None:
        raise NotAllowed("Only a person can leave an organization.")
    await team.leave(session, actor, organization_id=organization_id)
    await _close_ways_in(session, actor, organization_id=organization_id, user_id=actor.user_id)


async def _close_ways_in(session: AsyncSession, actor: Actor, *, organization_id: UUID, user_id: UUID) -> None:
    theirs = {"organization_id": organization_id, "user_id": user_id}
    await links.revoke_all_of(session, actor, **theirs)
    await feeds.revoke_of(session, actor, **theirs)
