"""The account of the product's own canary posts: on the sandbox network, connected by the same steps as any other."""

from __future__ import annotations

import secrets
from uuid import UUID

import aiohttp
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.channels import keeping, queries
from aipromote.channels.models import SocialAccount
from aipromote.connectors import registry
from aipromote.connectors.contract import Consent, Credentials, Profile
from aipromote.connectors.sandbox.consent import give_consent
from aipromote.documents.vocabulary import Platform
from aipromote.organizations.models import INTERNAL_ORGANIZATION

HANDLE = "aipromote-canary"
_BACK = "http://127.0.0.1/channels/callback"


async def account(session: AsyncSession) -> SocialAccount | None:
    """The account, if it is connected."""
    found = await queries.accounts(session, organization_id=INTERNAL_ORGANIZATION)
    return found[0] if found else None


async def consent(http: aiohttp.ClientSession, *, server: str) -> tuple[Credentials, Profile]:
    """Give consent, and trade the code for tokens. Raises ConnectorError or Unavailable, as the network answers."""
    network, verifier = registry.oauth("sandbox"), secrets.token_urlsafe(64)
    hint = {"platform": Platform.SANDBOX.value, "handle": HANDLE}
    begun = Consent(server, _BACK, secrets.token_urlsafe(32), verifier, hint=hint)
    _, code = await give_consent(http, network.authorization_url(begun))
    grant, *_ = await network.exchange(http, begun, code=code)
    return grant.credentials, grant.profile


async def connect(session: AsyncSession, credentials: Credentials, profile: Profile) -> SocialAccount:
    """Keep the account and its tokens."""
    return await keeping.keep(
        session,
        organization_id=INTERNAL_ORGANIZATION,
        platform=Platform.SANDBOX,
        connector="sandbox",
        credentials=credentials,
        profile=profile,
    )


async def let_go(session: AsyncSession, *, account_id: UUID) -> None:
    """Connect anew the next time."""
    mine = (SocialAccount.organization_id == INTERNAL_ORGANIZATION, SocialAccount.id == account_id)
    await session.execute(update(SocialAccount).where(*mine).values(is_active=False))
