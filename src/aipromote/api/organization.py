"""GET /organization: whose key this is."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter

from aipromote.api.calls import Reading
from aipromote.api.lists import Shown
from aipromote.organizations import queries

router = APIRouter()


class OrganizationOut(Shown):
    """A startup's profile."""

    id: UUID
    name: str
    url: str | None
    stage: str | None
    description: str | None
    tagline: str | None
    category: str | None
    markets: list[str]
    languages: list[str]
    time_zone: str
    brief_version: int
    created_at: datetime
    updated_at: datetime


@router.get("/organization")
async def organization(call: Reading) -> OrganizationOut:
    """The key's organization."""
    row = await queries.organization(call.session, organization_id=call.organization_id)
    return OrganizationOut.model_validate(row)
