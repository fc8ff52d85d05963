"""Tokens are refreshed ahead of their end, by one process at a time, and a passing trouble disconnects nobody."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from sqlalchemy import text

from aipromote import clock
from aipromote.channels import keeping, queries, tokens
from aipromote.connectors.contract import Credentials
from aipromote.connectors.errors import Revoked
from aipromote.db.database import Database
from aipromote.jobs import tally
from channels.door import Counted, Door, Gated, through


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


async def test_a_network_that_is_away_disconnects_nobody_and_is_left_alone_for_a_while(door: Door) -> None:
    await door.ends_at(60)
    with through(Counted()) as network:
        await door.reach_through(network)
        await door.network._server.close()
        assert (await door.open()).access_token == door.account.access_token
        await door.ends_at(-60)
        with pytest.raises(tokens.NotOpened) as refused:
            await door.open()
        assert network.calls == 1
    row = await door.row()
    assert row.is_active
    assert row.refresh_not_before == refused.value.retry_at > clock.after(50)


async def test_no_connection_is_held_while_the_network_is_called(door: Door, owner_url: str) -> None:
    del owner_url
    narrow = Database.from_settings("narrow", pool_size=1)
    key = {"organization_id": door.account.organization_id, "account_id": door.account.id}
    with through(Gated()) as network:
        await door.reach_through(network)
        opening = asyncio.create_task(
            tokens.fresh_credentials(narrow, door.http, **key, rejected=door.account.access_token)
        )
        await network.called.wait()
        async with asyncio.timeout(5), narrow.transaction() as session:  # the only connection there is
            await session.execute(text("SELECT 1"))
        network.gate.set()
        assert (await opening).access_token != door.account.access_token
    await narrow.close()


async def test_those_who_come_while_one_refreshes_wait_for_the_new_pair(door: Door) -> None:
    rejected = door.account.access_token
    with through(Gated()) as network:
        await door.reach_through(network)
        first = asyncio.create_task(door.open(rejected=rejected))
        await network.called.wait()
        others = [asyncio.create_task(door.open(rejected=rejected)) for _ in range(3)]
        await asyncio.sleep(0.3)
        assert not any(other.done() for other in others)
        network.gate.set()
        opened = {credentials.access_token for credentials in await asyncio.gather(first, *others)}
    assert opened == {(await door.row()).access_token}
    assert network.calls == 1


async def test_tokens_that_are_still_good_are_used_while_another_refreshes_them(door: Door) -> None:
    await door.ends_at(60)
    with through(Gated()) as network:
        await door.reach_through(network)
        first = asyncio.create_task(door.open())
        await network.called.wait()
        assert (await door.open()).access_token == door.account.access_token
        network.gate.set()
        assert (await first).access_token != door.account.access_token


async def test_the_lease_of_a_process_that_died_ends(door: Door) -> None:
    await door.set(refresh_not_before=clock.after(0.5))
    opened = await door.open(rejected=door.account.access_token)
    assert opened.access_token == (await door.row()).access_token != door.account.access_token
    assert (await door.row()).refresh_not_before is None


async def test_an_account_that_was_connected_anew_meanwhile_keeps_its_new_tokens(door: Door) -> None:
    with through(Gated()) as network:
        await door.reach_through(network)
        opening = asyncio.create_task(door.open(rejected=door.account.access_token))
        await network.called.wait()
        async with door.database.transaction(door.account.organization_id) as session:
            key = {"organization_id": door.account.organization_id, "account_id": door.account.id}
            row = await queries.account(session, **key, lock=True)
            row.access_token, row.refresh_token = "anew", "anew too"
        network.gate.set()
        assert (await opening).access_token == "anew"
    assert (await door.row()).refresh_token == "anew too"


async def test_a_consent_is_only_taken_for_ended_by_who_still_holds_the_lease(door: Door) -> None:
    """The lease ran out while the network was slow, and another process used the same token before."""
    with through(Gated()) as network:
        await door.reach_through(network)
        slow = asyncio.create_task(door.open(rejected=door.account.access_token))
        await network.called.wait()
        await door.set(refresh_not_before=clock.after(1))  # another one's lease
        await door.network.fault("revoke_tokens")
        network.gate.set()
        await asyncio.sleep(0.3)
        assert (await door.row()).is_active
        with pytest.raises(Revoked):  # once that lease has ended, it is its own again
            await slow
    assert not (await door.row()).is_active
    assert network.calls == 2


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
    keeping.store_credentials(row, Credentials(server=row.server, access_token="new", refresh_token=None))
    assert row.access_token == "new"
    assert row.refresh_token == kept


async def test_what_became_of_refreshes_is_counted(door: Door) -> None:
    before = {result: _counted(result) for result in ("renewed", "failed", "revoked")}
    await door.open(rejected=door.account.access_token)
    await door.network.fault("revoke_tokens")
    with pytest.raises(Revoked):
        await door.open(rejected=(await door.row()).access_token)
    assert {result: _counted(result) - was for result, was in before.items()} == {
        "renewed": 1,
        "failed": 0,
        "revoked": 1,
    }


def _counted(result: str) -> float:
    series = ("token_refreshes_total", (("platform", "sandbox"), ("result", result)))
    return sum(amount for (one, _), amount in tally._counted.items() if one == series)


async def test_a_new_pair_is_kept_when_the_database_goes_away_before_it_is_stored(
    door: Door, owner: asyncpg.Connection
) -> None:
    """The network has spent the old refresh token by then: without the new one a person would have to come."""
    with through(Gated()) as network:
        await door.reach_through(network)
        opening = asyncio.create_task(door.open(rejected=door.account.access_token))
        await network.called.wait()
        await owner.execute(f"ALTER ROLE {await _login(owner)} CONNECTION LIMIT 0")
        try:
            await owner.fetch(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'tests' AND datname = current_database()"
            )
            network.gate.set()
            await asyncio.sleep(0.5)
            assert not opening.done()
        finally:
            await owner.execute(f"ALTER ROLE {await _login(owner)} CONNECTION LIMIT -1")
        opened = await opening
    stored = await door.row()
    assert stored.is_active
    assert opened.access_token == stored.access_token != door.account.access_token


async def _login(owner: asyncpg.Connection) -> str:
    """The role that the application logs in as."""
    return await owner.fetchval("SELECT current_database() || '_login'")
