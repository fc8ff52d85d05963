"""Keeping what a network gave: the account, its profile and its tokens."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.channels import queries
from aipromote.channels.models import SocialAccount
from aipromote.connectors.contract import Credentials, Profile
from aipromote.db.base import new_id
from aipromote.documents.vocabulary import Platform
from aipromote.organizations.models import Organization


async def keep(
    session: AsyncSession,
    *,
    organization_id: UUID,
    platform: Platform,
    connector: str,
    credentials: Credentials,
    profile: Profile,
    client_id: str | None = None,
) -> SocialAccount:
    """Store the account; one that was connected before keeps its row."""
    locked = select(Organization.id).where(Organization.id == organization_id).with_for_update(key_share=True)
    await session.execute(locked)  # two connects of one account at once would both insert
    account = await queries.same_identity(
        session,
        organization_id=organization_id,
        platform=platform,
        connector=connector,
        account_id=profile.account_id,
        handle=profile.handle,
    )
    if account is None:
        account = SocialAccount(
            organization_id=organization_id, id=new_id(), platform=platform, connector=connector, is_active=True
        )
        session.add(account)
    account.server = credentials.server
    account.refresh_token = account.scope = None  # a new consent replaces the old one whole
    account.client_id, account.connected_at = client_id, clock.now()
    store_credentials(account, credentials)
    _adopt_profile(account, profile)
    account.is_active, account.error_message = True, None
    await session.flush()
    return account


def _adopt_profile(account: SocialAccount, profile: Profile) -> None:
    account.account_id = profile.account_id or None
    account.handle = profile.handle
    account.display_name = profile.display_name
    account.profile_url = profile.profile_url
    account.followers, account.following, account.posts = profile.followers, profile.following, profile.posts
    account.last_sync_at = clock.now()


def store_credentials(account: SocialAccount, credentials: Credentials) -> None:
    """Put a pair of tokens into the row. An empty refresh token never overwrites a stored one."""
    account.access_token = credentials.access_token
    if credentials.refresh_token:
        account.refresh_token = credentials.refresh_token
    account.token_type = credentials.token_type or None
    account.scope = credentials.scope or account.scope
    account.expires_at = credentials.expires_at
    account.refresh_not_before = None
