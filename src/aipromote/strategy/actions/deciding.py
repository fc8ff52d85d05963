"""Accepting or rejecting a version of the plan as a whole, going back to an earlier one."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.errors import Conflict, InvalidInput
from aipromote.organizations.actions import require
from aipromote.organizations.queries import lock
from aipromote.organizations.states import Role
from aipromote.strategy import queries
from aipromote.strategy.models import AIStrategy
from aipromote.strategy.states import MOVES, StrategyStatus


async def accept(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    strategy_id: UUID,
    seen_active: int | None = None,
    seen: str | None = None,
    reason: str | None = None,
) -> AIStrategy:
    """Go by this version from now on; the one before is archived in the same transaction.

    An archived version may be accepted again (a roll-back). Accepting the active one changes nothing. `seen_active` is
    the version that was active when the person decided, 0 for none; `seen` the digest of the text that they decided on,
    since a draft may be changed where it lies. Raises Conflict for a rejected one, and where either is another by now.
    """
    await require(session, actor, organization_id=organization_id, role=Role.ADMIN)
    await lock(session, organization_id=organization_id)  # of two at once, the second sees what the first did
    row = await fresh(session, organization_id=organization_id, strategy_id=strategy_id)
    if row.status is StrategyStatus.ACTIVE:
        return row
    if seen is not None and seen != queries.digest(row):
        raise Conflict(f"Version {row.version} was edited meanwhile. Nothing was done. Look again, then decide.")
    before = await queries.active(session, organization_id=organization_id)
    if seen_active is not None and seen_active != (before.version if before else 0):
        now = f"version {before.version} is" if before else "no version is"
        raise Conflict(f"The plan was changed meanwhile: {now} active. Nothing was done. Look again, then decide.")
    is_rollback = row.status is StrategyStatus.ARCHIVED
    if before is not None:
        await _move(session, before, to=StrategyStatus.ARCHIVED)
    accepted = await _move(session, row, to=StrategyStatus.ACTIVE)
    versions = Detail(
        before={"version": before.version if before else None}, after={"version": accepted.version}, reason=reason
    )
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="strategy.rolled_back" if is_rollback else "strategy.accepted",
        subject="ai_strategies",
        subject_id=strategy_id,
        detail=versions,
    )
    return accepted


async def go_back(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    strategy_id: UUID,
    reason: str,
    seen_active: int | None = None,
) -> AIStrategy:
    """Go back to a version that was active before, and say why. Posts are not touched by it: see scheduling's replan.

    Raises InvalidInput without a reason, Conflict for a version that was never the plan, or as `accept`.
    """
    await require(session, actor, organization_id=organization_id, role=Role.ADMIN)
    if not reason.strip():
        raise InvalidInput("Say in a few words why you go back; it is kept with the version.", field="reason")
    row = await fresh(session, organization_id=organization_id, strategy_id=strategy_id)
    if row.status not in {StrategyStatus.ARCHIVED, StrategyStatus.ACTIVE}:
        raise Conflict(f"Version {row.version} was never active, so there is no going back to it.")
    return await accept(
        session,
        actor,
        organization_id=organization_id,
        strategy_id=strategy_id,
        seen_active=seen_active,
        reason=reason.strip()[:2000],
    )


async def reject(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, strategy_id: UUID, reason: str | None = None
) -> AIStrategy:
    """Decide against a proposal. Raises Conflict for a version that was accepted before."""
    await require(session, actor, organization_id=organization_id, role=Role.ADMIN)
    await lock(session, organization_id=organization_id)
    row = await fresh(session, organization_id=organization_id, strategy_id=strategy_id)
    if row.status is StrategyStatus.REJECTED:
        return row
    rejected = await _move(session, row, to=StrategyStatus.REJECTED)
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="strategy.rejected",
        subject="ai_strategies",
        subject_id=strategy_id,
        detail=Detail(after={"version": rejected.version}, reason=reason),
    )
    return rejected


async def fresh(session: AsyncSession, *, organization_id: UUID, strategy_id: UUID) -> AIStrategy:
    """The version as it is now, whatever the session read before. Raises NotFound."""
    row = await queries.strategy(session, organization_id=organization_id, strategy_id=strategy_id)
    await session.refresh(row)
    return row


async def _move(session: AsyncSession, row: AIStrategy, *, to: StrategyStatus) -> AIStrategy:
    """Compare and set. Raises Conflict for a move that the table of moves does not name."""
    if to not in MOVES[row.status]:
        raise Conflict(f"Version {row.version} is {row.status.lower()} and cannot become {to.lower()}.")
    accepted_at = clock.now() if to is StrategyStatus.ACTIVE else row.accepted_at
    move = update(AIStrategy).where(
        AIStrategy.organization_id == row.organization_id, AIStrategy.id == row.id, AIStrategy.status == row.status
    )
    moved: AIStrategy | None = await session.scalar(
        move.values(status=to, accepted_at=accepted_at).returning(AIStrategy),
        execution_options={"populate_existing": True},
    )
    if moved is None:
        raise Conflict(f"Version {row.version} was decided on by somebody else just now.")
    return moved
