"""Deciding on a proposal change by change, and the version that comes of it.

Decisions are stored as they are made, each with who and when, so that several people may share the work and go on
tomorrow. They count for one pair: the proposal, and the plan that was active. When another plan becomes active, the
proposal changes other things, and is looked at anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.db.base import new_id
from aipromote.errors import Conflict
from aipromote.organizations.actions import require
from aipromote.organizations.queries import lock
from aipromote.organizations.states import Role
from aipromote.strategy import queries, reviewing
from aipromote.strategy.actions import deciding
from aipromote.strategy.actions.proposing import MadeFrom, propose
from aipromote.strategy.models import AIStrategy, StrategyChange
from aipromote.strategy.plans.changes import apply
from aipromote.strategy.reviewing import Review
from aipromote.strategy.states import ChangeDecision, OriginKind, StrategyStatus


async def decide(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    strategy_id: UUID,
    base_id: UUID,
    decisions: Mapping[str, ChangeDecision],
) -> Review:
    """Store what the person says of groups of changes, by the groups' keys. Nothing becomes active by it.

    Who decided may think again; what somebody else decided meanwhile stands. Raises Conflict for that, for a proposal
    that was concluded, and where it or the active plan is not what the person saw any more.
    """
    await require(session, actor, organization_id=organization_id, role=Role.ADMIN)
    review = await _open(session, organization_id=organization_id, strategy_id=strategy_id, base_id=base_id)
    groups = {one.group.key: one for one in review.groups}
    rows = []
    for key, decision in decisions.items():
        if key not in groups:
            raise Conflict("This proposal is not what you saw any more. Nothing was decided. Look at it again.")
        one = groups[key]
        if one.decision is decision:
            continue
        if one.decision is not None and one.decided_by is not None and one.decided_by.user_id != actor.user_id:
            name = one.decided_by.decided_by
            raise Conflict(
                f"{name} has {one.decision.lower()} “{one.group.title}” meanwhile. Nothing was decided. Look again."
            )
        rows += [_row(actor, review, change, decision) for change in one.group.changes]
    if rows:
        await _store(session, rows)
        await audit.record(
            session,
            actor,
            organization_id=organization_id,
            action="strategy.changes_decided",
            subject="ai_strategies",
            subject_id=strategy_id,
            detail=Detail(
                after={
                    "accepted": [r["change"].path for r in rows if r["decision"] is ChangeDecision.ACCEPTED],
                    "rejected": [r["change"].path for r in rows if r["decision"] is ChangeDecision.REJECTED],
                }
            ),
        )
    return await reviewing.review(session, organization_id=organization_id, strategy_id=strategy_id)


async def conclude(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, strategy_id: UUID, base_id: UUID
) -> AIStrategy:
    """Make the plan of what was accepted: the proposal itself, or a new version of the changes taken; or reject it.

    Raises Conflict while a change is not decided on, and as `decide`.
    """
    await require(session, actor, organization_id=organization_id, role=Role.ADMIN)
    review = await _open(session, organization_id=organization_id, strategy_id=strategy_id, base_id=base_id)
    left = sum(one.decision is None for one in review.groups)
    if left:
        what = "1 change is" if left == 1 else f"{left} changes are"
        raise Conflict(f"{what} not decided on yet. Accept or reject each one first.")
    mine: dict[str, Any] = {"organization_id": organization_id}
    taken = [change for one in review.groups if one.decision is ChangeDecision.ACCEPTED for change in one.group.changes]
    if not taken:
        return await deciding.reject(session, actor, **mine, strategy_id=strategy_id)
    if len(taken) == sum(len(one.group.changes) for one in review.groups):
        return await deciding.accept(session, actor, **mine, strategy_id=strategy_id)
    proposal, base = review.proposal, review.base
    assert base is not None, "an open review has its base"
    note = f"What was accepted of version {proposal.version}."
    made = await propose(
        session,
        **mine,
        document=apply(queries.document(base), taken),
        generated_by=proposal.generated_by,
        sources=proposal.sources,
        made_from=MadeFrom(base.id, OriginKind.ASSEMBLED, actor, note),
    )
    await deciding.reject(
        session, actor, **mine, strategy_id=strategy_id, reason=f"Taken in part: version {made.version}."
    )
    active = await deciding.accept(session, actor, **mine, strategy_id=made.id, reason=note)
    await _record(session, actor, review, made, taken=len(taken))
    return active


async def _open(session: AsyncSession, *, organization_id: UUID, strategy_id: UUID, base_id: UUID) -> Review:
    await lock(session, organization_id=organization_id)  # of two at once, the second sees what the first did
    row = await deciding.fresh(session, organization_id=organization_id, strategy_id=strategy_id)
    if row.status is not StrategyStatus.PROPOSED:
        raise Conflict(f"Version {row.version} was decided on meanwhile: it is {row.status.lower()}. Nothing was done.")
    review = await reviewing.review(session, organization_id=organization_id, strategy_id=strategy_id)
    if review.base is None or review.base.id != base_id:
        raise Conflict("Another version became active meanwhile. Nothing was done. Look at the changes again.")
    return review


def _row(actor: Actor, review: Review, change: Any, decision: ChangeDecision) -> dict[str, Any]:
    assert review.base is not None, "an open review has its base"
    return {
        "organization_id": review.proposal.organization_id,
        "id": new_id(),
        "strategy_id": review.proposal.id,
        "base_id": review.base.id,
        "digest": change.digest,
        "change": change,
        "decision": decision,
        "decided_by": actor.name[:200],
        "user_id": actor.user_id,
        "decided_at": clock.now(),
    }


async def _store(session: AsyncSession, rows: list[dict[str, Any]]) -> None:
    new = insert(StrategyChange).values(rows)
    again = {name: new.excluded[name] for name in ("decision", "decided_by", "user_id", "decided_at")}
    place = ["organization_id", "strategy_id", "base_id", "digest"]
    await session.execute(new.on_conflict_do_update(index_elements=place, set_=again))


async def _record(session: AsyncSession, actor: Actor, review: Review, made: AIStrategy, *, taken: int) -> None:
    total = sum(len(one.group.changes) for one in review.groups)
    await audit.record(
        session,
        actor,
        organization_id=made.organization_id,
        action="strategy.assembled",
        subject="ai_strategies",
        subject_id=made.id,
        detail=Detail(
            before={"version": review.base.version if review.base else None, "proposal": review.proposal.version},
            after={"version": made.version, "accepted": taken, "rejected": total - taken},
        ),
    )
