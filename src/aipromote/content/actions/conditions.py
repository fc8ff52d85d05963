"""Whether a piece may be approved without a person."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.billing.plans import Plan
from aipromote.brand import queries as brand
from aipromote.brand.models import BrandRule
from aipromote.brand.queries import Judge
from aipromote.brand.states import ApprovalMode
from aipromote.content.models import ContentPiece, Pillar
from aipromote.documents.content import AutoApprovalCondition, AutoApprovalRules
from aipromote.errors import NotAllowed

Key = tuple[UUID, UUID]
"""(organization, piece)."""
FIELDS = ("platform", "type", "confidence", "theme", "generated_by", "body", "hashtags")
"""What a condition may ask about the piece itself."""


@dataclass(frozen=True, slots=True)
class About:
    """What a condition may ask besides: the pillar's name, and how many claims text and title make, proven or not.

    "claims at_most 0" leaves every number, comparison and customer to a person, "pillar not_equals Proof" all of a
    pillar.
    """

    pillar: str | None
    claims: int


def about(piece: ContentPiece, *, judge: Judge, pillars: Mapping[UUID, str]) -> About:
    """What conditions may ask of this piece besides. `pillars` are the organization's names by id."""
    return About(
        pillar=pillars.get(piece.pillar_id) if piece.pillar_id else None,
        claims=sum(len(judge.claims(said, day=piece.planned_for)) for said in (piece.body, piece.title) if said),
    )


async def uncovered(session: AsyncSession, *, pieces: Collection[Key]) -> frozenset[Key]:
    """Which of these pieces, of any organizations, the conditions of approval do not cover as they are now."""
    rules = await brand.conditional(session, organization_ids={key for key, _ in pieces})
    asked = [key for key in pieces if key[0] in rules]
    if not asked:
        return frozenset()
    judges = await brand.judges(session, organization_ids=rules)
    named = select(Pillar.id, Pillar.name).where(Pillar.organization_id.in_(sorted(rules)))
    pillars = {row.id: row.name for row in await session.execute(named)}
    found = select(ContentPiece).where(tuple_(ContentPiece.organization_id, ContentPiece.id).in_(asked))
    covered = {
        (piece.organization_id, piece.id)
        for piece in await session.scalars(found)
        if fits(
            piece,
            about(piece, judge=judges[piece.organization_id], pillars=pillars),
            rules[piece.organization_id],
        )
    }
    return frozenset(asked) - covered


def require_leave(piece: ContentPiece, *, about: About, rules: BrandRule, plan: Plan) -> None:
    """Raises NotAllowed, with the reason, where a person has to approve the piece."""
    if rules.approval_mode is ApprovalMode.MANUAL:
        raise NotAllowed("A person approves every post here.")
    if not plan.auto_approval:
        raise NotAllowed(f"The plan {plan.label} lets nothing out without a person.")
    if rules.approval_mode is ApprovalMode.CONDITIONAL and not fits(piece, about, rules.auto_approval_rules):
        raise NotAllowed("The rules for approval without a person do not cover this post.")


def fits(piece: ContentPiece, about: About, rules: AutoApprovalRules | None) -> bool:
    """Whether the piece is what the rules describe. Rules that are off, or that say nothing, describe no piece."""
    if rules is None or not rules.enabled or not rules.conditions:
        return False
    results = [holds(piece, about, condition) for condition in rules.conditions]
    return all(results) if rules.requires_all else any(results)


def holds(piece: ContentPiece, about: About, condition: AutoApprovalCondition) -> bool:
    """Whether one condition is true of the piece. One that cannot be judged is not."""
    asked = piece if condition.field in FIELDS else about
    actual = getattr(asked, condition.field, None)
    return actual is not None and _TESTS[condition.operator](actual, condition.value)


def _is_number(*values: object) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": lambda actual, wanted: bool(actual == wanted),
    "not_equals": lambda actual, wanted: bool(actual != wanted),
    "in": lambda actual, wanted: isinstance(wanted, list) and actual in wanted,
    "contains": lambda actual, wanted: isinstance(actual, str | list) and isinstance(wanted, str) and wanted in actual,
    "at_least": lambda actual, wanted: _is_number(actual, wanted) and bool(actual >= wanted),
    "at_most": lambda actual, wanted: _is_number(actual, wanted) and bool(actual <= wanted),
}
