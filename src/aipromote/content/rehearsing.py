"""What the rules for approval without a person would do with the pieces that wait now. Asking approves nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.billing import queries as billing
from aipromote.billing.plans import Plan
from aipromote.brand import queries as brand
from aipromote.brand.models import BrandRule
from aipromote.content import queries
from aipromote.content.actions import conditions
from aipromote.content.models import ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.documents.content import AutoApprovalRules
from aipromote.organizations import queries as organizations

MOST = 50
"""Pieces that are tried, by their day."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A piece that waits: what blocks it, and which of the conditions hold for it, in their order."""

    piece: ContentPiece
    blocked: str | None
    holds: tuple[bool, ...]
    fits: bool
    """Whether the conditions together describe it."""

    @property
    def goes(self) -> bool:
        """Whether it would be approved without a person."""
        return self.fits and self.blocked is None


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The rules as they are, the names of the pillars, and what came of trying."""

    row: BrandRule
    rules: AutoApprovalRules
    pillars: list[str]
    tried: list[Tried]
    forbidden_by: str | None
    """The plan that lets nothing out without a person, whatever the rules say; None where the plan allows it."""


async def rehearse(session: AsyncSession, *, organization_id: UUID) -> Rehearsal:
    """Try the rules on what waits for a review, as if they were on. Raises NotFound where there are no rules yet."""
    mine: dict[str, Any] = {"organization_id": organization_id}
    row = await brand.rules_row(session, **mine)
    rules = row.auto_approval_rules or AutoApprovalRules()
    judge = await brand.judge(session, **mine)
    pillars = await queries.pillars(session, **mine)
    names = {pillar.id: pillar.name for pillar in pillars}
    organization = await organizations.organization(session, **mine)
    plan = await billing.plan_of(session, user_id=organization.owner_id)
    tried = []
    for piece in await queries.pieces(session, **mine, status=ContentStatus.PENDING_REVIEW, limit=MOST):
        blocking = [one.reason for one in queries.findings_by(judge, piece) if one.severity == "block"]
        about = conditions.about(piece, judge=judge, pillars=names)
        tried.append(
            Tried(
                piece,
                blocking[0] if blocking else None,
                tuple(conditions.holds(piece, about, condition) for condition in rules.conditions),
                conditions.fits(piece, about, rules.model_copy(update={"enabled": True})),
            )
        )
    return Rehearsal(row, rules, [one.name for one in pillars if one.is_active], tried, _forbidding(plan))


def _forbidding(plan: Plan) -> str | None:
    return None if plan.auto_approval else plan.label
