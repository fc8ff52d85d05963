"""Approving a revision, asking for changes, and approving without a person where the organization chose that."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import SYSTEM, Actor
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.billing import queries as billing
from aipromote.brand import queries as brand
from aipromote.brand.findings import Finding, standing
from aipromote.brand.queries import Judge
from aipromote.content import queries
from aipromote.content.actions import conditions
from aipromote.content.actions.moving import move, words
from aipromote.content.models import Approval, ContentPiece
from aipromote.content.states import ContentStatus, Decision
from aipromote.errors import Conflict, InvalidInput, NotAllowed, StaleRevision
from aipromote.organizations import queries as organizations
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role

_APPROVED = frozenset({ContentStatus.APPROVED, ContentStatus.SCHEDULED})
_STANDING = _APPROVED | {ContentStatus.FAILED}
"""Where a person may put their name in the place of the product's."""
_DECIDED = ("decided_by", "user_id", "review_link_id", "decided_at", "override_reason", "set_aside")


async def approve(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    piece_id: UUID,
    revision: int,
    override_reason: str | None = None,
) -> Approval:
    """A person lets this revision out. Approving it again changes nothing.

    What the product approved by itself is taken over in the person's name, and what a person approved before something
    new blocked it is approved anew, with a reason. Findings that block stand against it, unless
    the person sets them aside by name with an `override_reason`. Raises NotAllowed, StaleRevision, or Conflict with the
    first such finding.
    """
    await _require_person(session, actor, organization_id=organization_id)
    piece = await queries.piece(session, organization_id=organization_id, piece_id=piece_id, lock=True)
    if piece.revision != revision:
        raise StaleRevision(
            f"The text was changed meanwhile (revision {piece.revision}). Look at it before you approve."
        )
    judge = await brand.judge(session, organization_id=organization_id)
    return await let_out(session, actor, piece, judge, override_reason=override_reason)


async def approve_many(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, piece_ids: Collection[UUID]
) -> dict[UUID, str]:
    """A person lets the newest revisions of these pieces out. Answers which could not be approved, and why."""
    await _require_person(session, actor, organization_id=organization_id)
    rows = await queries.pieces_by_id(session, organization_id=organization_id, piece_ids=piece_ids, lock=True)
    judge = await brand.judge(session, organization_id=organization_id)
    held_back = {}
    for piece in rows.values():
        try:
            await let_out(session, actor, piece, judge, override_reason=None)
        except Conflict as reason:
            held_back[piece.id] = reason.message
    return held_back


async def auto_approve_if_allowed(
    session: AsyncSession, *, organization_id: UUID, piece_ids: Collection[UUID]
) -> dict[UUID, str]:
    """Approve, in the name of the product, what the organization's rules let out without a person.

    Only where the approval mode is AUTO, or CONDITIONAL and the piece fits its rules, and the plan allows it; never
    against a finding that blocks. Answers which pieces wait for a person, and why.
    """
    rows = await queries.pieces_by_id(session, organization_id=organization_id, piece_ids=piece_ids, lock=True)
    rules = await brand.rules_row(session, organization_id=organization_id)
    organization = await organizations.organization(session, organization_id=organization_id)
    plan = await billing.plan_of(session, user_id=organization.owner_id)
    judge = await brand.judge(session, organization_id=organization_id)
    pillars = {row.id: row.name for row in await queries.pillars(session, organization_id=organization_id)}
    held_back = {}
    for piece in rows.values():
        try:
            about = conditions.about(piece, judge=judge, pillars=pillars)
            conditions.require_leave(piece, about=about, rules=rules, plan=plan)
            await let_out(session, SYSTEM, piece, judge, override_reason=None)
        except (Conflict, NotAllowed) as reason:
            held_back[piece.id] = reason.message
    return held_back


async def ask_changes(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, piece_id: UUID, revision: int, note: str
) -> ContentPiece:
    """Send the piece back to its author, with a note; an approval of this revision does not count any more.

    Raises StaleRevision, and Conflict while the piece is scheduled: its posts have to be cancelled first.
    """
    await require(session, actor, organization_id=organization_id, role=Role.APPROVER)
    piece = await queries.piece(session, organization_id=organization_id, piece_id=piece_id, lock=True)
    return await send_back(session, actor, piece, revision=revision, note=note)


async def send_back(
    session: AsyncSession, actor: Actor, piece: ContentPiece, *, revision: int, note: str
) -> ContentPiece:
    """The same for a piece whose row is locked. Whether the actor may is the caller's question."""
    if piece.revision != revision:
        raise StaleRevision(f"The text was changed meanwhile (revision {piece.revision}). Look at it again.")
    if piece.status is ContentStatus.SCHEDULED:
        raise Conflict("This piece is scheduled. Cancel its posts first.")
    if not note.strip():
        raise InvalidInput("Say what should change.", field="note")
    move(piece, to=ContentStatus.DRAFT)
    row = _decision(piece, actor, Decision.CHANGES_ASKED)
    session.add(Approval(**row, note=note.strip()[:2000]))
    await audit.record(
        session,
        actor,
        organization_id=piece.organization_id,
        action="piece.changes_asked",
        subject="content_pieces",
        subject_id=piece.id,
        detail=Detail(after={"revision": revision}, reason=note.strip()),
    )
    await session.flush()
    return piece


async def _require_person(session: AsyncSession, actor: Actor, *, organization_id: UUID) -> None:
    if not actor.is_person:
        raise NotAllowed("Only a person can approve a text.")
    await require(session, actor, organization_id=organization_id, role=Role.APPROVER)


async def let_out(
    session: AsyncSession, actor: Actor, piece: ContentPiece, judge: Judge, *, override_reason: str | None
) -> Approval:
    """Approve the newest revision of a piece whose row is locked. Whether the actor may is the caller's question.

    Raises Conflict: the piece does not wait for review, or something blocks it and there is no reason.
    """
    key = (piece.id, piece.revision)
    given = await queries.approvals_given(session, organization_id=piece.organization_id, revisions=[key])
    known = given.get(key)
    blocking = _blocking(queries.findings_by(judge, piece))
    reason = (override_reason or "").strip()
    stands = not actor.is_product and known is not None and piece.status in _STANDING
    takes_over = (
        known is not None and stands and (known.user_id is None or (bool(reason) and _is_new(blocking, known, piece)))
    )
    if known is not None and piece.status in _APPROVED and not takes_over:
        return known
    if piece.status is not ContentStatus.PENDING_REVIEW and not takes_over:
        raise Conflict(f"This piece is {words(piece.status)}; only what waits for review can be approved.")
    if blocking and not reason:
        raise Conflict(f"{blocking[0].reason[:1].upper()}{blocking[0].reason[1:]}. Change the text, or give a reason.")
    if not takes_over:  # a piece whose approval changes hands stays where it is
        move(piece, to=ContentStatus.APPROVED)
    row = _decision(piece, actor, Decision.APPROVED) | {
        "override_reason": reason[:2000] if blocking else None,
        "set_aside": sorted({finding.key(piece.body) for finding in blocking}) if blocking else None,
    }
    again = (
        insert(Approval)
        .values(row)
        .on_conflict_do_update(
            index_elements=["organization_id", "piece_id", "revision"],
            index_where=text("decision = 'APPROVED'"),  # spelled out: a parameter would not match the partial index
            set_={name: row[name] for name in _DECIDED},
        )
    )
    approval: Approval | None = await session.scalar(
        again.returning(Approval), execution_options={"populate_existing": True}
    )
    assert approval is not None, "an upsert returns its row"
    await audit.record(
        session,
        actor,
        organization_id=piece.organization_id,
        action="piece.approved",
        subject="content_pieces",
        subject_id=piece.id,
        detail=Detail(after={"revision": piece.revision}, reason=approval.override_reason),
    )
    await session.flush()
    return approval


def _blocking(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity == "block"]


def _is_new(blocking: list[Finding], known: Approval, piece: ContentPiece) -> bool:
    """Whether something blocks that the approval did not set aside: a person may set it aside now."""
    return bool(standing(blocking, piece.body, override_reason=known.override_reason, set_aside=known.set_aside))


def _decision(piece: ContentPiece, actor: Actor, decision: Decision) -> dict[str, object]:
    return {
        "organization_id": piece.organization_id,
        "piece_id": piece.id,
        "revision": piece.revision,
        "decision": decision,
        "decided_by": actor.name[:200],
        "user_id": actor.user_id,
        "review_link_id": actor.review_link_id,
        "decided_at": clock.now(),
    }
