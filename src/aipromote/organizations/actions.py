"""Founding an organization from a brief, and asking whether somebody may do something in it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts import actions as accounts_actions
from aipromote.accounts import queries as accounts
from aipromote.accounts import registering
from aipromote.accounts.actor import Actor
from aipromote.accounts.models import INTERNAL_USER
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.db.base import new_id
from aipromote.db.database import set_tenants
from aipromote.documents.brief import Brief, FounderProfile
from aipromote.errors import InvalidInput, NotAllowed, NotFound
from aipromote.organizations import queries
from aipromote.organizations.models import INTERNAL_ORGANIZATION, Founder, Membership, Organization
from aipromote.organizations.states import Role, includes, lesser

LATE_MINUTES = range(5, 43_201)
"""How late a post may be allowed to go out: five minutes to thirty days."""


async def create(
    session: AsyncSession, actor: Actor, *, brief: Brief, organization_id: UUID | None = None
) -> Organization:
    """The organization that the brief describes, its founders, and the actor as its owner. Its id is new unless given.

    From here on the transaction sees this organization, and no other. Raises NotAllowed unless a person acts, whose
    e-mail is confirmed where anybody may sign up.
    """
    if not actor.is_person or actor.user_id is None:  # a key is for one organization, and founds no other
        raise NotAllowed("Only a person can found an organization.")
    await registering.must_be_verified(session, actor)
    key = organization_id or new_id()
    await set_tenants(session, [key])
    organization = Organization(id=key, owner_id=actor.user_id, brief=brief, **_columns(brief))
    session.add(organization)
    await session.flush()
    session.add(Membership(organization_id=key, user_id=actor.user_id, role=Role.OWNER))
    session.add_all(_founders(key, brief.founders))
    await _record_beginning(session, actor, organization)
    await session.flush()
    return organization


async def make_internal(session: AsyncSession) -> None:
    """The product's own organization, once: owned by nobody who could sign in, and without members."""
    await accounts_actions.make_internal_user(session)
    brief = Brief(name="AIPromote", description="The product itself, whose canary posts show that posts arrive.")
    row = {
        "id": INTERNAL_ORGANIZATION,
        "owner_id": INTERNAL_USER,
        "name": brief.name,
        "brief": brief,
        "is_internal": True,
    }
    await session.execute(insert(Organization).values(row).on_conflict_do_nothing())


async def change_brief(session: AsyncSession, actor: Actor, *, organization_id: UUID, brief: Brief) -> Organization:
    """Give the organization a new brief (its next version). Founders and members stay as they are."""
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    change = update(Organization).where(Organization.id == organization_id)
    change = change.values(brief=brief, brief_version=Organization.brief_version + 1, **_columns(brief))
    changed: Organization | None = await session.scalar(
        change.returning(Organization), execution_options={"populate_existing": True}
    )
    if changed is None:
        raise NotFound("There is no such organization.")
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="brief.changed",
        subject="organizations",
        subject_id=organization_id,
        detail=Detail(after={"brief_version": changed.brief_version, "name": changed.name}),
    )
    return changed


async def set_late_window(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, minutes: int | None
) -> Organization:
    """How late a post may still go out, 5 minutes to 30 days; None: as the instance says. Posts on their way obey."""
    await require(session, actor, organization_id=organization_id, role=Role.ADMIN)
    if minutes is not None and minutes not in LATE_MINUTES:
        raise InvalidInput("Please give 5 to 43,200 minutes (30 days).", field="minutes")
    organization = await queries.organization(session, organization_id=organization_id)
    before, organization.late_minutes = organization.late_minutes, minutes
    await session.flush()
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="organization.late_window_set",
        subject="organizations",
        subject_id=organization_id,
        detail=Detail(before={"late_minutes": before}, after={"late_minutes": minutes}),
    )
    return organization


async def require(session: AsyncSession, actor: Actor, *, organization_id: UUID, role: Role) -> Membership | None:
    """The actor's membership, at least in this role; None for the product itself, which always may.

    A program with a key may what its key and its person both may; who came by a review link may none of this, whatever
    the person may who made it (see `content.review.links`). Raises NotFound where the actor is no member (that
    the organization exists is none of their business), and NotAllowed where the role is not enough.
    """
    if actor.is_product:
        return None
    if actor.review_link_id is not None:
        raise NotAllowed("A review link does not include this.")
    membership = await queries.membership(session, organization_id=organization_id, user_id=actor.user_id)
    if membership is None:
        raise NotFound("There is no such organization.")
    given = membership.role
    if actor.api_key_id is not None:
        key = await queries.api_key(session, organization_id=organization_id, key_id=actor.api_key_id)
        if key.revoked_at is not None or key.user_id != actor.user_id:
            raise NotAllowed("This key was revoked.")
        given = lesser(given, key.role)
    if not includes(given, role):
        raise NotAllowed(f"This needs the role {role.lower()}; yours is {given.lower()}.")
    return membership


async def _record_beginning(session: AsyncSession, actor: Actor, organization: Organization) -> None:
    """The log begins with the account that founds the organization, which is older than it."""
    assert actor.user_id is not None, "only a person founds an organization"
    user = await accounts.user(session, user_id=actor.user_id)
    key = organization.id
    made = Detail(after={"email": user.email, "role": user.role})
    await audit.record(
        session,
        actor,
        organization_id=key,
        action="account.created",
        subject="users",
        subject_id=user.id,
        detail=made,
        at=min(user.created_at, clock.now()),
    )
    founded = Detail(after={"name": organization.name})
    await audit.record(
        session,
        actor,
        organization_id=key,
        action="organization.created",
        subject="organizations",
        subject_id=key,
        detail=founded,
    )
    member = Detail(after={"role": Role.OWNER, "email": user.email})
    await audit.record(
        session, actor, organization_id=key, action="member.added", subject="users", subject_id=user.id, detail=member
    )


def _columns(brief: Brief) -> dict[str, Any]:
    """What of the brief stands in columns of its own."""
    return {
        "name": brief.name[:200],
        "url": brief.url,
        "stage": brief.stage,
        "pricing": brief.pricing,
        "description": brief.description,
        "tagline": brief.tagline,
        "category": (brief.category or "")[:200] or None,
        "markets": list(brief.markets),
        "languages": list(brief.languages),
        "time_zone": brief.time_zone,
    }


def _founders(organization_id: UUID, profiles: list[FounderProfile]) -> list[Founder]:
    """One row each. Where nobody is marked as primary, the first one is."""
    marked = any(profile.is_primary for profile in profiles)
    return [
        Founder(
            organization_id=organization_id,
            name=profile.name[:200],
            role=(profile.role or "")[:200] or None,
            email=profile.email,
            linkedin_url=profile.linkedin_url,
            twitter_handle=(profile.twitter_handle or "")[:100] or None,
            bio=profile.bio,
            image_url=profile.image_url,
            is_primary=profile.is_primary or (not marked and position == 0),
        )
        for position, profile in enumerate(profiles)
    ]
