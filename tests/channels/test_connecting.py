"""Accounts are connected by OAuth with PKCE; the way back is bound to who began it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import asyncpg
import pytest
from sqlalchemy import select

from aipromote import clock, schema
from aipromote.accounts.actor import SYSTEM, Actor
from aipromote.channels import actions, connecting, queries
from aipromote.channels.models import OAuthFlow, SocialAccount
from aipromote.connectors import wire
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from aipromote.errors import InvalidInput, LimitReached, NotAllowed, NotFound, Unavailable
from aipromote.organizations.states import Role
from factories import channels, organizations
from factories.organizations import Startup
from sandbox.network import Network

assert schema.metadata


@dataclass
class Desk:
    database: Database
    network: Network
    http: aiohttp.ClientSession
    startup: Startup

    async def start(self, actor: Actor | None = None, *, server: str = "") -> str:
        async with self.database.transaction(self.startup.id) as session:
            return await actions.start_connect(
                session,
                actor or self.startup.owner,
                organization_id=self.startup.id,
                platform=Platform.TWITTER,
                connector="sandbox",
                server=server or self.network.url,
                redirect_uri=channels.BACK,
                hint={"handle": "kornblume"},
            )

    async def finish(self, actor: Actor | None = None, **answer: str) -> SocialAccount:
        outcome = await connecting.come_back(
            self.database, actor or self.startup.owner, self.http, organization_id=self.startup.id, **answer
        )
        [connected] = outcome.accounts
        return connected

    async def connect(self, **options: str) -> SocialAccount:
        return await channels.account(
            self.database, self.http, self.startup, server=self.network.url, platform=Platform.TWITTER, **options
        )


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with Network(tmp_path / "sandbox.db") as network, wire.open_session() as http:
        yield Desk(database, network, http, await organizations.organization(database))


async def test_connecting_keeps_an_account_that_can_be_opened(desk: Desk) -> None:
    account = await desk.connect()
    assert (account.platform, account.connector, account.handle) == (Platform.TWITTER, "sandbox", "kornblume")
    assert account.is_active
    assert account.access_token
    assert account.refresh_token
    assert account.followers is not None
    assert account.expires_at is not None


async def test_the_way_out_carries_a_challenge_and_no_secret(desk: Desk) -> None:
    query = parse_qs(urlsplit(await desk.start()).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["platform"] == ["TWITTER"]
    async with desk.database.transaction(desk.startup.id) as session:
        [flow] = await session.scalars(select(OAuthFlow))
    assert flow.code_verifier is not None
    assert flow.code_verifier not in str(query)
    assert query["state"][0].encode() not in flow.state_hash


async def test_tokens_are_sealed_in_the_table(desk: Desk, owner: asyncpg.Connection) -> None:
    account = await desk.connect()
    stored = await owner.fetchrow("SELECT access_token, refresh_token FROM social_accounts")
    assert account.access_token is not None
    assert account.access_token.encode() not in stored["access_token"]


async def test_a_state_is_good_once(desk: Desk) -> None:
    answer = await channels.consent(desk.http, await desk.start(), handle="kornblume")
    await desk.finish(**answer)
    with pytest.raises(NotAllowed):
        await desk.finish(**answer)


async def test_a_state_is_good_only_for_who_began(desk: Desk) -> None:
    colleague = await organizations.member(desk.database, desk.startup, role=Role.ADMIN)
    answer = await channels.consent(desk.http, await desk.start(), handle="kornblume")
    with pytest.raises(NotAllowed):
        await desk.finish(colleague, **answer)
    with pytest.raises(NotAllowed):
        await desk.finish(state="guessed", code=answer["code"])


async def test_a_state_ends_after_ten_minutes(desk: Desk, tmp_path: Path) -> None:
    answer = await channels.consent(desk.http, await desk.start(), handle="kornblume")
    try:
        dial = clock.Dial.create(tmp_path / "dial", start=clock.now())
        clock.use(tmp_path / "dial")
        dial.jump(clock.after(601))
        with pytest.raises(NotAllowed):
            await desk.finish(**answer)
    finally:
        clock.use(None)


async def test_a_wrong_code_is_told_in_words(desk: Desk) -> None:
    answer = await channels.consent(desk.http, await desk.start(), handle="kornblume")
    with pytest.raises(InvalidInput, match="did not accept"):
        await desk.finish(state=answer["state"], code="wrong")


async def test_a_network_that_is_away_is_told_in_words(desk: Desk) -> None:
    answer = await channels.consent(desk.http, await desk.start(), handle="kornblume")
    await desk.network._server.close()
    with pytest.raises(Unavailable, match="does not answer"):
        await desk.finish(**answer)


async def test_only_administrators_connect_accounts(desk: Desk) -> None:
    editor = await organizations.member(desk.database, desk.startup, role=Role.EDITOR)
    for stranger in (editor, SYSTEM):
        with pytest.raises(NotAllowed):
            await desk.start(stranger)
    with pytest.raises(NotFound):
        await desk.start((await organizations.organization(desk.database)).owner)


@pytest.mark.parametrize("server", ["file:///etc/passwd", "ftp://example.org", "http://", "https://me@example.org"])
async def test_a_server_is_an_address_on_the_web(desk: Desk, server: str) -> None:
    with pytest.raises(InvalidInput, match="address of the server"):
        await desk.start(server=server)


async def test_disconnecting_forgets_the_tokens_and_reconnecting_takes_the_same_row(desk: Desk) -> None:
    account = await desk.connect()
    key = {"organization_id": desk.startup.id, "account_id": account.id}
    async with desk.database.transaction(desk.startup.id) as session:
        gone = await actions.disconnect(session, desk.startup.owner, **key)
        assert (gone.is_active, gone.access_token, gone.refresh_token) == (False, None, None)
        assert list(await queries.accounts(session, organization_id=desk.startup.id)) == []
    again = await desk.connect()
    assert again.id == account.id
    assert again.is_active
    async with desk.database.transaction(desk.startup.id) as session:
        assert len(await queries.accounts(session, organization_id=desk.startup.id)) == 1


async def test_the_same_account_can_stand_for_two_organizations(desk: Desk) -> None:
    first = await desk.connect()
    other = await organizations.organization(desk.database)
    second = await channels.account(desk.database, desk.http, other, server=desk.network.url, platform=Platform.TWITTER)
    assert first.account_id == second.account_id
    assert first.organization_id != second.organization_id


async def test_a_plan_has_its_platforms(desk: Desk) -> None:
    free = await organizations.organization(desk.database, plan="free")
    await channels.account(desk.database, desk.http, free, server=desk.network.url, platform=Platform.TWITTER)
    with pytest.raises(LimitReached, match="LinkedIn, X"):
        await channels.account(desk.database, desk.http, free, server=desk.network.url, platform=Platform.THREADS)
