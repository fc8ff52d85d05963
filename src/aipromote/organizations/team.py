"""Who belongs to an organization, and in which role: changing it, removing somebody, leaving, handing over.

There is exactly one owner. The database lets no second one in, and no verb takes the last one away: ownership is only
handed over. All who change a team take the organization's row first and then look again at what they may: of two
administrators who remove each other at once, the second one finds that they belong there no more.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts import queries as accounts
from aipromote.accounts.actor import Actor
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.errors import Conflict, InvalidInput, NotAllowed, NotFound
from aipromote.organizations import queries
from aipromote.organizations.actions import require
from aipromote.organizations.models import ApiKey, Invitation, Membership
from aipromote.organizations.states import Role, includes


async def change_role(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, user_id: UUID, role: Role
) -> Membership:
    """Give a member another role, up to the actor's own. Their keys may from now on no more than that.

    Raises NotAllowed for a role, or a member, above the actor's own; Conflict for the owner; InvalidInput for OWNER.
    """
    theirs = await _taken(session, actor, organization_id=organization_id, user_id=user_id, role=Role.ADMIN)
    if theirs.role is Role.OWNER:
        raise Conflict("The owner stays the owner until they hand the ownership over.")
    if role is Role.OWNER:
        raise InvalidInput("There is one owner. Hand the ownership over instead.", field="role")
    before, theirs.role = theirs.role, role
    if before is not role:
        await _record(session, actor, theirs, "member.role_changed", before={"role": before}, after={"role": role})
    await session.flush()
    return theirs


async def remove(session: AsyncSession, actor: Actor, *, organization_id: UUID, user_id: UUID) -> None:
    """They belong here no more, from this moment: pages and keys of theirs open nothing, their invitations are void.

    Raises Conflict for the owner, and for the actor, who leaves instead.
    """
    theirs = await _taken(session, actor, organization_id=organization_id, user_id=user_id, role=Role.ADMIN)
    if theirs.role is Role.OWNER:
        raise Conflict("The owner cannot be removed. They can hand the ownership over.")
    if user_id == actor.user_id:
        raise Conflict("You cannot remove yourself. Leave the organization instead.")
    await _part(session, actor, theirs, "member.removed")


async def leave(session: AsyncSession, actor: Actor, *, organization_id: UUID) -> None:
    """The acting person belongs here no more. Raises Conflict for the owner."""
    await require(session, actor, organization_id=organization_id, role=Role.VIEWER)
    if actor.user_id is None:
        raise NotAllowed("Only a person can leave an organization.")
    own = await _taken(session, actor, organization_id=organization_id, user_id=actor.user_id, role=Role.VIEWER)
    if own.role is Role.OWNER:
        raise Conflict("You own this organization. Hand the ownership over before you leave.")
    await _part(session, actor, own, "member.left")


async def hand_over(session: AsyncSession, actor: Actor, *, organization_id: UUID, user_id: UUID) -> Membership:
    """Make another member the owner. Who was it stays as an administrator.

    Raises NotAllowed for anybody but the owner, NotFound where the other one is no member, Conflict for oneself.
    """
    theirs = await _taken(session, actor, organization_id=organization_id, user_id=user_id, role=Role.OWNER)
    if theirs.role is Role.OWNER:
        raise Conflict("They own this organization already.")
    before = theirs.role
    is_owner = (Membership.organization_id == organization_id, Membership.role == Role.OWNER)
    await session.execute(update(Membership).where(*is_owner).values(role=Role.ADMIN))  # first: two would be refused
    theirs.role = Role.OWNER
    organization = await queries.organization(session, organization_id=organization_id)
    organization.owner_id = user_id
    await session.flush()
    await _record(
        session, actor, theirs, "organization.handed_over", before={"role": before}, after={"role": Role.OWNER}
    )
    return theirs


async def _taken(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, user_id: UUID, role: Role
) -> Membership:
    """The member's row, with the team locked, once it is sure that the actor may still act on it."""
    await require(session, actor, organization_id=organization_id, role=role)
    if not (actor.is_person or actor.is_product):
        raise NotAllowed("Only a person can change the team.")
    await queries.lock(session, organization_id=organization_id)
    found = select(Membership).where(
        Membership.organization_id == organization_id, Membership.user_id.in_({user_id, actor.user_id} - {None})
    )
    rows = await session.scalars(found.with_for_update().execution_options(populate_existing=True))
    members = {row.user_id: row for row in rows}
    own = Role.OWNER
    if not actor.is_product:
        if actor.user_id not in members:
            raise NotFound("There is no such organization.")
        own = members[actor.user_id].role
    if not includes(own, role):
        raise NotAllowed(f"This needs the role {role.lower()}; yours is {own.lower()}.")
    if user_id not in members:
        raise NotFound("They are no member of this organization (any more).")
    return members[user_id]


async def _part(session: AsyncSession, actor: Actor, theirs: Membership, action: str) -> None:
    organization_id, user_id, now = theirs.organization_id, theirs.user_id, clock.now()
    keys = (ApiKey.organization_id == organization_id, ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None))
    revoked = await session.scalars(update(ApiKey).where(*keys).values(revoked_at=now).returning(ApiKey.id))
    asked = (Invitation.organization_id == organization_id, Invitation.invited_by == user_id)
    waits = (Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None))
    await session.execute(update(Invitation).where(*asked, *waits).values(revoked_at=now))
    gone = (Membership.organization_id == organization_id, Membership.user_id == user_id)
    before = {"role": theirs.role, "keys_revoked": len(revoked.all())}
    await _record(session, actor, theirs, action, before=before)
    await session.execute(delete(Membership).where(*gone))


async def _record(
    session: AsyncSession,
    actor: Actor,
    theirs: Membership,
    action: str,
    *,
    before: dict[str, Any],
    after: dict[str, Any] | None = None,
) -> None:
    email = (await accounts.user(session, user_id=theirs.user_id)).email
    await audit.record(
        session,
        actor,
        organization_id=theirs.organization_id,
        action=action,
        subject="users",
        subject_id=theirs.user_id,
        detail=Detail(before={"email": email, **before}, after=after or {}),
    )
