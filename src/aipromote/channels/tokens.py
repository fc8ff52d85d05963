"""Opening an account: its credentials, refreshed ahead of their end and by one process at a time.

A refresh is a lease, a call, and a result. The lease is `refresh_not_before`, set by compare-and-set in a short
transaction; the call to the network is made with no connection held; its result is stored in a second short
transaction, and only while the refresh token is still the one that was used. Whoever comes meanwhile waits for the new
pair. The lease of a process that died ends by itself.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import aiohttp
import structlog
from sqlalchemy import or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock, settings
from aipromote.channels import actions, apps, keeping, queries
from aipromote.channels.models import SocialAccount
from aipromote.channels.opening import Account
from aipromote.connectors import registry
from aipromote.connectors.contract import App, Credentials
from aipromote.connectors.errors import ConnectorError, RateLimited, Revoked, Unreachable
from aipromote.db.database import Database
from aipromote.db.persisting import persistently
from aipromote.jobs import tally

log: structlog.stdlib.BoundLogger = structlog.get_logger()

AHEAD = timedelta(minutes=5)
"""How long before their end tokens are refreshed when they are about to be used."""
LEASE = timedelta(seconds=30)
_CALL_SECONDS = 15.0
"""Less than the lease, so that the result is stored before another process may try."""
_PATIENCE_SECONDS = 20.0
_POLL_SECONDS = 0.1
_BACK_OFF = timedelta(seconds=60)
_SURELY_NO_LEASE = LEASE + timedelta(seconds=10)
"""Computers' clocks differ a little. Who waits longer than this waits after a failure, not for another process."""
_LONGEST_BACK_OFF = timedelta(hours=1)


class NotOpened(Unreachable):
    """The tokens cannot be renewed right now, which is no word about what was to be sent. Not before `retry_at`."""

    def __init__(self, reason: str, *, retry_at: datetime, code: str = "") -> None:
        super().__init__(f"The account could not be opened: {reason}", code=code)
        self.retry_at = retry_at


@dataclass(frozen=True, slots=True)
class _Lease:
    """The right to refresh these credentials, until then."""

    account: SocialAccount
    known: Credentials
    until: datetime


@dataclass(frozen=True, slots=True)
class _Busy:
    """Another process is refreshing, or the last refresh failed a moment ago."""

    until: datetime


def credentials(account: SocialAccount | Account, app: App | None = None) -> Credentials:
    """What opens the account, as stored. Raises Revoked for an account that is not connected (any more).

    `app` is the one through which it was connected; accounts that were opened many at once bring their own.
    """
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
        app=app or (account.app if isinstance(account, Account) else None),
    )


def _server(account: SocialAccount | Account) -> str:
    """Where the account is. The sandbox network moves: it may get another port at the next start."""
    return (settings.get().sandbox_url if account.connector == "sandbox" else "") or account.server


def is_stale(known: Credentials, *, ahead: timedelta = AHEAD) -> bool:
    """Whether they end so soon that they should be refreshed before they are used."""
    return known.expires_at is not None and known.expires_at <= clock.now() + ahead and bool(known.refresh_token)


async def fresh_credentials(
    database: Database,
    http: aiohttp.ClientSession,
    *,
    organization_id: UUID,
    account_id: UUID,
    rejected: str | None = None,
    ahead: timedelta = AHEAD,
) -> Credentials:
    """Credentials that can be used now. `rejected` is the access token that the network just refused.

    The new pair is committed before it is returned. Revoked makes the account inactive and tells its people. Any other
    failure is a passing trouble, leaves it connected, and is not tried again for a minute: tokens that have not ended
    yet are then returned as they are, otherwise NotOpened is raised.
    """
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while True:
        async with database.transaction(organization_id) as session:
            account = await queries.account(session, organization_id=organization_id, account_id=account_id)
            app = (await apps.of_accounts(session, [account])).get((organization_id, account_id))
            found = await _approach(session, account, app, rejected=rejected, ahead=ahead)
        if isinstance(found, _Lease):
            found = await _refresh(database, http, found, rejected=rejected)
        if isinstance(found, Credentials):
            return found
        if found is not None and (found.until > clock.now() + _SURELY_NO_LEASE or time.monotonic() >= give_up):
            raise NotOpened("its access could not be renewed a moment ago.", retry_at=found.until)
        await asyncio.sleep(_POLL_SECONDS)


async def _approach(
    session: AsyncSession, account: SocialAccount, app: App | None, *, rejected: str | None, ahead: timedelta
) -> Credentials | _Lease | _Busy | None:
    """The credentials if they are good, otherwise the lease to refresh them; None: look again."""
    known = credentials(account, app)
    if known.access_token != rejected and not is_stale(known, ahead=ahead):
        return known
    now = clock.now()
    until = now + LEASE - timedelta(microseconds=random.randrange(1_000_000))  # noqa: S311 -- tells leases apart
    free = or_(SocialAccount.refresh_not_before.is_(None), SocialAccount.refresh_not_before <= now)
    lease = update(SocialAccount).where(
        SocialAccount.organization_id == account.organization_id,
        SocialAccount.id == account.id,
        SocialAccount.is_active,
        SocialAccount.access_token_sealed == account.access_token_sealed,
        free,
    )
    taken = await session.scalar(
        lease.values(refresh_not_before=until).returning(SocialAccount.id),
        execution_options={"synchronize_session": False},
    )
    if taken is not None:
        return _Lease(account, known, until)
    if _is_usable(known, rejected):
        return known
    held = account.refresh_not_before
    return _Busy(held) if held is not None and held > now else None


async def _refresh(
    database: Database, http: aiohttp.ClientSession, lease: _Lease, *, rejected: str | None
) -> Credentials | None:
    """Make the call and store what came of it. None: the account changed hands meanwhile, look again."""
    answer: Credentials | ConnectorError
    try:
        async with asyncio.timeout(_CALL_SECONDS):
            answer = await registry.get(lease.account.connector).refresh(http, lease.known)
    except ConnectorError as error:
        answer = error
    except TimeoutError:
        answer = Unreachable("the network did not answer in time.")
    key = lease.account.organization_id
    # What was refreshed must not be lost: the network may have ended the old pair already.
    found = await persistently(database, [key], lambda session: _settle(session, lease, answer), tries=8)
    tally.count("token_refreshes_total", platform=lease.account.platform.value.lower(), result=_result(found))
    if isinstance(found, Revoked):
        raise found
    if isinstance(found, NotOpened):
        if _is_usable(lease.known, rejected):
            return lease.known
        raise found
    return found


async def _settle(
    session: AsyncSession, lease: _Lease, answer: Credentials | ConnectorError
) -> Credentials | Revoked | NotOpened | None:
    """Write down the answer to a refresh, unless somebody else has written another pair since."""
    key = {"organization_id": lease.account.organization_id, "account_id": lease.account.id}
    account = await queries.account(session, **key, lock=True)
    if account.refresh_token != lease.known.refresh_token:
        return None
    is_mine = account.refresh_not_before == lease.until
    if isinstance(answer, Credentials):
        keeping.store_credentials(account, answer)
        await session.flush()
        return credentials(account, lease.known.app)
    if isinstance(answer, Revoked):
        if not is_mine:  # the lease ran out: another process uses the same token, and may be the one that got the new
            return None
        await actions.mark_unusable(session, **key, reason=_connect_again(account, answer))
        return answer
    later = _back_off(answer)
    if is_mine:
        account.refresh_not_before = later
        await session.flush()
    log.warning("tokens were not renewed", account=str(account.id), error=type(answer).__name__, code=answer.code)
    return NotOpened(answer.reason, retry_at=later, code=answer.code)


def _result(found: Credentials | Revoked | NotOpened | None) -> str:
    match found:
        case Credentials():
            return "renewed"
        case Revoked():
            return "revoked"
        case NotOpened():
            return "failed"
        case _:
            return "overtaken"


def _back_off(answer: ConnectorError) -> datetime:
    now = clock.now()
    asked = answer.retry_at if isinstance(answer, RateLimited) else None
    return min(max(asked or now, now + _BACK_OFF), now + _LONGEST_BACK_OFF)


def _is_usable(known: Credentials, rejected: str | None) -> bool:
    has_ended = known.expires_at is not None and known.expires_at <= clock.now()
    return known.access_token != rejected and not has_ended


def _connect_again(account: SocialAccount, error: ConnectorError) -> str:
    return f"{account.platform.label} no longer lets {account.handle} in ({error.reason}) Connect the account again."
