"""Asking networks ahead of time whether they still let accounts in, each account by one process in some minutes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import aiohttp
import structlog
from sqlalchemy import select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.channels.models import AccountLook, SocialAccount
from aipromote.channels.states import LookAnswer
from aipromote.channels.tokens import fresh_credentials
from aipromote.connectors import registry
from aipromote.connectors.contract import Credentials
from aipromote.connectors.errors import ConnectorError, PermissionMissing, Revoked, Unauthorized
from aipromote.db.base import new_id
from aipromote.db.database import Database

log: structlog.stdlib.BoundLogger = structlog.get_logger()

Key = tuple[UUID, UUID]
"""(organization, account)."""
Answer = tuple[LookAnswer, str | None]
"""What a network said, and in which words."""

ASK_EVERY = timedelta(minutes=5)
"""Not more often, however many posts and workers there are: what is asked for nothing uses the account's quota up."""
ASK_NOW_EVERY = timedelta(seconds=15)
"""The same for a person who wants to know now."""
_PROFILE_SECONDS = 10.0
_AT_ONCE = 20
_BEGIN_SECONDS = 45.0
"""No account is begun with later than this; it is asked about next time. One that is being refreshed is not broken off:
the new tokens would be lost."""

# Whoever writes the row asks. An account that was changed since (connected again, its tokens refreshed) is asked anew.
_TAKE = text("""
    INSERT INTO account_looks (organization_id, id, social_account_id, asked_at, answer)
    SELECT a.organization_id, k.look, a.id, :now, 'UNASKED'
      FROM unnest(CAST(:organizations AS uuid[]), CAST(:accounts AS uuid[]), CAST(:looks AS uuid[]))
           AS k (organization_id, id, look)
      JOIN social_accounts a ON a.organization_id = k.organization_id AND a.id = k.id
     WHERE a.is_active AND a.access_token IS NOT NULL
     ORDER BY a.organization_id, a.id
    ON CONFLICT (organization_id, social_account_id) DO UPDATE SET asked_at = excluded.asked_at
     WHERE account_looks.asked_at <= :before
        OR account_looks.updated_at < (SELECT s.updated_at FROM social_accounts s
                                        WHERE s.organization_id = account_looks.organization_id
                                          AND s.id = account_looks.social_account_id)
    RETURNING organization_id, social_account_id
""")

_KEEP = text("""
    UPDATE account_looks l SET answer = CAST(k.answer AS look_answer), reason = k.reason
      FROM unnest(CAST(:organizations AS uuid[]), CAST(:accounts AS uuid[]), CAST(:answers AS text[]),
                  CAST(:reasons AS text[])) AS k (organization_id, id, answer, reason)
     WHERE l.organization_id = k.organization_id AND l.social_account_id = k.id
""")


async def looks(session: AsyncSession, keys: Iterable[Key]) -> dict[Key, AccountLook]:
    """What networks said last, by account; accounts that nobody has asked about are missing."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    mine = tuple_(AccountLook.organization_id, AccountLook.social_account_id).in_(wanted)
    found = await session.scalars(select(AccountLook).where(mine))
    return {(one.organization_id, one.social_account_id): one for one in found}


async def ask(
    database: Database, http: aiohttp.ClientSession, keys: Iterable[Key], *, every: timedelta = ASK_EVERY
) -> None:
    """Ask about those of the accounts that are connected and were not asked about a moment ago; keep the answers."""
    wanted = sorted(set(keys))
    organizations = sorted({organization for organization, _ in wanted})
    async with database.transaction(*organizations) as session:
        taken = await _take(session, wanted, every)
    gate, begun = asyncio.Semaphore(_AT_ONCE), time.monotonic()

    async def one(account: SocialAccount) -> tuple[SocialAccount, Answer] | None:
        async with gate:
            in_time = time.monotonic() - begun < _BEGIN_SECONDS
            return (account, await _ask(database, http, account)) if in_time else None

    answers = [one for one in await asyncio.gather(*(one(account) for account in taken)) if one is not None]
    if answers:
        async with database.transaction(*organizations) as session:
            await session.execute(_KEEP, _columns(answers))


async def _take(session: AsyncSession, wanted: Sequence[Key], every: timedelta) -> list[SocialAccount]:
    now = clock.now()
    columns = {
        "organizations": [organization for organization, _ in wanted],
        "accounts": [account for _, account in wanted],
        "looks": [new_id() for _ in wanted],
    }
    rows = await session.execute(_TAKE, {**columns, "now": now, "before": now - every})
    taken = sorted((row.organization_id, row.social_account_id) for row in rows)
    if not taken:
        return []
    mine = tuple_(SocialAccount.organization_id, SocialAccount.id).in_(taken)
    return list(await session.scalars(select(SocialAccount).where(mine)))


async def _ask(database: Database, http: aiohttp.ClientSession, account: SocialAccount) -> Answer:
    """What the network says, whatever goes wrong on the way."""
    try:
        return await _answer(database, http, account)
    except TimeoutError:
        return LookAnswer.SILENT, f"{account.platform.label} did not answer in time."
    except Exception as error:
        log.exception("an account could not be asked about", account=str(account.id))
        return LookAnswer.SILENT, f"{account.platform.label} could not be asked ({type(error).__name__})."


async def _answer(database: Database, http: aiohttp.ClientSession, account: SocialAccount) -> Answer:
    renewed = partial(fresh_credentials, database, http, organization_id=account.organization_id, account_id=account.id)
    answer = LookAnswer.NOT_RENEWED  # what a passing trouble means until there are tokens that may be used
    try:
        known = await renewed()
        answer = LookAnswer.SILENT
        try:
            await _knock(http, account, known)
        except Unauthorized:
            answer = LookAnswer.NOT_RENEWED
            known = await renewed(rejected=known.access_token)
            answer = LookAnswer.SILENT
            await _knock(http, account, known)
    except (Revoked, Unauthorized) as error:
        return LookAnswer.CLOSED, _shortened(error)
    except PermissionMissing as error:
        return LookAnswer.FORBIDDEN, _shortened(error)
    except ConnectorError as error:
        return answer, _shortened(error)
    return LookAnswer.OPEN, None


async def _knock(http: aiohttp.ClientSession, account: SocialAccount, known: Credentials) -> None:
    """The cheapest question there is, for whose answer a network has to let us in."""
    async with asyncio.timeout(_PROFILE_SECONDS):
        await registry.get(account.connector).profile(http, known)


def _columns(answers: Sequence[tuple[SocialAccount, Answer]]) -> dict[str, list[Any]]:
    return {
        "organizations": [account.organization_id for account, _ in answers],
        "accounts": [account.id for account, _ in answers],
        "answers": [answer.value for _, (answer, _) in answers],
        "reasons": [reason for _, (_, reason) in answers],
    }


def _shortened(error: ConnectorError) -> str:
    """As it is stored: what comes from a network may be of any length and hold anything."""
    return error.reason.replace("\x00", "").encode("utf-8", "replace").decode()[:2000] or "It gave no reason."
