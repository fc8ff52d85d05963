"""Refreshing tokens ahead of their end, also of accounts that publish nothing for weeks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import aiohttp
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.channels.tokens import fresh_credentials
from aipromote.connectors.errors import ConnectorError
from aipromote.db.database import Database

log: structlog.stdlib.BoundLogger = structlog.get_logger()

Key = tuple[UUID, UUID]
"""(organization, account)."""

SOON = timedelta(minutes=30)
"""Tokens that end within this are refreshed: most live an hour or two."""
LONG_LIVED = timedelta(days=1)
LONG_AHEAD = timedelta(days=3)
"""Tokens that still last for a day, so that they were given for longer, are refreshed this long before their end: a
network that is away for a weekend must not cost the account. No network gives tokens for more than one day and less
than three, so a fresh one is never refreshed at once."""

_AT_ONCE = 8
_MOST = 10_000

_EXPIRING = text("SELECT organization_id, id FROM doors.expiring_accounts(:now, :until, :most)")


async def refresh_expiring(database: Database, http: aiohttp.ClientSession) -> int:
    """Refresh what ends soon, also what has ended. Returns how many were due. One that fails holds up no other.

    Any number of workers may do this at the same time: each account is refreshed by one of them.
    """
    async with database.transaction() as session:
        soon = await _ending_within(session, SOON)
        within_a_day = await _ending_within(session, LONG_LIVED)
        long_lived = [key for key in await _ending_within(session, LONG_AHEAD) if key not in set(within_a_day)]
    gate = asyncio.Semaphore(_AT_ONCE)

    async def refresh(key: Key, ahead: timedelta) -> None:
        async with gate:
            await _refresh(database, http, key, ahead=ahead)

    work = [refresh(key, SOON) for key in soon] + [refresh(key, LONG_AHEAD) for key in long_lived]
    await asyncio.gather(*work)
    return len(work)


async def _ending_within(session: AsyncSession, span: timedelta) -> Sequence[Key]:
    now = clock.now()
    rows = await session.execute(_EXPIRING, {"now": now, "until": now + span, "most": _MOST})
    return [(row.organization_id, row.id) for row in rows]


async def _refresh(database: Database, http: aiohttp.ClientSession, key: Key, *, ahead: timedelta) -> None:
    try:
        await fresh_credentials(database, http, organization_id=key[0], account_id=key[1], ahead=ahead)
    except ConnectorError as error:
        log.info("tokens that end soon were not refreshed", account=str(key[1]), error=type(error).__name__)
    except Exception:
        log.exception("tokens that end soon could not be refreshed", account=str(key[1]))
