"""Holding everything back that an organization has scheduled, and letting it go on.

After a restore the rows know what was sent up to the moment of the backup. The instance that the backup came from may
have sent more since; sent again, that would go out twice. So nothing goes out until a person says so, and then only
what certainly was not sent yet: the rest is left for the person to look at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import SYSTEM, Actor
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.db.base import new_id
from aipromote.errors import Conflict, NotFound
from aipromote.organizations.actions import require
from aipromote.organizations.models import Organization
from aipromote.organizations.states import Role
from aipromote.publishing import aftermath
from aipromote.publishing.changes import Changed, changed_from
from aipromote.publishing.models import PublishingHold, ScheduledPost
from aipromote.publishing.states import PostStatus

_PERHAPS_OUT = (
    "Its time came between the backup and now. It may already have gone out from where the backup was taken: look at "
    "the account, and schedule it again if it is not there."
)
_NEVER_OUT = "Its time came while publishing was held, so it was not sent. Schedule it again if it is still wanted."
_INTERRUPTED = "It was being sent when the backup was made, so it may have gone out."
RESTORED = "restored"
"""The kind of error of a post of which a network cannot tell what became, since these rows lack what came later."""

# A text made after the hold cannot have gone out anywhere else. Both times are the database's own.
_MISS = text("""
    UPDATE scheduled_posts p
       SET status = 'MISSED', next_attempt_at = NULL, error_kind = 'held',
           error_message = CASE WHEN EXISTS (
                   SELECT FROM content_revisions r
                    WHERE r.organization_id = p.organization_id AND r.piece_id = p.content_piece_id
                      AND r.number = p.revision AND r.created_at > :held_since)
               THEN :never_out ELSE :perhaps_out END
     WHERE p.organization_id = :organization
       AND (p.status = 'SCHEDULED' AND p.scheduled_at <= :now OR p.status = 'RETRYING' AND p.next_attempt_at <= :now)
    RETURNING p.organization_id, p.id, p.content_piece_id, p.social_account_id, p.status, p.scheduled_at,
              p.last_attempt_at, p.next_attempt_at, p.attempt_count, p.error_message
""")

# The network is asked only about a post of one part whose call was armed: that call it can find, or prove absent.
# Of a thread later parts may be out that these rows know nothing of, so that a person has to look; also where one had
# to look already when the backup was made.
_ASK = text("""
    UPDATE scheduled_posts p
       SET status = 'UNCONFIRMED', claimed_by = NULL, claimed_until = NULL,
           error_kind = CASE WHEN one.part AND armed.any THEN 'unknown_outcome' ELSE :restored END,
           error_message = :interrupted,
           next_attempt_at = CASE WHEN one.part AND armed.any THEN CAST(:now AS timestamptz) END
      FROM scheduled_posts q
     CROSS JOIN LATERAL (
           SELECT EXISTS (SELECT FROM publish_attempts a
                           WHERE a.organization_id = q.organization_id AND a.scheduled_post_id = q.id
                             AND a.outcome IN ('ARMED', 'UNKNOWN')) AS any) armed
     CROSS JOIN LATERAL (
           SELECT EXISTS (SELECT FROM content_revisions r
                           WHERE r.organization_id = q.organization_id AND r.piece_id = q.content_piece_id
                             AND r.number = q.revision AND cardinality(r.parts) <= 1) AS part) one
     WHERE p.organization_id = :organization AND q.organization_id = p.organization_id AND q.id = p.id
       AND (q.status = 'PUBLISHING'
            OR q.status = 'UNCONFIRMED' AND (q.next_attempt_at IS NOT NULL OR NOT (one.part AND armed.any)))
    RETURNING p.organization_id, p.id, p.content_piece_id, p.social_account_id, p.status, p.scheduled_at,
              p.last_attempt_at, p.next_attempt_at, p.attempt_count, p.error_message
""")


@dataclass(frozen=True, slots=True)
class Held:
    """An organization whose publishing is held: since when, and how many of its posts have come due."""

    organization_id: UUID
    held_at: datetime
    waiting: int


@dataclass(frozen=True, slots=True)
class Released:
    """What letting go came to, in posts."""

    missed: int
    """Their time had come: not sent, to be looked at."""
    asked: int
    """Were being sent when the rows were saved: the network is asked."""
    parked: int
    """The same, where only a person can tell."""


def is_free() -> ColumnElement[bool]:
    """For statements on posts: the post's organization is not held."""
    return ~exists().where(
        PublishingHold.organization_id == ScheduledPost.organization_id, PublishingHold.released_at.is_(None)
    )


async def open_hold(session: AsyncSession, *, organization_id: UUID) -> PublishingHold | None:
    """The hold on this organization; None when its posts go out as planned."""
    mine = (PublishingHold.organization_id == organization_id, PublishingHold.released_at.is_(None))
    found: PublishingHold | None = await session.scalar(select(PublishingHold).where(*mine))
    return found


async def with_hold(session: AsyncSession, *, organization_id: UUID) -> tuple[Organization, PublishingHold | None]:
    """The organization and the hold on it, in one statement: every page asks for both. Raises NotFound."""
    is_open = (PublishingHold.organization_id == Organization.id) & PublishingHold.released_at.is_(None)
    both = select(Organization, PublishingHold).outerjoin(PublishingHold, is_open)
    row = (await session.execute(both.where(Organization.id == organization_id))).one_or_none()
    if row is None:
        raise NotFound("There is no such organization.")
    return row[0], row[1]


async def held(session: AsyncSession) -> list[Held]:
    """Every organization that is held. Goes through a door: none need be named before."""
    rows = await session.execute(text("SELECT * FROM doors.holds(:at)"), {"at": clock.now()})
    return [Held(row.organization_id, row.held_at, row.waiting) for row in rows]


async def refuse_if_held(session: AsyncSession, *, organization_id: UUID) -> None:
    """Conflict while nothing may go out."""
    if await open_hold(session, organization_id=organization_id) is not None:
        raise Conflict("Publishing is held since the data was restored. Let it go on first, at the top of every page.")


async def hold(session: AsyncSession, *, organizations: Sequence[UUID], reason: str, known_until: datetime) -> None:
    """Let nothing of these organizations go out from now on. One that is held already keeps its hold."""
    if not organizations:
        return
    now = clock.now()
    rows = [
        {"organization_id": one, "id": new_id(), "held_at": now, "known_until": known_until, "reason": reason}
        for one in organizations
    ]
    new = insert(PublishingHold).on_conflict_do_nothing().returning(PublishingHold.organization_id, PublishingHold.id)
    for made in (await session.execute(new, rows)).all():
        await audit.record(
            session,
            SYSTEM,
            organization_id=made.organization_id,
            action="publishing.held",
            subject="publishing_holds",
            subject_id=made.id,
            detail=Detail(after={"known_until": known_until}, reason=reason),
        )
    await session.flush()


async def hold_all(session: AsyncSession, *, reason: str, known_until: datetime) -> int:
    """The same for every organization of people that the session sees: as the owner, all. Returns their number."""
    organizations = (await session.scalars(select(Organization.id).where(~Organization.is_internal))).all()
    await hold(session, organizations=organizations, reason=reason, known_until=known_until)
    return len(organizations)


async def release(session: AsyncSession, actor: Actor, *, organization_id: UUID) -> Released:
    """Let posts go out again. What came due before is not sent: it may be out. Conflict when nothing is held."""
    await require(session, actor, organization_id=organization_id, role=Role.APPROVER)
    now = clock.now()
    opened = (PublishingHold.organization_id == organization_id, PublishingHold.released_at.is_(None))
    let_go = update(PublishingHold).where(*opened).values(released_at=now, released_by=actor.name[:200])
    held = (await session.execute(let_go.returning(PublishingHold.id, PublishingHold.created_at))).one_or_none()
    if held is None:
        raise Conflict("Publishing is not held; posts go out as planned.")
    values = {"organization": organization_id, "now": now}
    told = {"held_since": held.created_at, "never_out": _NEVER_OUT, "perhaps_out": _PERHAPS_OUT}
    missed = [changed_from(row) for row in await session.execute(_MISS, values | told)]
    interrupted = {"interrupted": _INTERRUPTED, "restored": RESTORED}
    unsure = [changed_from(row) for row in await session.execute(_ASK, values | interrupted)]
    await aftermath.tell(session, [*missed, *unsure])
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="publishing.released",
        subject="publishing_holds",
        subject_id=held.id,
        detail=Detail(before={"held_since": held.created_at}, after={"missed": len(missed), "unsure": len(unsure)}),
    )
    return _counted(missed, unsure)


def _counted(missed: Sequence[Changed], unsure: Sequence[Changed]) -> Released:
    assert all(one.status is PostStatus.UNCONFIRMED for one in unsure)
    parked = sum(one.next_attempt_at is None for one in unsure)
    return Released(len(missed), len(unsure) - parked, parked)
