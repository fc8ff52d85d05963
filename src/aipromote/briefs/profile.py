"""The brief of an organization that exists: changing it part by part, and as a whole, with the brand rules in step.

Writers read the brief, checks read the brand rules. Both have tone, words, hashtags and the disclaimer in them, so what
is changed here is changed in both. Where they differ (the rules alone were changed once) the rules count.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.actor import Actor
from aipromote.brand import actions as brand
from aipromote.brand import queries as rules
from aipromote.brand.models import BrandRule
from aipromote.briefs.steps import put, value_at
from aipromote.documents.brief import Brief, validate_brief
from aipromote.errors import NotFound, StaleRevision
from aipromote.organizations import actions as organizations
from aipromote.organizations import queries
from aipromote.organizations.models import Organization
from aipromote.organizations.states import Role

IN_RULES: Final = {
    "brand.tone": "tone",
    "brand.voice": "voice",
    "brand.words_to_use": "allowed_phrases",
    "brand.words_to_avoid": "forbidden_phrases",
    "brand.hashtags.allowed": "allowed_hashtags",
    "brand.hashtags.forbidden": "forbidden_hashtags",
    "brand.legal_disclaimer": "legal_disclaimer",
    "constraints.compliance_notes": "compliance_notes",
    "constraints.claims_to_avoid": "claims_to_avoid",
}
"""Paths in the brief whose values stand in columns of the brand rules, too."""
_SOURCE = "the profile"


def standing(organization: Organization, row: BrandRule | None) -> dict[str, Any]:
    """The brief's values as they count now: those of the brand rules in their places. Defaults are left out."""
    values = organization.brief.model_dump(mode="json", exclude_defaults=True)
    for path, column in IN_RULES.items() if row is not None else ():
        _set(values, path, getattr(row, column))
    return values


def mark_of(values: Mapping[str, Any], paths: Sequence[str]) -> str:
    """Tells whether somebody changed what stands at these paths: carried by a form, compared when it comes back."""
    shown = [value_at(values, path) or None for path in paths]
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:16]


async def profile(session: AsyncSession, *, organization_id: UUID) -> tuple[Organization, dict[str, Any]]:
    """The organization, and its brief's values as they count."""
    organization = await queries.organization(session, organization_id=organization_id)
    return organization, standing(organization, await rules_of(session, organization_id=organization_id))


async def change_part(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    paths: Sequence[str],
    values: Mapping[str, Any],
    seen: str,
) -> Organization:
    """Put these values at these paths of the brief; what is absent goes back to its default.

    `seen` is the mark of what stood there when the form was made. Raises StaleRevision where somebody changed it since,
    and BriefError with every problem.
    """
    organization, row, before = await _locked(session, actor, organization_id)
    if mark_of(before, paths) != seen:
        raise StaleRevision("Somebody saved this part after you opened it here. Nothing is lost.")
    for path in paths:
        _set(before, path, value_at(values, path))
    brief = validate_brief(before, source=_SOURCE)
    return await _keep(session, actor, organization=organization, row=row, brief=brief)


async def replace(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, brief: Brief, version: int
) -> Organization:
    """Put a whole other brief in the place of version `version`. Who approves posts stays as it is, and so do facts.

    Its proof points become facts. Raises StaleRevision where there is a newer version.
    """
    organization, row, _ = await _locked(session, actor, organization_id)
    if organization.brief_version != version:
        raise StaleRevision("The profile was changed after you opened this page. Nothing was replaced.")
    brief = brief.model_copy(update={"approval": organization.brief.approval})
    await brand.take_facts(session, actor, organization_id=organization_id, brief=brief)
    return await _keep(session, actor, organization=organization, row=row, brief=brief)


async def _locked(
    session: AsyncSession, actor: Actor, organization_id: UUID
) -> tuple[Organization, BrandRule | None, dict[str, Any]]:
    await organizations.require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    organization = await queries.lock(session, organization_id=organization_id)
    row = await rules_of(session, organization_id=organization_id, lock=True)
    return organization, row, standing(organization, row)


async def _keep(
    session: AsyncSession, actor: Actor, *, organization: Organization, row: BrandRule | None, brief: Brief
) -> Organization:
    """Give the organization this brief, and its rules what differs there."""
    if brief != organization.brief:
        organization = await organizations.change_brief(session, actor, organization_id=organization.id, brief=brief)
    if row is None:
        await brand.adopt_brief(session, actor, organization_id=organization.id, brief=brief)
        return organization
    stated = brand.rules_of(brief)
    changes = {name: stated[name] for name in IN_RULES.values() if stated[name] != getattr(row, name)}
    if changes:
        await brand.edit_rules(session, actor, organization_id=organization.id, **changes)
    return organization


async def rules_of(session: AsyncSession, *, organization_id: UUID, lock: bool = False) -> BrandRule | None:
    """The organization's brand rules; None where there are none yet."""
    try:
        return await rules.rules_row(session, organization_id=organization_id, lock=lock)
    except NotFound:
        return None


def _set(values: dict[str, Any], path: str, value: Any) -> None:
    """Lay a value down, or take away what stands there."""
    if value not in (None, "", [], {}):
        put(values, path, list(value) if isinstance(value, tuple) else value)
        return
    *groups, last = path.split(".")
    here: Any = values
    for group in groups:
        here = here.get(group) if isinstance(here, dict) else None
    if isinstance(here, dict):
        here.pop(last, None)
