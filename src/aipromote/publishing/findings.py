"""Brand rules and facts, asked once more when a post is about to leave: they may have changed since it was approved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.brand.check import Finding, Rules, check
from aipromote.brand.models import BrandRule
from aipromote.brand.models import Fact as FactRow
from aipromote.connectors import registry
from aipromote.documents.facts import Fact
from aipromote.publishing.changes import Key
from aipromote.publishing.checks import Refusal
from aipromote.publishing.claims import Claim

_DECLARED = text("""
    SELECT o.id, o.languages[1] AS language, o.name, o.pricing,
           ARRAY(SELECT jsonb_array_elements_text(coalesce(o.brief -> 'constraints' -> 'rule_packs', '[]'))) AS packs
      FROM organizations o WHERE o.id = ANY (CAST(:ids AS uuid[]))
""")


async def blocked_by_findings(session: AsyncSession, claims: Sequence[Claim]) -> dict[Key, Refusal]:
    """The posts with a finding that blocks, and that no reviewer set aside by name."""
    judged = [claim for claim in claims if claim.approval is not None and claim.approval.override_reason is None]
    if not judged:
        return {}
    organizations = sorted({claim.organization_id for claim in judged})
    rules, facts = await _rules(session, organizations), await _facts(session, organizations)
    refused = {}
    for claim in judged:
        blocking = _blocking(claim, rules[claim.organization_id], facts[claim.organization_id])
        if blocking:
            refused[claim.key] = Refusal(
                "finding",
                f"A check that was passed before is not passed any more: {blocking[0].reason}. "
                "Change the text, or approve it again with a reason.",
            )
    return refused


def _blocking(claim: Claim, rules: Rules, facts: Sequence[Fact]) -> list[Finding]:
    assert claim.account is not None
    platform = claim.account.platform
    limits = registry.get(claim.account.connector).limits(platform)
    body, parts = "\n\n".join(claim.texts), list(claim.texts) if len(claim.texts) > 1 else None
    today = clock.now().date()
    findings = check(body, rules=rules, facts=facts, platform=platform, limits=limits, now=today, parts=parts)
    return [finding for finding in findings if finding.severity == "block"]


async def _rules(session: AsyncSession, organizations: list[UUID]) -> dict[UUID, Rules]:
    found = await session.scalars(select(BrandRule).where(BrandRule.organization_id.in_(organizations)))
    rows = {row.organization_id: row for row in found}
    declared = await session.execute(_DECLARED, {"ids": organizations})
    return {
        row.id: Rules(
            language=row.language,
            rule_packs=tuple(row.packs),
            declared=tuple(filter(None, (row.name, row.pricing))),
            **_edited(rows.get(row.id)),
        )
        for row in declared
    }


def _edited(row: BrandRule | None) -> dict[str, Any]:
    """What people can change after the brief was adopted."""
    if row is None:
        return {}
    return {
        "forbidden_phrases": tuple(row.forbidden_phrases),
        "claims_to_avoid": tuple(row.claims_to_avoid),
        "allowed_hashtags": tuple(row.allowed_hashtags),
        "forbidden_hashtags": tuple(row.forbidden_hashtags),
        "legal_disclaimer": row.legal_disclaimer,
    }


async def _facts(session: AsyncSession, organizations: list[UUID]) -> dict[UUID, list[Fact]]:
    facts: dict[UUID, list[Fact]] = defaultdict(list)
    found = select(FactRow).where(FactRow.organization_id.in_(organizations)).order_by(FactRow.id)
    for row in await session.scalars(found):
        facts[row.organization_id].append(Fact(row.statement, row.source or "", row.kind, row.expires_on, row.id))
    return facts
