"""The rules and facts of an organization."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.brand.models import BrandRule
from aipromote.brand.models import Fact as FactRow
from aipromote.documents.facts import Fact
from aipromote.errors import NotFound


async def rules_row(session: AsyncSession, *, organization_id: UUID) -> BrandRule:
    """The organization's brand rules. Raises NotFound."""
    found = await session.scalar(select(BrandRule).where(BrandRule.organization_id == organization_id))
    if found is None:
        raise NotFound("This organization has no brand rules yet.")
    return found


async def facts(session: AsyncSession, *, organization_id: UUID) -> list[Fact]:
    """All facts in the order they were recorded, expired ones too: a claim on one deserves a message of its own."""
    rows = await session.scalars(select(FactRow).where(FactRow.organization_id == organization_id).order_by(FactRow.id))
    return [Fact(row.statement, row.source or "", row.kind, row.expires_on, row.id) for row in rows]
