"""A person changes a version: their own open draft where it lies, any other one by making the next version of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.documents.strategy import StrategyDocument
from aipromote.errors import Conflict, InvalidInput, StaleRevision
from aipromote.organizations.actions import require
from aipromote.organizations.queries import lock
from aipromote.organizations.states import Role
from aipromote.strategy import queries
from aipromote.strategy.actions.deciding import fresh
from aipromote.strategy.actions.proposing import MadeFrom, propose
from aipromote.strategy.models import AIStrategy
from aipromote.strategy.plans.changes import Change, diff
from aipromote.strategy.plans.editing import edit as edited
from aipromote.strategy.states import OriginKind, StrategyStatus

_LONGEST = 20_000


async def edit(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    strategy_id: UUID,
    edits: Mapping[str, Any],
    seen: str | None = None,
    adjust: bool = True,
    kind: OriginKind = OriginKind.EDITED,
    note: str | None = None,
) -> AIStrategy:
    """The version with these values by path (see `plans.editing.edit`), as a proposal to be accepted.

    What was active once, what a writer made and what somebody else edits stays as it is: the edit makes the next
    version of it. A person's own draft that nobody decided on is changed where it lies. `seen` is the digest of the
    version that the person looked at. An edit that changes nothing returns the version itself. Raises InvalidInput,
    StaleRevision.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    _refuse_too_long(edits)
    organization = await lock(session, organization_id=organization_id)
    row = await fresh(session, organization_id=organization_id, strategy_id=strategy_id)
    if seen is not None and seen != queries.digest(row):
        raise StaleRevision(
            f"Version {row.version} was changed meanwhile. Nothing was saved. Look at it and edit again."
        )
    today = clock.now().astimezone(ZoneInfo(organization.time_zone)).date()
    before = queries.document(row)
    after = edited(before, edits, since=today + timedelta(days=1), time_zone=organization.time_zone, adjust=adjust)
    changes = diff(before, after)
    if not changes:
        return row
    if await _is_own_draft(session, actor, row):
        made = await _rewrite(session, row, after)
    else:
        origin = MadeFrom(row.id, kind, actor, note)
        made = await propose(
            session,
            organization_id=organization_id,
            document=after,
            generated_by=row.generated_by,
            sources=row.sources,
            made_from=origin,
        )
    await _record(session, actor, row, made, changes)
    return made


def _refuse_too_long(edits: Mapping[str, Any]) -> None:
    for path, value in edits.items():
        if isinstance(value, str) and len(value) > _LONGEST:
            raise InvalidInput(f"At most {_LONGEST:,} characters fit here.", field=path[:200])


async def _is_own_draft(session: AsyncSession, actor: Actor, row: AIStrategy) -> bool:
    if row.status is not StrategyStatus.PROPOSED or actor.user_id is None:
        return False
    mine = {"organization_id": row.organization_id, "strategy_id": row.id}
    origin = await queries.origin(session, **mine)
    is_mine = origin is not None and origin.kind is OriginKind.EDITED and origin.user_id == actor.user_id
    return is_mine and not await queries.decisions(session, **mine)


async def _rewrite(session: AsyncSession, row: AIStrategy, document: StrategyDocument) -> AIStrategy:
    change = update(AIStrategy).where(
        AIStrategy.organization_id == row.organization_id,
        AIStrategy.id == row.id,
        AIStrategy.status == StrategyStatus.PROPOSED,
    )
    values = {part: getattr(document, part) for part in queries.PARTS}
    made: AIStrategy | None = await session.scalar(
        change.values(**values).returning(AIStrategy), execution_options={"populate_existing": True}
    )
    if made is None:
        raise Conflict(f"Version {row.version} was decided on by somebody else just now. Nothing was saved.")
    return made


async def _record(
    session: AsyncSession, actor: Actor, row: AIStrategy, made: AIStrategy, changes: list[Change]
) -> None:
    paths = [change.path for change in changes]
    await audit.record(
        session,
        actor,
        organization_id=row.organization_id,
        action="strategy.edited",
        subject="ai_strategies",
        subject_id=made.id,
        detail=Detail(before={"version": row.version}, after={"version": made.version, "changed": paths}),
    )
