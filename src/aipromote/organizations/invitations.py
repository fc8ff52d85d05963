"""Asking people to join by e-mail, and letting in who opens the link.

A link names its organization, so that it is looked up among that organization's rows, and is signed with the instance's
secret key: no token is stored, and a stolen table opens nothing. It says which way it went. Only one that was mailed
proves an address; the one that the inviting person may copy does not, or they could make a proved account for anybody.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts import actions as accounts_actions
from aipromote.accounts import addresses
from aipromote.accounts import queries as accounts
from aipromote.accounts.actor import Actor
from aipromote.accounts.models import User
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.db.base import new_id
from aipromote.db.database import set_tenants
from aipromote.errors import Conflict, InvalidInput, NotAllowed, NotFound
from aipromote.notifications import actions as notifications
from aipromote.notifications import tickets
from aipromote.notifications.told import Told
from aipromote.organizations import queries
from aipromote.organizations.actions import require
from aipromote.organizations.models import Invitation, Membership, Organization
from aipromote.organizations.states import Role, includes

LASTS = timedelta(days=7)
MOST_WAITING = 100
_LONGEST_EMAIL = 320
_MAILED, _SHOWN = "m", "s"


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link that holds opens. `is_mailed`: it went to the address, and nowhere else."""

    invitation: Invitation
    organization: Organization
    inviter: User
    is_mailed: bool


async def invite(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, email: str, role: Role
) -> tuple[Invitation, str]:
    """Ask somebody to join: a letter is owed to the address. Also returns what the link ends in, for who invites.

    Raises InvalidInput (email, role), NotAllowed for a role above the actor's own, Conflict where they are a member or
    invited already, and where too many invitations wait.
    """
    await _may_invite(session, actor, organization_id=organization_id, role=role)
    address = _address(email)
    await queries.lock(session, organization_id=organization_id)
    if await _is_member(session, organization_id=organization_id, email=address):
        raise Conflict(f"{address} is a member already. Change the role in the list of members.", field="email")
    waiting = await queries.open_invitations(session, organization_id=organization_id)
    now = clock.now()
    for one in waiting:
        if addresses.same(one.email, address):
            if one.expires_at > now:
                raise Conflict(f"{address} is invited already. Send it again, or take it back first.", field="email")
            one.revoked_at = now
    if len(waiting) >= MOST_WAITING:
        raise Conflict(f"{MOST_WAITING} invitations wait already. Take back those that are not needed.", field="email")
    await session.flush()
    made = Invitation(
        organization_id=organization_id,
        id=new_id(),
        email=address,
        role=role,
        invited_by=actor.user_id,
        round=1,
        sent_at=now,
        expires_at=now + LASTS,
    )
    session.add(made)
    await session.flush()
    await _record(session, actor, made, "invitation.sent", Detail(after={"email": address, "role": role}))
    await _mail(session, actor, made)
    return made, _link(made, _SHOWN)


async def resend(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, invitation_id: UUID
) -> tuple[Invitation, str]:
    """Send it once more, for seven days from now. Links that were sent before open nothing any more.

    Raises NotFound, Conflict where it was accepted or taken back, NotAllowed for a role above the actor's own.
    """
    await require(session, actor, organization_id=organization_id, role=Role.ADMIN)
    await queries.lock(session, organization_id=organization_id)
    row = await _waiting(session, organization_id=organization_id, invitation_id=invitation_id)
    await _may_invite(session, actor, organization_id=organization_id, role=row.role)
    assert actor.user_id is not None, "a person invites"
    row.round, row.sent_at, row.invited_by = row.round + 1, clock.now(), actor.user_id
    row.expires_at = row.sent_at + LASTS
    await session.flush()
    await _record(session, actor, row, "invitation.resent", Detail(after={"email": row.email, "role": row.role}))
    await _mail(session, actor, row)
    return row, _link(row, _SHOWN)


async def revoke(session: AsyncSession, actor: Actor, *, organization_id: UUID, invitation_id: UUID) -> Invitation:
    """Take it back: its links open nothing any more. Raises NotFound, Conflict where it is over already."""
    await require(session, actor, organization_id=organization_id, role=Role.ADMIN)
    await queries.lock(session, organization_id=organization_id)
    row = await _waiting(session, organization_id=organization_id, invitation_id=invitation_id)
    row.revoked_at = clock.now()
    await _record(session, actor, row, "invitation.revoked", Detail(before={"email": row.email, "role": row.role}))
    await session.flush()
    return row


async def opened(session: AsyncSession, *, text: str) -> Opened:
    """What this link opens. From here on the transaction sees its organization.

    NotFound for a text that is no link of ours; Conflict, in words, for one that was used, taken back, replaced, or is
    too old, and where who invites may not do so any more.
    """
    organization_id, invitation_id, number, way = _read(text)
    await set_tenants(session, [organization_id])
    row = await session.get(Invitation, (organization_id, invitation_id), populate_existing=True)
    if row is None:
        raise _nothing()
    if row.accepted_at is not None:
        raise Conflict("This invitation was accepted already. Sign in to go on.")
    if row.revoked_at is not None:
        raise Conflict("This invitation was taken back.")
    if row.round != number:
        raise Conflict("This invitation was sent again since. Open the newest letter.")
    if row.expires_at <= clock.now():
        raise Conflict("This invitation is too old. Ask for a new one.")
    inviter = await queries.membership(session, organization_id=organization_id, user_id=row.invited_by)
    if inviter is None or not includes(inviter.role, Role.ADMIN):
        raise Conflict("Who invited you may not invite any more. Ask for a new invitation.")
    organization = await queries.organization(session, organization_id=organization_id)
    return Opened(row, organization, await accounts.user(session, user_id=row.invited_by), way == _MAILED)


async def accept(session: AsyncSession, actor: Actor, *, text: str) -> Organization:
    """Join, as the person whom the invitation names. The link is used up by it, also where they are a member already.

    Raises NotAllowed for anybody else, and as `opened`.
    """
    if not actor.is_person or actor.user_id is None:
        raise NotAllowed("Only a person can accept an invitation.")
    organization_id, *_ = _read(text)
    await set_tenants(session, [organization_id])
    await queries.lock(session, organization_id=organization_id)  # of two who open it at once the second finds it used
    found = await opened(session, text=text)
    person = await accounts.user(session, user_id=actor.user_id)
    if not addresses.same(person.email, found.invitation.email):
        raise NotAllowed(f"This invitation is for {found.invitation.email}, and you are signed in as {person.email}.")
    found.invitation.accepted_at = clock.now()
    if found.is_mailed:
        await accounts_actions.mark_verified(session, user_id=person.id)
    values = {"organization_id": organization_id, "id": new_id(), "user_id": person.id, "role": found.invitation.role}
    joins = insert(Membership).values(values).on_conflict_do_nothing(index_elements=["organization_id", "user_id"])
    if await session.scalar(joins.returning(Membership.id)) is not None:
        member = Detail(after={"role": found.invitation.role, "email": person.email})
        await audit.record(
            session,
            actor,
            organization_id=organization_id,
            action="member.added",
            subject="users",
            subject_id=person.id,
            detail=member,
        )
    await session.flush()
    return found.organization


async def accept_anew(session: AsyncSession, *, text: str, name: str, password: str) -> User:
    """Make the account that the invitation names, and join with it. Whether people may sign up is not asked.

    Raises InvalidInput (password), Conflict where the address has an account, and as `opened`.
    """
    found = await opened(session, text=text)
    user = await accounts_actions.create_user(session, email=found.invitation.email, password=password, name=name)
    await accept(session, accounts.actor_of(user), text=text)
    return user


async def _may_invite(session: AsyncSession, actor: Actor, *, organization_id: UUID, role: Role) -> None:
    own = await require(session, actor, organization_id=organization_id, role=Role.ADMIN)
    if own is None or not actor.is_person:
        raise NotAllowed("Only a person can invite somebody.")
    if role is Role.OWNER:
        raise InvalidInput("There is one owner. Invite them first, then hand the ownership over.", field="role")
    if not includes(own.role, role):
        raise NotAllowed(f"You cannot invite somebody as {role.lower()}; your own role is {own.role.lower()}.")


def _address(email: str) -> str:
    address = email.strip()
    name, _, host = address.partition("@")
    is_plain = address.isprintable() and not any(letter.isspace() or letter in ",;<>" for letter in address)
    if not (name and host and is_plain) or "@" in host or len(address) > _LONGEST_EMAIL:
        raise InvalidInput("That is not an e-mail address.", field="email")
    return addresses.checked(address)


async def _is_member(session: AsyncSession, *, organization_id: UUID, email: str) -> bool:
    found = select(Membership.id).join(User, User.id == Membership.user_id)
    found = found.where(Membership.organization_id == organization_id, func.lower(User.email) == func.lower(email))
    return await session.scalar(found) is not None


async def _waiting(session: AsyncSession, *, organization_id: UUID, invitation_id: UUID) -> Invitation:
    row = await queries.invitation(session, organization_id=organization_id, invitation_id=invitation_id)
    await session.refresh(row)
    if row.accepted_at is not None or row.revoked_at is not None:
        raise Conflict("This invitation is over: it was accepted, or taken back.")
    return row


async def _mail(session: AsyncSession, actor: Actor, row: Invitation) -> None:
    """Owed to the address in the name of who invites: the invited person may have no account, and so no inbox."""
    assert actor.user_id is not None, "a person invites"
    organization = await queries.organization(session, organization_id=row.organization_id)
    await notifications.tell(
        session,
        organization_id=row.organization_id,
        recipients=[notifications.Recipient(actor.user_id, row.email)],
        key=f"invitation:{row.id}:{row.round}",
        template="invitation",
        data=Told.model_validate(
            {
                "organization": organization.name,
                "inviter": actor.name,
                "role": row.role.lower(),
                "until": f"{row.expires_at:%-d %B %Y, %H:%M} UTC",
                "ticket": _ticket(row, _MAILED),
            }
        ),
        priority=1,
    )


async def _record(session: AsyncSession, actor: Actor, row: Invitation, action: str, detail: Detail) -> None:
    await audit.record(
        session,
        actor,
        organization_id=row.organization_id,
        action=action,
        subject="invitations",
        subject_id=row.id,
        detail=detail,
    )


def _ticket(row: Invitation, way: str) -> str:
    return f"{_spelled(row.organization_id)}-{_spelled(row.id)}-{row.round}-{way}"


def _link(row: Invitation, way: str) -> str:
    return tickets.signed(_ticket(row, way))


def _read(text: str) -> tuple[UUID, UUID, int, str]:
    """Organization, invitation, round and way. Raises NotFound for what we did not sign."""
    parts = (tickets.opened(text) or "").split("-")
    try:
        organization_id, invitation_id, number, way = parts
        return _key(organization_id), _key(invitation_id), int(number), way
    except (ValueError, binascii.Error) as error:
        raise _nothing() from error


def _nothing() -> NotFound:
    return NotFound("This link opens nothing. It may have been cut off: open it from the letter, or copy it whole.")


def _spelled(key: UUID) -> str:
    return base64.b32encode(key.bytes).decode().rstrip("=").lower()


def _key(text: str) -> UUID:
    return UUID(bytes=base64.b32decode(text.upper() + "=" * (-len(text) % 8)))
