"""Organizations and who belongs to them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.models import User
from aipromote.errors import NotFound
from aipromote.organizations.models import ApiKey, Founder, Invitation, Membership, Organization
from aipromote.organizations.states import Role


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is a member."""

    organization_id: UUID
    name: str
    role: Role


async def organization(session: AsyncSession, *, organization_id: UUID) -> Organization:
    """The organization. Raises NotFound where it does not exist or this transaction did not name it."""
    found = await session.get(Organization, organization_id)
    if found is None:
        raise NotFound("There is no such organization.")
    return found


async def lock(session: AsyncSession, *, organization_id: UUID) -> Organization:
    """The organization, its row locked until the end of the transaction: who comes second waits. Raises NotFound.

    Others may go on to write rows that belong to it, which takes only a share of its key.
    """
    found = await session.get(
        Organization, organization_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if found is None:
        raise NotFound("There is no such organization.")
    return found


async def time_zone(session: AsyncSession, *, organization_id: UUID) -> ZoneInfo:
    """The zone whose clocks the audience goes by."""
    return ZoneInfo((await organization(session, organization_id=organization_id)).time_zone)


async def founders(session: AsyncSession, *, organization_id: UUID) -> list[Founder]:
    """The founders, the primary one first."""
    found = select(Founder).where(Founder.organization_id == organization_id)
    return list(await session.scalars(found.order_by(Founder.is_primary.desc(), Founder.id)))


async def membership(session: AsyncSession, *, organization_id: UUID, user_id: UUID | None) -> Membership | None:
    """The user's place in the organization, if they have one."""
    found = select(Membership).where(Membership.organization_id == organization_id, Membership.user_id == user_id)
    return await session.scalar(found)


async def team(session: AsyncSession, *, organization_id: UUID) -> list[tuple[Membership, User]]:
    """All members, the owner first, then by role and by how long they have been there."""
    found = select(Membership, User).join(User, User.id == Membership.user_id)
    found = found.where(Membership.organization_id == organization_id).order_by(Membership.role, Membership.id)
    return [(row[0], row[1]) for row in await session.execute(found)]


async def open_invitations(session: AsyncSession, *, organization_id: UUID) -> list[Invitation]:
    """Those that wait, newest first; also those that ran out and were not taken back."""
    waits = (Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None))
    found = select(Invitation).where(Invitation.organization_id == organization_id, *waits)
    return list(await session.scalars(found.order_by(Invitation.id.desc())))


async def invitation(session: AsyncSession, *, organization_id: UUID, invitation_id: UUID) -> Invitation:
    """One invitation. Raises NotFound."""
    found = await session.get(Invitation, (organization_id, invitation_id))
    if found is None:
        raise NotFound("There is no such invitation.")
    return found


async def memberships_of(session: AsyncSession, *, user_id: UUID) -> list[Place]:
    """All organizations of a user, oldest first. Goes through a door: no organization need be named before."""
    rows = await session.execute(text("SELECT * FROM doors.memberships_of(:person)"), {"person": user_id})
    return [Place(row.organization_id, row.name, Role(row.role)) for row in rows]


async def members_with(session: AsyncSession, *, organization_id: UUID, role: Role) -> list[User]:
    """The members who may do at least what `role` may, oldest membership first."""
    enough = list(Role)[: list(Role).index(role) + 1]
    found = select(User).join(Membership, Membership.user_id == User.id)
    found = found.where(Membership.organization_id == organization_id, Membership.role.in_(enough))
    return list(await session.scalars(found.order_by(Membership.id)))


async def api_keys(session: AsyncSession, *, organization_id: UUID) -> list[ApiKey]:
    """All keys that were ever made, newest first; also those that expired or were revoked."""
    found = select(ApiKey).where(ApiKey.organization_id == organization_id)
    return list(await session.scalars(found.order_by(ApiKey.id.desc())))


async def api_key(session: AsyncSession, *, organization_id: UUID, key_id: UUID) -> ApiKey:
    """One key. Raises NotFound."""
    found = await session.get(ApiKey, (organization_id, key_id))
    if found is None:
        raise NotFound("There is no such key.")
    return found
