"""Adding a version of the plan, for a person to decide on."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.actor import Actor
from aipromote.documents.content import PieceSource
from aipromote.documents.strategy import StrategyDocument
from aipromote.organizations.queries import lock
from aipromote.strategy import queries
from aipromote.strategy.models import AIStrategy, StrategyOrigin
from aipromote.strategy.states import OriginKind


@dataclass(frozen=True, slots=True)
class MadeFrom:
    """The version that a new one is made from, how, by whom, and why."""

    parent_id: UUID
    kind: OriginKind
    actor: Actor
    note: str | None = None


async def propose(
    session: AsyncSession,
    *,
    organization_id: UUID,
    document: StrategyDocument,
    generated_by: str | None,
    confidence: float | None = None,
    sources: list[PieceSource] | None = None,
    request_id: UUID | None = None,
    made_from: MadeFrom | None = None,
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
        sources=sources,
        request_id=request_id,
        **{part: getattr(document, part) for part in queries.PARTS},
    )
    session.add(proposal)
    await session.flush()
    if made_from is not None:
        await _keep_origin(session, proposal, made_from)
    return proposal


async def next_version(session: AsyncSession, *, organization_id: UUID) -> int:
    """The number that the next version will get, as long as nobody else proposes one before."""
    newest = select(func.max(AIStrategy.version)).where(AIStrategy.organization_id == organization_id)
    return (await session.scalar(newest) or 0) + 1


async def _keep_origin(session: AsyncSession, version: AIStrategy, made_from: MadeFrom) -> None:
    origin = StrategyOrigin(
        organization_id=version.organization_id,
        strategy_id=version.id,
        parent_id=made_from.parent_id,
        kind=made_from.kind,
        author=made_from.actor.name[:200],
        user_id=made_from.actor.user_id,
        note=made_from.note,
    )
    session.add(origin)
    await session.flush()
