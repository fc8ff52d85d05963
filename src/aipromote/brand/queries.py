"""The rules and facts of an organization."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.brand.check import Finding, Rules, check, claims_of
from aipromote.brand.claims import Linked
from aipromote.brand.models import BrandRule
from aipromote.brand.models import Fact as FactRow
from aipromote.brand.states import ApprovalMode
from aipromote.connectors.contract import Limits
from aipromote.documents.content import AutoApprovalRules
from aipromote.documents.facts import Fact, FactKind
from aipromote.documents.vocabulary import Platform
from aipromote.errors import NotFound
from aipromote.organizations import queries as organizations
from aipromote.organizations.models import Organization

_JUDGES = text("""
    SELECT o.id, o.languages[1] AS language, o.name, o.pricing,
           ARRAY(SELECT f.who ->> 'name' FROM jsonb_array_elements(o.brief #> '{founders}') AS f (who)) AS founders,
           ARRAY(SELECT jsonb_array_elements_text(o.brief #> '{constraints,rule_packs}')) AS rule_packs,
           b.forbidden_phrases, b.claims_to_avoid, b.allowed_hashtags, b.forbidden_hashtags, b.legal_disclaimer,
           f.ids, f.statements, f.sources, f.kinds, f.ends
      FROM organizations o
      LEFT JOIN brand_rules b ON b.organization_id = o.id
      LEFT JOIN LATERAL (
           SELECT array_agg(f.id ORDER BY f.id) AS ids, array_agg(f.statement ORDER BY f.id) AS statements,
                  array_agg(f.source ORDER BY f.id) AS sources, array_agg(CAST(f.kind AS text) ORDER BY f.id) AS kinds,
                  array_agg(f.expires_on ORDER BY f.id) AS ends
             FROM facts f WHERE f.organization_id = o.id) f ON true
     WHERE o.id = ANY (CAST(:organizations AS uuid[]))
""")


@dataclass(frozen=True, slots=True)
class Judge:
    """An organization's rules and facts, loaded once to check any number of texts."""

    rules: Rules
    facts: tuple[Fact, ...]

    def findings(
        self,
        text: str,
        *,
        platform: Platform,
        limits: Limits,
        parts: Sequence[str] = (),
        title: str | None = None,
        day: date | None = None,
        hints: bool = True,
    ) -> list[Finding]:
        """What is wrong with the text, or may be; blocking ones first. Facts must hold on `day` (today, if None)."""
        return check(
            text,
            rules=self.rules,
            facts=self.facts,
            platform=platform,
            limits=limits,
            now=day or clock.now().date(),
            parts=list(parts) or None,
            title=title,
            hints=hints,
        )

    def claims(self, text: str, *, day: date | None = None) -> list[Linked]:
        """The claims of the text, each with the fact that backs it on that day (today, if None)."""
        return claims_of(text, rules=self.rules, facts=self.facts, now=day or clock.now().date())


async def judge(session: AsyncSession, *, organization_id: UUID) -> Judge:
    """What to check the organization's texts against. Raises NotFound where there are no rules yet."""
    row = await rules_row(session, organization_id=organization_id)
    organization = await organizations.organization(session, organization_id=organization_id)
    known = await facts(session, organization_id=organization_id)
    return Judge(_rules(row, organization), tuple(known))


async def judges(session: AsyncSession, *, organization_ids: Collection[UUID]) -> dict[UUID, Judge]:
    """The same for many organizations at once; for one without rules, what its profile and facts alone say.

    It is asked for every batch of posts that goes out. So it reads the columns that count, and no whole briefs.
    """
    rows = await session.execute(_JUDGES, {"organizations": sorted(set(organization_ids))})
    return {row.id: Judge(_rules_of_row(row), _facts_of_row(row)) for row in rows}


async def findings(
    session: AsyncSession, *, organization_id: UUID, text: str, platform: Platform, limits: Limits
) -> list[Finding]:
    """What is wrong with one text, or may be. For many texts, load a `judge` once."""
    loaded = await judge(session, organization_id=organization_id)
    return loaded.findings(text, platform=platform, limits=limits)


async def rules_row(session: AsyncSession, *, organization_id: UUID, lock: bool = False) -> BrandRule:
    """The organization's brand rules; their row locked until the transaction ends, where asked. Raises NotFound."""
    mine = select(BrandRule).where(BrandRule.organization_id == organization_id)
    found = await session.scalar(mine.with_for_update() if lock else mine)
    if found is None:
        raise NotFound("This organization has no brand rules yet.")
    return found


async def unattended(session: AsyncSession, *, organization_ids: Collection[UUID]) -> frozenset[UUID]:
    """Which of these organizations let posts out without a person, all or some; one without rules does not.

    Nor does one whose conditions are off, or say nothing: these describe no post.
    """
    return frozenset(await _letting_out(session, organization_ids))


async def conditional(session: AsyncSession, *, organization_ids: Collection[UUID]) -> dict[UUID, AutoApprovalRules]:
    """Of those that let some posts out without a person: which."""
    found = await _letting_out(session, organization_ids)
    return {key: rules for key, rules in found.items() if rules is not None}


async def _letting_out(
    session: AsyncSession, organization_ids: Collection[UUID]
) -> dict[UUID, AutoApprovalRules | None]:
    mine = BrandRule.organization_id.in_(sorted(organization_ids))
    found = select(BrandRule.organization_id, BrandRule.approval_mode, BrandRule.auto_approval_rules)
    rows = (await session.execute(found.where(mine, BrandRule.approval_mode != ApprovalMode.MANUAL))).all()
    letting: dict[UUID, AutoApprovalRules | None] = {}
    for key, mode, rules in rows:
        if mode is ApprovalMode.AUTO:
            letting[key] = None
        elif rules is not None and rules.enabled and rules.conditions:
            letting[key] = rules
    return letting


async def facts(session: AsyncSession, *, organization_id: UUID) -> list[Fact]:
    """All facts in the order they were recorded, expired ones too: a claim on one deserves a message of its own."""
    rows = await session.scalars(select(FactRow).where(FactRow.organization_id == organization_id).order_by(FactRow.id))
    return [_fact(row) for row in rows]


def _rules_of_row(row: Row[Any]) -> Rules:
    return Rules(
        language=row.language,
        forbidden_phrases=tuple(row.forbidden_phrases or ()),
        claims_to_avoid=tuple(row.claims_to_avoid or ()),
        allowed_hashtags=tuple(row.allowed_hashtags or ()),
        forbidden_hashtags=tuple(row.forbidden_hashtags or ()),
        legal_disclaimer=row.legal_disclaimer,
        rule_packs=tuple(row.rule_packs),
        declared=tuple(filter(None, (row.name, row.pricing, *row.founders))),
    )


def _facts_of_row(row: Row[Any]) -> tuple[Fact, ...]:
    if row.ids is None:
        return ()
    columns = zip(row.statements, row.sources, row.kinds, row.ends, row.ids, strict=True)
    return tuple(Fact(said, source or "", FactKind(kind), ends, key) for said, source, kind, ends, key in columns)


def _fact(row: FactRow) -> Fact:
    return Fact(row.statement, row.source or "", row.kind, row.expires_on, row.id)


def _rules(row: BrandRule, organization: Organization) -> Rules:
    """The rules as they are now; the brief says what they leave open (its language, its industry, what it declares)."""
    return Rules(
        language=organization.languages[0],
        forbidden_phrases=tuple(row.forbidden_phrases),
        claims_to_avoid=tuple(row.claims_to_avoid),
        allowed_hashtags=tuple(row.allowed_hashtags),
        forbidden_hashtags=tuple(row.forbidden_hashtags),
        legal_disclaimer=row.legal_disclaimer,
        rule_packs=tuple(organization.brief.constraints.rule_packs),
        declared=_declared(organization),
    )


def _declared(organization: Organization) -> tuple[str, ...]:
    founders = (founder.name for founder in organization.brief.founders)
    return tuple(filter(None, (organization.name, organization.pricing, *founders)))
