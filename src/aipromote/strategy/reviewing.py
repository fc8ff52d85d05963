"""A proposal beside the plan that is active: what it would change, and what was decided on so far."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.strategy import queries
from aipromote.strategy.models import AIStrategy, StrategyChange
from aipromote.strategy.plans.changes import diff
from aipromote.strategy.plans.groups import Group, groups
from aipromote.strategy.states import ChangeDecision


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Changes that go together, and what was decided on them; None while that is open."""

    group: Group
    decided_by: StrategyChange | None

    @property
    def decision(self) -> ChangeDecision | None:
        """What was decided."""
        return self.decided_by.decision if self.decided_by else None


@dataclass(frozen=True, slots=True)
class Review:
    """The proposal, the active plan (None before the first), and every group of changes between them."""

    proposal: AIStrategy
    base: AIStrategy | None
    groups: list[Reviewed]


async def review(session: AsyncSession, *, organization_id: UUID, strategy_id: UUID) -> Review:
    """A version against the active one. Raises NotFound."""
    mine = {"organization_id": organization_id}
    proposal = await queries.strategy(session, **mine, strategy_id=strategy_id)
    base = await queries.active(session, **mine)
    if base is None or base.id == proposal.id:
        return Review(proposal, base, [])
    before, after = queries.document(base), queries.document(proposal)
    known = await queries.decisions(session, **mine, strategy_id=strategy_id, base_id=base.id)
    found = []
    for group in groups(before, after, diff(before, after)):
        rows = [known.get(change.digest) for change in group.changes]
        agreed = all(row is not None and rows[0] is not None and row.decision is rows[0].decision for row in rows)
        found.append(Reviewed(group, rows[0] if agreed else None))
    return Review(proposal, base, found)
