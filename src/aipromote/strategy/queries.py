"""Versions of an organization's plan."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.ai import queries as requests
from aipromote.ai.jobs import RequestPointer
from aipromote.ai.states import RequestKind
from aipromote.channels.models import SocialAccount
from aipromote.documents.strategy import StrategyDocument
from aipromote.documents.vocabulary import Platform
from aipromote.errors import NotFound
from aipromote.jobs.kinds import Due
from aipromote.strategy.models import AIStrategy, StrategyChange, StrategyOrigin
from aipromote.strategy.states import StrategyStatus

PARTS = tuple(StrategyDocument.model_fields)
"""The six columns that are the document."""
_TOO_MANY = 2**31
"""More versions than the column can count."""


async def strategy(session: AsyncSession, *, organization_id: UUID, strategy_id: UUID) -> AIStrategy:
    """One version. Raises NotFound."""
    found = await session.get(AIStrategy, (organization_id, strategy_id))
    if found is None:
        raise NotFound("There is no such strategy.")
    return found


async def active(session: AsyncSession, *, organization_id: UUID) -> AIStrategy | None:
    """The version that the organization goes by; None before the first was accepted."""
    found = select(AIStrategy).where(
        AIStrategy.organization_id == organization_id, AIStrategy.status == StrategyStatus.ACTIVE
    )
    return await session.scalar(found)


async def versions(session: AsyncSession, *, organization_id: UUID, limit: int = 50) -> list[AIStrategy]:
    """All versions, the newest first."""
    found = select(AIStrategy).where(AIStrategy.organization_id == organization_id)
    return list(await session.scalars(found.order_by(AIStrategy.version.desc()).limit(limit)))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an organization's planning stands, without the plans themselves."""

    statuses: frozenset[StrategyStatus]
    unconnected: list[Platform]
    """Platforms of the active plan that no connected account posts for."""


async def standing(session: AsyncSession, *, organization_id: UUID) -> Standing:
    """The states that versions are in, and which platforms of the active one have no account; in one statement."""
    channels = case((AIStrategy.status == StrategyStatus.ACTIVE, AIStrategy.channel_plan))
    accounts = select(func.array_agg(SocialAccount.platform.distinct())).where(
        SocialAccount.organization_id == organization_id, SocialAccount.is_active
    )
    found = select(AIStrategy.status, channels, accounts.scalar_subquery())
    rows = (await session.execute(found.where(AIStrategy.organization_id == organization_id))).all()
    return Standing(
        statuses=frozenset(status for status, _, _ in rows),
        unconnected=[
            channel.platform
            for _, plan, connected in rows
            for channel in plan or ()
            if channel.platform not in (connected or ())
        ],
    )


async def of_request(session: AsyncSession, *, organization_id: UUID, request_id: UUID) -> AIStrategy | None:
    """The version that came of a request to write, if it was written."""
    found = select(AIStrategy).where(AIStrategy.organization_id == organization_id, AIStrategy.request_id == request_id)
    return await session.scalar(found)


def document(row: AIStrategy) -> StrategyDocument:
    """The version as one document whose parts agree with each other."""
    return StrategyDocument.model_validate({part: getattr(row, part) for part in PARTS})


def digest(row: AIStrategy) -> str:
    """Of all that the version says: who edits it names by this what they saw."""
    return hashlib.sha256(document(row).model_dump_json().encode()).hexdigest()[:16]


async def by_version(session: AsyncSession, *, organization_id: UUID, version: int) -> AIStrategy:
    """The version with this number. Raises NotFound."""
    mine = (AIStrategy.organization_id == organization_id, AIStrategy.version == version)
    found = await session.scalar(select(AIStrategy).where(*mine)) if 0 < version < _TOO_MANY else None
    if found is None:
        raise NotFound(f"There is no version {version} of the strategy.")
    return found


async def versions_by_id(
    session: AsyncSession, *, organization_id: UUID, strategy_ids: Collection[UUID]
) -> dict[UUID, AIStrategy]:
    """These versions at once; those that are not there are left out."""
    found = select(AIStrategy).where(
        AIStrategy.organization_id == organization_id, AIStrategy.id.in_(sorted(strategy_ids))
    )
    return {row.id: row for row in await session.scalars(found)}


async def origins(session: AsyncSession, *, organization_id: UUID) -> dict[UUID, StrategyOrigin]:
    """Where versions came from, by the version's id; those that were written anew are not in it."""
    found = select(StrategyOrigin).where(StrategyOrigin.organization_id == organization_id)
    return {row.strategy_id: row for row in await session.scalars(found)}


async def origin(session: AsyncSession, *, organization_id: UUID, strategy_id: UUID) -> StrategyOrigin | None:
    """Where one version came from."""
    found = select(StrategyOrigin).where(
        StrategyOrigin.organization_id == organization_id, StrategyOrigin.strategy_id == strategy_id
    )
    return await session.scalar(found)


async def decisions(
    session: AsyncSession, *, organization_id: UUID, strategy_id: UUID, base_id: UUID | None = None
) -> dict[str, StrategyChange]:
    """What was decided on changes of this proposal, by the change's digest; against one base, or all, the newest."""
    found = select(StrategyChange).where(
        StrategyChange.organization_id == organization_id, StrategyChange.strategy_id == strategy_id
    )
    if base_id is not None:
        found = found.where(StrategyChange.base_id == base_id)
    ordered = found.order_by(StrategyChange.decided_at, StrategyChange.id)
    rows = await session.scalars(ordered, execution_options={"populate_existing": True})
    return {row.digest: row for row in rows}


async def pending_requests(session: AsyncSession, *, limit: int) -> list[Due[RequestPointer]]:
    """Strategies of all organizations that are owed, oldest first."""
    owed = await requests.owed(session, kind=RequestKind.STRATEGY, limit=limit)
    return [
        Due(RequestPointer(organization_id=one.organization_id, request_id=one.request_id, attempts=one.attempts))
        for one in owed
    ]
