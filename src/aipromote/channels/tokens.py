"""Opening an account: its credentials, refreshed ahead of their end and by one process at a time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import aiohttp
import structlog
from sqlalchemy.exc import DBAPIError

from aipromote import clock, settings
from aipromote.channels import actions, queries
from aipromote.channels.models import SocialAccount
from aipromote.connectors import registry
from aipromote.connectors.contract import ConnectorError, Credentials, Revoked
from aipromote.db.database import Database

log: structlog.stdlib.BoundLogger = structlog.get_logger()

AHEAD = timedelta(minutes=5)
"""How long before their end tokens are refreshed."""
_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4)
"""Seconds before each attempt to store what was given while the database was away: PostgreSQL may restart meanwhile."""


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
    key = {"organization_id": organization_id, "account_id": account_id}
    given = _Given()
    try:
        return await _refreshed(database, http, given, **key, rejected=rejected)
    except (DBAPIError, OSError):
        if given.pair is None:
            raise
        log.warning("a new pair of tokens could not be stored yet", account=str(account_id))
        return await _store_late(database, given.spent, given.pair, **key)


@dataclass(slots=True)
class _Given:
    """What the network gave, and the refresh token that it spent for it. No second call brings that back."""

    spent: str | None = field(default=None, repr=False)
    pair: Credentials | None = None


async def _refreshed(
    database: Database,
    http: aiohttp.ClientSession,
    given: _Given,
    *,
    organization_id: UUID,
    account_id: UUID,
    rejected: str | None,
) -> Credentials:
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
            given.spent, given.pair = known.refresh_token, renewed
            actions.store_credentials(account, renewed)
            await session.flush()
            return credentials(account)
    raise revoked


async def _store_late(
    database: Database, spent: str | None, pair: Credentials, *, organization_id: UUID, account_id: UUID
) -> Credentials:
    """Store a pair for which the database was away, unless it holds a newer one by now. Tries for some seconds."""
    for pause in _PAUSES:
        await asyncio.sleep(pause)
        try:
            async with database.transaction(organization_id) as session:
                account = await queries.account(
                    session, organization_id=organization_id, account_id=account_id, lock=True
                )
                if account.refresh_token == spent:
                    actions.store_credentials(account, pair)
                    await session.flush()
                return credentials(account)
        except (DBAPIError, OSError) as error:
            lost = error
    raise lost


def _has_ended(known: Credentials) -> bool:
    return known.expires_at is not None and known.expires_at <= clock.now()


def _connect_again(account: SocialAccount, error: ConnectorError) -> str:
    return f"{account.platform.label} no longer lets {account.handle} in ({error.reason}) Connect the account again."
