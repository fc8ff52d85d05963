"""API keys: making them, taking them back, and letting in who shows one.

A key reads `aip_<organization>_<secret>`. It names its organization, so it is looked up among that organization's rows
and needs no way across tenants. Only its keyed hash is stored.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts import tokens
from aipromote.accounts.actor import Actor
from aipromote.accounts.models import User
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.db.base import new_id
from aipromote.db.database import set_tenants
from aipromote.errors import InvalidInput, NotAllowed, NotSignedIn
from aipromote.organizations import actions, queries
from aipromote.organizations.models import ApiKey, Membership
from aipromote.organizations.states import Role, includes, lesser

_PREFIX = "aip"
_SHOWN = 6
_MAX_NAME = 100
_USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who showed a key: for which organization, and what they may there at most."""

    organization_id: UUID
    actor: Actor
    role: Role


async def create(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    name: str,
    role: Role = Role.VIEWER,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A new key of the acting person, and its text, which nobody sees again.

    Raises InvalidInput (name, expires_at), and NotAllowed for a role above the person's own.
    """
    if not actor.is_person or actor.user_id is None:
        raise NotAllowed("Only a person can make a key.")
    await actions.require(session, actor, organization_id=organization_id, role=role)
    if not 0 < len(name.strip()) <= _MAX_NAME:
        raise InvalidInput(f"Give the key a name of at most {_MAX_NAME} characters.", field="name")
    if expires_at is not None and expires_at <= clock.now():
        raise InvalidInput("A key has to expire in the future.", field="expires_at")
    secret = tokens.fresh()
    text = f"{_PREFIX}_{_spelled(organization_id)}_{secret}"
    key = ApiKey(
        organization_id=organization_id,
        id=new_id(),
        user_id=actor.user_id,
        name=name.strip(),
        role=role,
        prefix=f"{_PREFIX}_…_{secret[:_SHOWN]}",
        key_hash=tokens.keyed_hash(text, purpose="api-key"),
        expires_at=expires_at,
    )
    session.add(key)
    detail = Detail(after={"name": key.name, "role": role, "expires_at": expires_at})
    await _record(session, actor, key, "key.created", detail)
    await session.flush()
    return key, text


async def revoke(session: AsyncSession, actor: Actor, *, organization_id: UUID, key_id: UUID) -> ApiKey:
    """The key opens nothing any more; doing it again changes nothing. Administrators revoke any, others their own.

    A program's own key is the one that it came with, not all those of its person. Raises NotFound.
    """
    key = await queries.api_key(session, organization_id=organization_id, key_id=key_id)
    is_own = key.user_id == actor.user_id if actor.is_person else key.id == actor.api_key_id
    least = Role.VIEWER if is_own else Role.ADMIN
    await actions.require(session, actor, organization_id=organization_id, role=least)
    if key.revoked_at is None:
        key.revoked_at = clock.now()
        await _record(session, actor, key, "key.revoked", Detail(before={"name": key.name, "role": key.role}))
        await session.flush()
    return key


async def admit(session: AsyncSession, *, text: str) -> Holder:
    """Who holds this key. From here on the transaction sees the key's organization.

    Raises NotSignedIn, alike for a text that is no key, an unknown key, and one that expired or was revoked; also where
    the key's person is no member any more.
    """
    organization_id = _organization_in(text)
    if organization_id is None:
        raise _nobody()
    await set_tenants(session, [organization_id])
    found = (
        select(ApiKey, Membership.role, func.coalesce(User.name, User.email))
        .join(
            Membership,
            (Membership.organization_id == ApiKey.organization_id) & (Membership.user_id == ApiKey.user_id),
        )
        .join(User, User.id == ApiKey.user_id)
        .where(
            ApiKey.organization_id == organization_id,
            ApiKey.key_hash == tokens.keyed_hash(text, purpose="api-key"),
            ApiKey.revoked_at.is_(None),
            or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > clock.now()),
        )
    )
    row = (await session.execute(found)).one_or_none()
    if row is None:
        raise _nobody()
    key, membership_role, person = row
    await _note_use(session, key)
    actor = Actor(f"{person} ({key.name})", key.user_id, key.id)
    return Holder(organization_id, actor, lesser(key.role, membership_role))


def require_role(holder: Holder, role: Role) -> None:
    """Raises NotAllowed where the key may less."""
    if not includes(holder.role, role):
        raise NotAllowed(f"This needs a key with the role {role.lower()}; this one has {holder.role.lower()}.")


async def _note_use(session: AsyncSession, key: ApiKey) -> None:
    """At most once a minute, so that a busy key does not write with every request."""
    now = clock.now()
    used = update(ApiKey).where(
        ApiKey.organization_id == key.organization_id,
        ApiKey.id == key.id,
        or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at <= now - _USED_EVERY),
    )
    if key.last_used_at is None or key.last_used_at <= now - _USED_EVERY:
        await session.execute(used.values(last_used_at=now))


async def _record(session: AsyncSession, actor: Actor, key: ApiKey, action: str, detail: Detail) -> None:
    await audit.record(
        session,
        actor,
        organization_id=key.organization_id,
        action=action,
        subject="api_keys",
        subject_id=key.id,
        detail=detail,
    )


def _nobody() -> NotSignedIn:
    return NotSignedIn("This is not a valid API key. It may be mistyped, expired or revoked.")


def _spelled(organization_id: UUID) -> str:
    return base64.b32encode(organization_id.bytes).decode().rstrip("=").lower()


def _organization_in(text: str) -> UUID | None:
    """The organization that a key names; None for a text that is no key."""
    parts = text.split("_", 2)
    if len(parts) != len(("aip", "organization", "secret")) or parts[0] != _PREFIX or not parts[1].isascii():
        return None
    try:
        return UUID(bytes=base64.b32decode(parts[1].upper() + "=" * (-len(parts[1]) % 8)))
    except (binascii.Error, ValueError):
        return None
