"""Tokens are refreshed ahead of their end, by one process at a time, and a passing trouble disconnects nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest
from sqlalchemy import update

from aipromote import clock, schema
from aipromote.channels import actions, queries, tokens
from aipromote.channels.models import SocialAccount
from aipromote.connectors import wire
from aipromote.connectors.contract import Credentials, Revoked, Unreachable
from aipromote.db.database import Database
from aipromote.sandbox.store import STORE
from factories import channels, organizations
from factories.organizations import Startup
from sandbox.network import Network

assert schema.metadata


@dataclass
class Door:
    database: Database
    network: Network
    http: aiohttp.ClientSession
    startup: Startup
    account: SocialAccount

    async def open(self, **options: Any) -> Credentials:
        key = {"organization_id": self.account.organization_id, "account_id": self.account.id}
        return await tokens.fresh_credentials(self.database, self.http, **key, **options)

    async def row(self) -> SocialAccount:
        async with self.database.transaction(self.account.organization_id) as session:
            key = {"organization_id": self.account.organization_id, "account_id": self.account.id}
            return await queries.account(session, **key)

    async def ends_at(self, seconds: float) -> None:
        async with self.database.transaction(self.account.organization_id) as session:
            await session.execute(update(SocialAccount).values(expires_at=clock.after(seconds)))

    def refreshes(self) -> int:
        """How often the network gave out a refresh token, the consent's own included."""
        row = self.network._server.app[STORE].one("SELECT count(*) AS n FROM tokens WHERE kind = 'refresh'")
        return row["n"]


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> AsyncIterator[Door]:
    async with Network(tmp_path / "sandbox.db") as network, wire.open_session() as http:
        startup = await organizations.organization(database)
        account = await channels.account(database, http, startup, server=network.url)
        yield Door(database, network, http, startup, account)


async def test_tokens_that_are_good_are_used_as_they_are(door: Door) -> None:
    assert (await door.open()).access_token == door.account.access_token
    assert door.refreshes() == 1


async def test_tokens_are_refreshed_before_they_end_and_the_new_pair_is_stored(door: Door) -> None:
    await door.ends_at(60)
    opened = await door.open()
    stored = await door.row()
    assert opened.access_token == stored.access_token != door.account.access_token
    assert stored.refresh_token != door.account.refresh_token


async def test_many_at_once_refresh_once(door: Door) -> None:
    rejected = door.account.access_token
    opened = await asyncio.gather(*(door.open(rejected=rejected) for _ in range(5)))
    assert len({credentials.access_token for credentials in opened}) == 1
    assert door.refreshes() == 2


async def test_a_network_that_is_away_disconnects_nobody(door: Door) -> None:
    await door.ends_at(60)
    await door.network._server.close()
    assert (await door.open()).access_token == door.account.access_token
    await door.ends_at(-60)
    with pytest.raises(Unreachable):
        await door.open()
    assert (await door.row()).is_active


async def test_a_revoked_account_has_to_be_connected_again(door: Door) -> None:
    await door.network.fault("revoke_tokens")
    with pytest.raises(Revoked):
        await door.open(rejected=door.account.access_token)
    after = await door.row()
    assert not after.is_active
    assert "Connect the account again" in (after.error_message or "")
    with pytest.raises(Revoked):
        await door.open()


async def test_an_empty_refresh_token_does_not_overwrite_the_stored_one(door: Door) -> None:
    row = await door.row()
    kept = row.refresh_token
    actions.store_credentials(row, Credentials(server=row.server, access_token="new", refresh_token=None))
    assert row.access_token == "new"
    assert row.refresh_token == kept


async def _lose_the_database_while_tokens_are_given(door: Door, owner: asyncpg.Connection) -> asyncio.Task[Credentials]:
    """The connection that holds the account's lock is gone when the network's answer comes."""
    await door.ends_at(60)
    await door.network.fault("slow", target="token", seconds=0.5)
    opening = asyncio.create_task(door.open())
    async with asyncio.timeout(30):
        while door.refreshes() < 2:  # noqa: ASYNC110 -- what the network does, it does not tell
            await asyncio.sleep(0.01)
    ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE state = 'idle in transaction'"
    assert await owner.fetchval(f"{ended} AND application_name = 'tests' AND datname = current_database()") == 1
    return opening


async def test_a_new_pair_is_kept_when_the_database_goes_away_before_it_is_stored(
    door: Door, owner: asyncpg.Connection
) -> None:
    """The network has spent the old refresh token by then: without the new one a person would have to come."""
    opening = await _lose_the_database_while_tokens_are_given(door, owner)
    opened = await opening
    stored = await door.row()
    assert stored.is_active
    assert opened.access_token == stored.access_token != door.account.access_token
    await door.open(rejected=opened.access_token)
    assert door.refreshes() == 3


async def test_a_pair_that_is_stored_late_overwrites_no_newer_one(door: Door, owner: asyncpg.Connection) -> None:
    opening = await _lose_the_database_while_tokens_are_given(door, owner)
    again = await channels.account(door.database, door.http, door.startup, server=door.network.url)
    await opening
    assert (await door.row()).access_token == again.access_token
