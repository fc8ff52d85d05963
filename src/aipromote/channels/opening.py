"""Accounts that are about to be used, of many organizations at once: plain values, no rows to change."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.channels import apps
from aipromote.channels.models import SocialAccount
from aipromote.connectors.contract import App
from aipromote.db.sealing import Sealed
from aipromote.documents.vocabulary import Platform

_READ = text("""
    SELECT a.organization_id, a.id, a.platform, a.connector, a.server, a.handle, a.account_id, a.is_active, a.scope,
           a.token_type, a.expires_at, a.error_message, a.client_id, a.access_token, a.refresh_token
      FROM unnest(CAST(:organizations AS uuid[]), CAST(:accounts AS uuid[])) AS k (organization_id, id)
      JOIN social_accounts a ON a.organization_id = k.organization_id AND a.id = k.id
""")


@dataclass(slots=True)
class Account:
    """What is needed of a `SocialAccount` to call its network. The tokens stay sealed until they are read."""

    organization_id: UUID
    id: UUID
    platform: Platform
    connector: str
    server: str
    handle: str
    account_id: str | None
    is_active: bool
    scope: str | None
    token_type: str | None
    expires_at: datetime | None
    error_message: str | None
    client_id: str | None
    access_token_sealed: bytes | None = field(repr=False)
    refresh_token_sealed: bytes | None = field(repr=False)
    app: App | None = field(default=None, repr=False)

    __tablename__ = SocialAccount.__tablename__
    access_token = Sealed()
    refresh_token = Sealed()


async def accounts(session: AsyncSession, keys: Collection[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], Account]:
    """By (organization, account); connected or not. One that is not there is left out."""
    wanted = sorted(keys)
    values = {"organizations": [owner for owner, _ in wanted], "accounts": [account for _, account in wanted]}
    found = {}
    for organization_id, key, platform, *rest in await session.execute(_READ, values):
        found[organization_id, key] = Account(organization_id, key, Platform(platform), *rest)
    for one, app in (await apps.of_accounts(session, found.values())).items():
        found[one].app = app
    return found
