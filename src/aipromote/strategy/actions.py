"""Proposing a version of the plan, accepting or rejecting it, going back to an earlier one."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.documents.strategy import StrategyDocument
from aipromote.errors import Conflict
from aipromote.organizations.actions import require
from aipromote.organizations.queries import lock
from aipromote.organizations.states import Role
from aipromote.strategy import queries
from aipromote.strategy.models import AIStrategy
from aipromote.strategy.states import MOVES, StrategyStatus


async def propose(
    session: AsyncSession,
    *,
    organization_id: UUID,
    document: StrategyDocument,
    generated_by: str,
    confidence: float | None = None,
    request_id: UUID | None = None,
) -> AIStrategy:
    """The next version, for a person to decide on. A request that has its version already gets that one again."""
    await lock(session, organization_id=organization_id)  # versions are numbered one after another
    if request_id is not None:
        written = await queries.of_request(session, organization_id=organization_id, request_id=request_id)
        if written is not None:
            return written
    version = await next_version(session, organization_id=organization_id)
    proposal = AIStrategy(
        organization_id=organization_id,
        version=version,
        generated_by=generated_by,
        confidence=confidence,
        request_id=request_id,
        **{part: getattr(document, part) for part in queries.PARTS},
    )
    session.add(proposal)
    await session.flush()
    return proposal


async def next_version(session: AsyncSession, *, organization_id: UUID) -> int:
    """The number that the next version will get, as long as nobody else proposes one before."""
    newest = select(func.max(AIStrategy.version)).where(AIStrategy.organization_id == organization_id)
    return (await session.scalar(newest) or 0) + 1


async def accept(session: AsyncSession, actor: Actor, *, organization_id: UUID, strategy_id: UUID) -> AIStrategy:
    """Go by this version from now on; the one before is archived in the same transaction.

    An archived version may be accepted again (a roll-back). Accepting the active one changes nothing. Raises Conflict
    for a rejected one.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    await lock(session, organization_id=organization_id)  # of two at once, the second sees what the first did
    row = await _fresh(session, organization_id=organization_id, strategy_id=strategy_id)
    if row.status is StrategyStatus.ACTIVE:
        return row
    before = await queries.active(session, organization_id=organization_id)
    if before is not None:
        await _move(session, before, to=StrategyStatus.ARCHIVED)
    accepted = await _move(session, row, to=StrategyStatus.ACTIVE)
    versions = Detail(before={"version": before.version if before else None}, after={"version": accepted.version})
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="strategy.accepted",
        subject="ai_strategies",
        subject_id=strategy_id,
        detail=versions,
    )
    return accepted


async def reject(session: AsyncSession, actor: Actor, *, organization_id: UUID, strategy_id: UUID) -> AIStrategy:
    """Decide against a proposal. Raises Conflict for a version that was accepted before."""
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    await lock(session, organization_id=organization_id)
    row = await _fresh(session, organization_id=organization_id, strategy_id=strategy_id)
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
        detail=Detail(after={"version": rejected.version}),
    )
    return rejected


async def _fresh(session: AsyncSession, *, organization_id: UUID, strategy_id: UUID) -> AIStrategy:
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
