"""From advice that was taken to a proposal for the plan: more or less of a pillar, in a small step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.actor import Actor
from aipromote.coach import queries
from aipromote.documents.learning import Recommendation, RecommendationStatus
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role
from aipromote.strategy import actions as strategies
from aipromote.strategy import queries as strategy_queries
from aipromote.strategy.models import AIStrategy
from aipromote.strategy.states import OriginKind

STEP = 5
"""Points of a share. Four weeks of posts are little evidence: a small step can be taken back, and again."""
_LEAST, _MOST = 5, 80


async def propose(session: AsyncSession, actor: Actor, *, organization_id: UUID, week_start: date) -> AIStrategy | None:
    """A proposal made from the active plan and the week's accepted advice; None where the advice names no pillar of it.

    Advice about how posts begin is no part of a plan. Nothing becomes active: a person decides, change by change.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    summary = await queries.summary(session, organization_id=organization_id, week_start=week_start)
    active = await strategy_queries.active(session, organization_id=organization_id)
    if summary is None or active is None:
        return None
    shares = {pillar.name: pillar.share for pillar in active.content_pillars}
    steps = _steps(summary.recommendations or [], shares)
    edits: dict[str, Any] = {
        f"content_pillars[{name}].share": min(_MOST, max(_LEAST, shares[name] + step)) for name, step in steps.items()
    }
    if not edits or len(edits) == len(shares):
        return None  # with a step for each of them, nothing is left that could give way
    return await strategies.edit(
        session,
        actor,
        organization_id=organization_id,
        strategy_id=active.id,
        edits=edits,
        kind=OriginKind.ADVISED,
        note=f"From the letter about the week of {week_start}.",
    )


def _steps(recommendations: Sequence[Recommendation], shares: dict[str, int]) -> dict[str, int]:
    """By pillar: how many points more or fewer, of all advice that was accepted."""
    steps: Counter[str] = Counter()
    for one in recommendations:
        kind, _, rest = one.id.partition(".")
        name = rest.rpartition(":")[0]
        if one.status is RecommendationStatus.ACCEPTED and kind == "pillar" and name in shares and one.evidence:
            steps[name] += STEP if one.evidence[-1].value > 0 else -STEP
    return {name: step for name, step in steps.items() if step}
