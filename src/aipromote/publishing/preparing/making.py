"""Preparing one post: take it, call the network with no connection held, write down how far it came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.channels import actions as channels
from aipromote.channels import tokens
from aipromote.connectors import registry
from aipromote.connectors.contract import Credentials, Prepared
from aipromote.connectors.errors import ConnectorError, PermissionMissing, Revoked, Unauthorized, Unreachable
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.publishing import checks, media
from aipromote.publishing.changes import Key
from aipromote.publishing.checks import Refusal
from aipromote.publishing.claims import Claim, with_facts
from aipromote.publishing.consent import withdrawn
from aipromote.publishing.findings import blocked_by_findings
from aipromote.publishing.preparing import storing
from aipromote.publishing.preparing.jobs import AHEAD
from aipromote.publishing.preparing.queries import LASTS, is_needed, made_of

log: structlog.stdlib.BoundLogger = structlog.get_logger()

LEASE = timedelta(seconds=60)
_BEAT_SECONDS = 15.0
_CALL_SECONDS = 1100.0
_NOT_YET = timedelta(minutes=1)
"""How long a post that must not go out as it is, is left alone."""

# As a claim returns them, of a post that waits and that nobody holds.
_POST = text("""
    SELECT p.organization_id, p.id, p.content_piece_id, p.revision, p.social_account_id, p.scheduled_at,
           p.attempt_count, p.max_attempts, p.idempotency_key, '' AS claimed_by, p.scheduled_at AS claimed_until,
           CAST(NULL AS timestamptz) AS closed_until, CAST(NULL AS text) AS closed_reason, p.scheduled_at AS late_at,
           o.owner_id
      FROM scheduled_posts p
      JOIN organizations o ON o.id = p.organization_id
     WHERE p.organization_id = :organization AND p.id = :post AND p.status IN ('SCHEDULED', 'RETRYING')
       AND coalesce(p.next_attempt_at, p.scheduled_at) <= :until
       AND NOT EXISTS (SELECT FROM publishing_holds h
                        WHERE h.organization_id = p.organization_id AND h.released_at IS NULL)
""")


@dataclass(slots=True)
class _Taken:
    """A post in this worker's hands, with what was prepared for it before."""

    claim: Claim
    row: storing.Row
    handle: str | None


async def make(database: Database, http: aiohttp.ClientSession, key: Key) -> bool:
    """Go one step: upload, or ask whether it is done. False: nothing was to be done, or somebody else does it."""
    organization_id, _ = key
    async with database.transaction(organization_id) as session:
        taken = await _take(session, key)
    if taken is None:
        return False
    async with _held(database, taken.row):
        answer = await _call(database, http, taken)
    async with database.transaction(organization_id) as session:
        await storing.store(session, taken.row, answer, network=_network(taken.claim))
        if isinstance(answer, Unauthorized | Revoked | PermissionMissing):
            account = {"organization_id": organization_id, "account_id": taken.claim.account_id}
            await channels.mark_unusable(session, **account, reason=answer.reason)
    return True


async def _take(session: AsyncSession, key: Key) -> _Taken | None:
    """The post, leased to this worker; None where nothing is to be called."""
    now = clock.now()
    values = {"organization": key[0], "post": key[1], "until": now + AHEAD}
    rows = (await session.execute(_POST, values)).all()
    if not rows:
        return None
    [claim] = await with_facts(session, rows)
    if why := await _why_not(session, claim):
        await storing.put_off(session, claim.key, until=now + _NOT_YET, kind=why.kind, words=why.reason)
        return None
    if not is_needed(claim):
        await storing.nothing_to_do(session, claim.key)
        return None
    row = storing.Row(*key, new_id(), made_of(claim), claim.position)
    is_mine, handle = await storing.lease(session, row, until=now + LEASE, oldest=now - LASTS)
    return _Taken(claim, row, handle) if is_mine else None


async def _why_not(session: AsyncSession, claim: Claim) -> Refusal | None:
    """What nobody approved, or may not go out, does not leave the house either."""
    if claim.is_complete:
        return Refusal("complete", "All its parts are out.")
    if why := next(checks.refusals(claim, at=claim.scheduled_at), None):
        return why
    refused = await withdrawn(session, [claim]) or await blocked_by_findings(session, [claim])
    refused = refused or await media.attach(session, [claim]) or checks.of_files([claim])
    return refused.get(claim.key)


async def _call(database: Database, http: aiohttp.ClientSession, taken: _Taken) -> Prepared | ConnectorError:
    """The network's answer, with tokens renewed once where it refuses them."""
    claim = taken.claim
    try:
        async with asyncio.timeout(_CALL_SECONDS):
            known = await _credentials(database, http, claim)
            try:
                return await _prepare(http, taken, known)
            except Unauthorized:
                known = await _credentials(database, http, claim, rejected=known.access_token)
                return await _prepare(http, taken, known)
    except ConnectorError as error:
        return error
    except TimeoutError:
        return Unreachable("The upload took too long.")
    except Exception as error:
        log.exception("a post could not be prepared", post=str(claim.post_id))
        return Unreachable(f"The upload ended in a way that was not foreseen ({type(error).__name__}).")


async def _credentials(
    database: Database, http: aiohttp.ClientSession, claim: Claim, *, rejected: str | None = None
) -> Credentials:
    return await tokens.fresh_credentials(
        database, http, organization_id=claim.organization_id, account_id=claim.account_id, rejected=rejected
    )


async def _prepare(http: aiohttp.ClientSession, taken: _Taken, known: Credentials) -> Prepared:
    assert taken.claim.account is not None
    connector = registry.get(taken.claim.account.connector)
    return await connector.prepare(http, known, taken.claim.part(), taken.handle)


@asynccontextmanager
async def _held(database: Database, row: storing.Row) -> AsyncIterator[None]:
    """Lengthen the lease while the call lasts. A worker that dies leaves one that ends within a minute."""
    beating = asyncio.create_task(_beat(database, row))
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating


async def _beat(database: Database, row: storing.Row) -> None:
    while True:
        await asyncio.sleep(_BEAT_SECONDS)
        try:
            async with database.transaction(row.organization_id) as session:
                await storing.lengthen(session, row, until=clock.now() + LEASE)
        except Exception as error:  # noqa: BLE001 -- the database may be away for a moment; the next beat tries again
            log.warning("a lease was not lengthened", error=type(error).__name__)


def _network(claim: Claim) -> str:
    assert claim.account is not None
    return claim.account.platform.label
