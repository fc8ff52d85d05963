"""Opening an account: its credentials, refreshed ahead of their end and by one process at a time."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import aiohttp

from aipromote import clock, settings
from aipromote.channels import actions, queries
from aipromote.channels.models import SocialAccount
from aipromote.connectors import registry
from aipromote.connectors.contract import ConnectorError, Credentials, Revoked
from aipromote.db.database import Database

AHEAD = timedelta(minutes=5)
"""How long before their end tokens are refreshed."""


def credentials(account: SocialAccount) -> Credentials:
    """What opens the account, as stored. Raises Revoked for an account that is not connected (any more)."""
    access_token = account.access_token
    if not account.is_active or access_token is None:
        raise Revoked(f"The account {account.handle} is not connected.", code="not_connected")
    return Credentials(
        server=_server(account),
        access_token=access_token,
        refresh_token=account.refresh_token,
        token_type=account.token_type or "Bearer",
        scope=account.scope or "",
        expires_at=account.expires_at,
        account_id=account.account_id or "",
    )


def _server(account: SocialAccount) -> str:
    """Where the account is. The sandbox network moves: it may get another port at the next start."""
    return (settings.get().sandbox_url if account.connector == "sandbox" else "") or account.server


def is_stale(known: Credentials) -> bool:
    """Whether they end so soon that they should be refreshed before they are used."""
    return known.expires_at is not None and known.expires_at <= clock.now() + AHEAD and bool(known.refresh_token)


async def fresh_credentials(
    database: Database,
    http: aiohttp.ClientSession,
    *,
    organization_id: UUID,
    account_id: UUID,
    rejected: str | None = None,
) -> Credentials:
    """Credentials that can be used now. `rejected` is the access token that the network just refused.

    Refreshing happens under the account's row lock: whoever waited finds the new pair and does not refresh again. The
    new pair is committed before it is returned. Revoked makes the account inactive; other ConnectorErrors are passing
    troubles and leave it as it is (tokens that have not ended yet are then returned as they are).
    """
    revoked: Revoked | None = None
    async with database.transaction(organization_id) as session:
        account = await queries.account(session, organization_id=organization_id, account_id=account_id, lock=True)
        known = credentials(account)
        if known.access_token != rejected and not is_stale(known):
            return known
        try:
            renewed = await registry.get(account.connector).refresh(http, known)
        except Revoked as error:
            revoked = error
            await actions.mark_unusable(
                session, organization_id=organization_id, account_id=account_id, reason=_connect_again(account, error)
            )
        except ConnectorError:
            if known.access_token == rejected or _has_ended(known):
                raise
            return known
        else:
            actions.store_credentials(account, renewed)
            await session.flush()
            return credentials(account)
    raise revoked


def _has_ended(known: Credentials) -> bool:
    return known.expires_at is not None and known.expires_at <= clock.now()


def _connect_again(account: SocialAccount, error: ConnectorError) -> str:
    return f"{account.platform.label} no longer lets {account.handle} in ({error.reason}) Connect the account again."
