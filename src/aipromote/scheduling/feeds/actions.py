"""Making a person's address of the calendar, taking it back, and letting in who shows it.

A token reads `<organization>.<secret>`. It names its organization, so it is looked up among that organization's rows
and needs no way across tenants. Only its keyed hash is stored.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts import tokens
from aipromote.accounts.actor import Actor
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.db.base import new_id
from aipromote.db.database import set_tenants
from aipromote.errors import NotAllowed, NotFound
from aipromote.organizations import queries as organizations
from aipromote.organizations.actions import require
from aipromote.organizations.models import Membership, Organization
from aipromote.organizations.states import Role
from aipromote.scheduling.models import CalendarFeed

_NOTED_EVERY = timedelta(minutes=15)
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Whose address it is, and of which organization."""

    feed: CalendarFeed
    organization: Organization


async def open_feed(session: AsyncSession, actor: Actor, *, organization_id: UUID) -> tuple[CalendarFeed, str]:
    """A new address for the acting person, and its token, which nobody sees again. The one before opens nothing."""
    if not actor.is_person or actor.user_id is None:
        raise NotAllowed("Only a person can subscribe to the calendar.")
    await require(session, actor, organization_id=organization_id, role=Role.VIEWER)
    await organizations.lock(session, organization_id=organization_id)  # two tabs at once leave one address
    await revoke_of(session, actor, organization_id=organization_id, user_id=actor.user_id)
    token = f"{_spelled(organization_id)}.{tokens.fresh()}"
    feed = CalendarFeed(
        organization_id=organization_id,
        id=new_id(),
        user_id=actor.user_id,
        token_hash=tokens.keyed_hash(token, purpose="calendar"),
    )
    session.add(feed)
    await session.flush()
    await _record(session, actor, feed.id, "calendar_feed.created", organization_id=organization_id)
    return feed, token


async def close_feed(session: AsyncSession, actor: Actor, *, organization_id: UUID) -> None:
    """The person's address opens nothing any more; doing it again changes nothing."""
    await require(session, actor, organization_id=organization_id, role=Role.VIEWER)
    if actor.user_id is not None:
        await revoke_of(session, actor, organization_id=organization_id, user_id=actor.user_id)


async def revoke_of(session: AsyncSession, actor: Actor, *, organization_id: UUID, user_id: UUID) -> None:
    """That person's address opens nothing any more. Whoever calls it has asked whether the actor may."""
    theirs = (CalendarFeed.organization_id == organization_id, CalendarFeed.user_id == user_id)
    change = update(CalendarFeed).where(*theirs, CalendarFeed.revoked_at.is_(None)).values(revoked_at=clock.now())
    for feed_id in await session.scalars(change.returning(CalendarFeed.id)):
        await _record(session, actor, feed_id, "calendar_feed.revoked", organization_id=organization_id)


async def admit(session: AsyncSession, *, token: str) -> Subscriber:
    """Whose address this is. From here on the transaction sees the organization.

    Raises NotFound, alike for what is no token, an unknown or revoked one, and one whose person is no member any more.
    """
    organization_id = _organization_in(token)
    if organization_id is None:
        raise _nothing()
    await set_tenants(session, [organization_id])
    same = (Membership.organization_id == CalendarFeed.organization_id) & (Membership.user_id == CalendarFeed.user_id)
    found = (
        select(CalendarFeed, Organization)
        .join(Membership, same)
        .join(Organization, Organization.id == CalendarFeed.organization_id)
        .where(
            CalendarFeed.organization_id == organization_id,
            CalendarFeed.token_hash == tokens.keyed_hash(token, purpose="calendar"),
            CalendarFeed.revoked_at.is_(None),
        )
    )
    row = (await session.execute(found)).one_or_none()
    if row is None:
        raise _nothing()
    feed, organization = row
    await _note_use(session, feed)
    return Subscriber(feed, organization)


async def feed_of(session: AsyncSession, *, organization_id: UUID, user_id: UUID) -> CalendarFeed | None:
    """The person's address that is open, if there is one."""
    mine = (CalendarFeed.organization_id == organization_id, CalendarFeed.user_id == user_id)
    found: CalendarFeed | None = await session.scalar(
        select(CalendarFeed).where(*mine, CalendarFeed.revoked_at.is_(None))
    )
    return found


async def _note_use(session: AsyncSession, feed: CalendarFeed) -> None:
    """Now and then, so that a program that asks often does not write with every request."""
    now = clock.now()
    if feed.last_fetched_at is not None and feed.last_fetched_at > now - _NOTED_EVERY:
        return
    used = update(CalendarFeed).where(
        CalendarFeed.organization_id == feed.organization_id,
        CalendarFeed.id == feed.id,
        or_(CalendarFeed.last_fetched_at.is_(None), CalendarFeed.last_fetched_at <= now - _NOTED_EVERY),
    )
    await session.execute(used.values(last_fetched_at=now))


async def _record(session: AsyncSession, actor: Actor, feed_id: UUID, action: str, *, organization_id: UUID) -> None:
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action=action,
        subject="calendar_feeds",
        subject_id=feed_id,
        detail=Detail(),
    )


def _nothing() -> NotFound:
    return NotFound("There is no such calendar. Its address may have been taken back.")


def _spelled(organization_id: UUID) -> str:
    return base64.b32encode(organization_id.bytes).decode().rstrip("=").lower()


def _organization_in(token: str) -> UUID | None:
    """The organization that a token names; None for what is no token."""
    name, _dot, secret = token.partition(".")
    if not secret or not token.isascii() or len(token) > _LONGEST:
        return None
    try:
        return UUID(bytes=base64.b32decode(name.upper() + "=" * (-len(name) % 8)))
    except (binascii.Error, ValueError):
        return None
