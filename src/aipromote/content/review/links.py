"""Review links: making and revoking them, and letting in who comes with one.

A token names its organization in its first bytes, as API keys do, so it is looked up among that organization's rows and
needs no way across tenants. Only its keyed hash is stored.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts import tokens
from aipromote.accounts.actor import Actor
from aipromote.accounts.models import User
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.content import queries as content
from aipromote.content.review import queries
from aipromote.content.review.models import ReviewLink, ReviewLinkPiece
from aipromote.db.base import new_id
from aipromote.db.database import set_tenants
from aipromote.errors import InvalidInput, NotAllowed, NotFound
from aipromote.organizations import queries as organizations
from aipromote.organizations.actions import require
from aipromote.organizations.models import Membership
from aipromote.organizations.states import Role

DAYS = (3, 7, 30)
MOST_PIECES = 50
_LONGEST_NAME = 80
_LONGEST_EMAIL = 320
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_ID_BYTES = 16
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Guest:
    """Who came with a link: which it is, and as whom something is done through it."""

    link: ReviewLink
    maker: str

    @property
    def organization_id(self) -> UUID:
        """The link's organization, and the only one that the transaction sees."""
        return self.link.organization_id

    @property
    def actor(self) -> Actor:
        """The reviewer by name, on behalf of whoever made the link."""
        name = f"{self.link.reviewer} (by link of {self.maker[:80]})"
        return Actor(name, self.link.user_id, review_link_id=self.link.id)


async def make(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    reviewer: str,
    piece_ids: Collection[UUID],
    days: int,
    email: str = "",
    may_approve: bool = False,
) -> tuple[ReviewLink, str]:
    """A new link to these pieces, and its token, which nobody sees again.

    Takes the role that approves. Only a person can make a link that may approve: a program would approve by it. Raises
    InvalidInput (reviewer, email, days, pieces), NotFound for a piece that there is not, and NotAllowed.
    """
    await require(session, actor, organization_id=organization_id, role=Role.APPROVER)
    if actor.user_id is None or (may_approve and not actor.is_person):
        raise NotAllowed("Only a person can let somebody approve. A program can make links to comment.")
    name, address = " ".join(reviewer.split()), email.strip()
    _check(name, address, days)
    wanted = set(piece_ids)
    if not 0 < len(wanted) <= MOST_PIECES:
        raise InvalidInput(f"Choose 1 to {MOST_PIECES} posts.", field="pieces")
    if len(await content.pieces_by_id(session, organization_id=organization_id, piece_ids=wanted)) < len(wanted):
        raise NotFound("There is no such piece.")
    token = base64.urlsafe_b64encode(organization_id.bytes + secrets.token_bytes(_SECRET_BYTES)).decode()
    row = ReviewLink(
        organization_id=organization_id,
        id=new_id(),
        user_id=actor.user_id,
        reviewer=name,
        email=address or None,
        may_approve=may_approve,
        token_hash=tokens.keyed_hash(token, purpose="review"),
        expires_at=clock.now() + timedelta(days=days),
        created_at=clock.now(),
    )
    session.add(row)
    await session.flush()
    session.add_all(ReviewLinkPiece(organization_id=organization_id, link_id=row.id, piece_id=one) for one in wanted)
    given = {"reviewer": name, "may_approve": may_approve, "expires_at": row.expires_at, "pieces": len(wanted)}
    await _record(session, actor, row, "review_link.created", Detail(after=given))
    await session.flush()
    return row, token


async def revoke(session: AsyncSession, actor: Actor, *, organization_id: UUID, link_id: UUID) -> ReviewLink:
    """The link opens nothing any more; doing it again changes nothing. Administrators revoke any, others their own."""
    row = await queries.link(session, organization_id=organization_id, link_id=link_id, lock=True)
    least = Role.APPROVER if row.user_id == actor.user_id else Role.ADMIN
    await require(session, actor, organization_id=organization_id, role=least)
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        await _record(session, actor, row, "review_link.revoked", Detail(before={"reviewer": row.reviewer}))
        await session.flush()
    return row


async def revoke_all_of(session: AsyncSession, actor: Actor, *, organization_id: UUID, user_id: UUID) -> None:
    """All links that the member made, as they part. Whoever calls it has asked whether the actor may."""
    theirs = (ReviewLink.organization_id == organization_id, ReviewLink.user_id == user_id)
    still_open = select(ReviewLink).where(*theirs, ReviewLink.revoked_at.is_(None), ReviewLink.expires_at > clock.now())
    for row in await session.scalars(still_open.with_for_update().execution_options(populate_existing=True)):
        row.revoked_at = clock.now()
        await _record(session, actor, row, "review_link.revoked", Detail(before={"reviewer": row.reviewer}))
    await session.flush()


async def admit(session: AsyncSession, *, token: str, to_act: bool = False) -> Guest:
    """Who comes with this token. From here on the transaction sees the link's organization.

    `to_act` holds the link and its maker's membership as they are until the transaction ends, so that nothing is
    decided by a link that is being revoked. Raises NotFound, alike for a token that is none, unknown, expired or
    revoked, and where the maker is no member any more or may not approve any more.
    """
    organization_id = _organization_in(token)
    if organization_id is None:
        raise _gone()
    await set_tenants(session, [organization_id])
    guest = await _found(session, organization_id, token)
    if to_act:
        await organizations.lock(session, organization_id=organization_id)  # before its other rows, as everywhere
        guest = await _found(session, organization_id, token, lock=True)
        guest.link.last_used_at = clock.now()
    return guest


async def _found(session: AsyncSession, organization_id: UUID, token: str, *, lock: bool = False) -> Guest:
    found = (
        select(ReviewLink, Membership, func.coalesce(User.name, User.email))
        .join(
            Membership,
            (Membership.organization_id == ReviewLink.organization_id) & (Membership.user_id == ReviewLink.user_id),
        )
        .join(User, User.id == ReviewLink.user_id)
        .where(
            ReviewLink.organization_id == organization_id,
            ReviewLink.token_hash == tokens.keyed_hash(token, purpose="review"),
        )
    )
    if lock:
        found = found.with_for_update(of=[ReviewLink, Membership]).execution_options(populate_existing=True)
    row = (await session.execute(found)).one_or_none()
    if row is None:
        raise _gone()
    link, membership, maker = row
    if queries.ended(link, membership.role):
        raise _gone()
    return Guest(link, maker)


def _check(name: str, address: str, days: int) -> None:
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise InvalidInput(f"Give the reviewer's name, of at most {_LONGEST_NAME} characters.", field="reviewer")
    if address and (not _EMAIL.fullmatch(address) or len(address) > _LONGEST_EMAIL or not address.isprintable()):
        raise InvalidInput("That is not an e-mail address.", field="email")
    if days not in DAYS:
        raise InvalidInput("A link lasts 3, 7 or 30 days.", field="days")


async def _record(session: AsyncSession, actor: Actor, row: ReviewLink, action: str, detail: Detail) -> None:
    await audit.record(
        session,
        actor,
        organization_id=row.organization_id,
        action=action,
        subject="review_links",
        subject_id=row.id,
        detail=detail,
    )


def _gone() -> NotFound:
    return NotFound(
        "This link opens nothing (any more). It may be mistyped, too old, or taken back. Ask for a new one."
    )


def _organization_in(token: str) -> UUID | None:
    """The organization that a token names; None for a text that is no token."""
    try:
        content = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return UUID(bytes=content[:_ID_BYTES]) if len(content) == _ID_BYTES + _SECRET_BYTES else None
