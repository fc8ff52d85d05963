"""Whatever network is registered: its app, the way there and back, several places, refresh, revoke, scopes."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import aiohttp
import asyncpg
import pytest

from aipromote import clock, schema, settings
from aipromote.accounts import queries as accounts
from aipromote.accounts.actor import Actor
from aipromote.accounts.states import UserRole
from aipromote.channels import apps, choices, connecting, queries, registering, tokens
from aipromote.channels.connecting import Outcome
from aipromote.channels.models import SocialAccount
from aipromote.channels.standing import State, standing
from aipromote.connectors import wire
from aipromote.connectors.protocols import Connector
from aipromote.db.database import Database
from aipromote.errors import Conflict, InvalidInput, NotAllowed, NotFound, SetupError
from aipromote.organizations.models import INTERNAL_ORGANIZATION
from aipromote.organizations.states import Role
from channels.door import through
from channels.parlour import APP_ID, APP_SECRET, KEY, House, Locker, Parlour, Village
from factories import organizations
from factories.organizations import Startup

assert schema.metadata

BACK = "http://127.0.0.1:9/channels/callback"


@dataclass
class Desk:
    database: Database
    http: aiohttp.ClientSession
    house: House
    startup: Startup
    parlour: Parlour

    async def register(self, *, client_id: str = APP_ID, secret: str = APP_SECRET) -> None:
        async with self.database.transaction(INTERNAL_ORGANIZATION) as session:
            await registering.enter(
                session, self.startup.owner, connector=self.parlour, client_id=client_id, secret=secret
            )

    async def begin(self, connector: str = "parlour", **options: object) -> dict[str, str]:
        """The query of the consent page."""
        address = await connecting.begin(
            self.database,
            self.startup.owner,
            self.http,
            organization_id=self.startup.id,
            connector=connector,
            redirect_uri=BACK,
            **options,  # type: ignore[arg-type]  # by their names
        )
        assert address.startswith(f"{self.house.url}/authorize?")
        return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}

    async def back(
        self, asked: dict[str, str], *, actor: Actor | None = None, organization: UUID | None = None
    ) -> Outcome:
        return await connecting.come_back(
            self.database,
            actor or self.startup.owner,
            self.http,
            organization_id=organization or self.startup.id,
            state=asked["state"],
            code=self.house.consent(asked),
        )

    async def connect(self, connector: str = "parlour", **options: object) -> SocialAccount:
        [account] = (await self.back(await self.begin(connector, **options))).accounts
        return account

    async def row(self, account: SocialAccount) -> SocialAccount:
        async with self.database.transaction(self.startup.id) as session:
            return await queries.account(session, organization_id=self.startup.id, account_id=account.id)

    async def refresh(self, account: SocialAccount) -> None:
        key = {"organization_id": self.startup.id, "account_id": account.id}
        known = (await self.row(account)).access_token
        await tokens.fresh_credentials(self.database, self.http, **key, rejected=known)


@pytest.fixture(autouse=True)
def _servers_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AIPROMOTE_NETWORKS_PRIVATE", "true")
    settings.get.cache_clear()
    yield
    monkeypatch.undo()
    settings.get.cache_clear()


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with House() as house, wire.open_session() as http:
        parlour = Parlour(house.url)
        networks: list[Connector] = [parlour, Village(house.url), Locker(house.url)]
        with ExitStack() as stack:
            for network in networks:
                stack.enter_context(through(network))
            startup = await organizations.organization(database)
            async with database.transaction() as session:  # who enters apps administers the instance, too
                (await accounts.user(session, user_id=startup.owner.user_id)).role = UserRole.ADMIN
            yield Desk(database, http, house, startup, parlour)


async def test_a_network_that_wants_an_app_is_not_left_for_without_one(desk: Desk) -> None:
    with pytest.raises(Conflict, match="has not registered an app with Facebook"):
        await desk.begin()


async def test_the_app_and_what_was_typed_come_back_with_the_code(desk: Desk) -> None:
    await desk.register()
    account = await desk.connect(given={"door": " back ", "unheard": "of"})
    assert (account.handle, account.client_id, account.is_active) == ("lounge", APP_ID, True)
    assert desk.parlour.hints == [{"platform": "FACEBOOK", "door": "back"}]
    assert desk.house.seen[0]["client_secret"] == APP_SECRET


async def test_an_app_in_the_settings_comes_first(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.register(client_id="entered", secret="fake-other-secret")
    monkeypatch.setenv(
        "AIPROMOTE_APPS", f'{{"parlour": {{"id": "{APP_ID}", "secret": "{APP_SECRET}"}}, "none": {{"id": "x"}}}}'
    )
    settings.get.cache_clear()
    assert (await desk.connect()).client_id == APP_ID
    assert apps.unknown_in_settings() == ["none"]
    with pytest.raises(Conflict, match="AIPROMOTE_APPS"):
        await desk.register()


@pytest.mark.parametrize(
    "wrong", ["{fake-secret", '["fake-secret"]', '{"parlour": "fake-secret"}', '{"x": {"id": ""}}']
)
def test_apps_in_the_settings_that_cannot_be_read_are_told_without_their_text(
    monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.setenv("AIPROMOTE_APPS", wrong)
    settings.get.cache_clear()
    with pytest.raises(SetupError, match="AIPROMOTE_APPS cannot be read") as told:
        apps.from_settings()
    assert "fake-secret" not in str(told.value)


async def test_refreshing_and_revoking_go_through_the_app_that_connected(desk: Desk) -> None:
    await desk.register()
    account = await desk.connect()
    desk.house.apps["new-app"] = "fake-secret-of-the-new-app"
    await desk.register(client_id="new-app", secret="fake-secret-of-the-new-app")
    await desk.refresh(account)
    assert desk.house.seen[-1]["client_id"] == APP_ID
    token = (await desk.row(account)).access_token
    gone = await connecting.disconnect(
        desk.database, desk.startup.owner, desk.http, organization_id=desk.startup.id, account_id=account.id
    )
    assert desk.house.revoked == [token]
    assert "was told" in gone.note
    again = await desk.connect()
    assert (again.id, again.client_id) == (account.id, "new-app")


async def test_a_network_that_cannot_be_told_does_not_keep_an_account_connected(desk: Desk) -> None:
    await desk.register()
    account = await desk.connect()
    desk.house.is_away = True
    gone = await connecting.disconnect(
        desk.database, desk.startup.owner, desk.http, organization_id=desk.startup.id, account_id=account.id
    )
    assert "could not be told" in gone.note
    row = await desk.row(account)
    assert (row.is_active, row.access_token, row.refresh_token) == (False, None, None)


async def test_an_answer_without_a_refresh_token_keeps_the_stored_one(desk: Desk) -> None:
    await desk.register()
    account = await desk.connect()
    desk.house.rotates = False
    before = (await desk.row(account)).refresh_token
    await desk.refresh(account)
    after = await desk.row(account)
    assert after.refresh_token == before
    assert after.access_token != account.access_token


async def test_several_places_are_kept_until_the_person_has_chosen(desk: Desk, owner: asyncpg.Connection) -> None:
    desk.house.places = ("lounge", "kitchen", "attic")
    await desk.register()
    choice_id = (await desk.back(await desk.begin())).choice_id
    assert choice_id is not None
    stored = await owner.fetchval("SELECT grants FROM connect_choices")
    assert b"fake-access" not in stored
    colleague = await organizations.member(desk.database, desk.startup, role=Role.ADMIN)
    key = {"organization_id": desk.startup.id, "choice_id": choice_id}
    with pytest.raises(NotAllowed):
        await connecting.choose(desk.database, colleague, **key, chosen=[0])
    with pytest.raises(InvalidInput, match="at least one"):
        await connecting.choose(desk.database, desk.startup.owner, **key, chosen=[7])
    connected = await connecting.choose(desk.database, desk.startup.owner, **key, chosen=[2, 0])
    assert [account.handle for account in connected] == ["lounge", "attic"]
    with pytest.raises(NotAllowed):
        await connecting.choose(desk.database, desk.startup.owner, **key, chosen=[1])
    assert await owner.fetchval("SELECT count(*) FROM connect_choices") == 0


async def test_a_choice_ends_after_ten_minutes(desk: Desk, tmp_path: Path) -> None:
    desk.house.places = ("lounge", "kitchen")
    await desk.register()
    choice_id = (await desk.back(await desk.begin())).choice_id
    assert choice_id is not None
    try:
        dial = clock.Dial.create(tmp_path / "dial", start=clock.now())
        clock.use(tmp_path / "dial")
        dial.jump(clock.after(601))
        key = {"organization_id": desk.startup.id, "choice_id": choice_id}
        with pytest.raises(NotAllowed):
            await connecting.choose(desk.database, desk.startup.owner, **key, chosen=[0])
        async with desk.database.transaction(desk.startup.id) as session:
            with pytest.raises(NotFound):
                await choices.look(session, user_id=desk.startup.owner.user_id or UUID(int=0), **key)
    finally:
        clock.use(None)


async def test_a_state_is_of_no_use_in_another_organization_nor_after_a_failure(desk: Desk) -> None:
    await desk.register()
    asked = await desk.begin()
    other = await organizations.organization(desk.database)
    for stranger, organization in ((desk.startup.owner, other.id), (other.owner, other.id), (other.owner, None)):
        with pytest.raises((NotAllowed, NotFound)):
            await desk.back(asked, actor=stranger, organization=organization)
    desk.house.is_away = True
    with pytest.raises(Exception, match="does not answer"):
        await desk.back(asked)
    desk.house.is_away = False
    with pytest.raises(NotAllowed, match="finished"):  # the state was used up by the failure
        await desk.back(asked)


@pytest.mark.parametrize("state", ["", "'; DROP TABLE oauth_flows; --", "\x00", "ä" * 400, "%00", "null"])
async def test_a_hostile_state_opens_nothing(desk: Desk, state: str) -> None:
    await desk.register()
    asked = await desk.begin()
    with pytest.raises(NotAllowed):
        await desk.back(asked | {"state": state})
    assert (await desk.back(asked)).accounts


async def test_a_server_registers_an_app_once_and_it_is_used_again(desk: Desk) -> None:
    first = await desk.connect("village", server=desk.house.url)
    desk.house.places = ("square",)
    second = await desk.connect("village", server=f"{desk.house.url}/")
    assert desk.house.registered == [BACK]
    assert first.client_id == second.client_id == "village-app-1"
    await desk.refresh(first)
    async with House() as elsewhere:
        desk.house = elsewhere
        other = await desk.connect("village", server=elsewhere.url)
        assert elsewhere.registered == [BACK]
        assert other.server == elsewhere.url
        assert APP_SECRET not in str(elsewhere.seen)


async def test_the_operators_secret_never_goes_to_a_server_that_a_form_names(desk: Desk) -> None:
    await desk.register()
    async with House() as thief:
        asked = await desk.begin(server=thief.url)  # `begin` sees that it leads to the network's own server
        assert asked["client_id"] == APP_ID
        await desk.back(asked)
        assert thief.seen == []


async def test_a_key_opens_an_account_and_is_asked_for_by_name(desk: Desk) -> None:
    who = {"organization_id": desk.startup.id, "connector": "locker"}
    with pytest.raises(InvalidInput, match="Please fill in: Blog"):
        await connecting.sign_in(desk.database, desk.startup.owner, desk.http, **who, given={"key": KEY})
    with pytest.raises(InvalidInput, match="does not know this key") as told:
        await connecting.sign_in(
            desk.database, desk.startup.owner, desk.http, **who, given={"key": "fake-wrong", "blog": "rye"}
        )
    assert "fake-wrong" not in str(told.value)
    outcome = await connecting.sign_in(
        desk.database, desk.startup.owner, desk.http, **who, given={"key": KEY, "blog": "rye"}
    )
    assert [account.account_id for account in outcome.accounts] == ["rye/lounge"]


async def test_what_was_not_granted_is_told(desk: Desk) -> None:
    desk.house.scope = "rooms.write"
    await desk.register()
    account = await desk.connect()
    async with desk.database.transaction(desk.startup.id) as session:
        told = await standing(session, organization_id=desk.startup.id, account_id=account.id)
    assert told.state is State.LIMITED
    assert told.limits == "Can publish, cannot read back: the grant lacks rooms.read."


async def test_no_secret_stands_in_a_log_line_an_audit_row_or_a_repr(
    desk: Desk, owner: asyncpg.Connection, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    await desk.register()
    account = await desk.connect()
    await connecting.sign_in(
        desk.database,
        desk.startup.owner,
        desk.http,
        organization_id=desk.startup.id,
        connector="locker",
        given={"key": KEY, "blog": "rye"},
    )
    desk.house.is_away = True
    with pytest.raises(tokens.NotOpened) as failed:
        await desk.refresh(account)
    async with desk.database.transaction(INTERNAL_ORGANIZATION) as session:
        known = await apps.all_known(session, [("parlour", desk.house.url)])
    rows = await owner.fetch("SELECT * FROM audit_log")
    written = capsys.readouterr()
    everything = f"{rows}{caplog.text}{written.out}{written.err}{failed.value!r}{known!r}{account!r}"
    assert "network_app.chosen" in everything
    assert not [secret for secret in ("fake-", KEY, APP_SECRET) if secret in everything]


async def test_only_who_administers_the_instance_enters_and_removes_apps(desk: Desk) -> None:
    other = await organizations.organization(desk.database, name="Other")
    async with desk.database.transaction(INTERNAL_ORGANIZATION) as session:
        for act in (
            lambda: registering.enter(session, other.owner, connector=desk.parlour, client_id="mine", secret="x"),
            lambda: registering.remove(session, other.owner, connector=desk.parlour, client_id=APP_ID),
        ):
            with pytest.raises(NotAllowed, match="administrator of this instance"):
                await act()


async def test_an_organization_finds_the_apps_but_cannot_change_them(desk: Desk, owner: asyncpg.Connection) -> None:
    await desk.register()
    async with desk.database.transaction(desk.startup.id) as session:
        with pytest.raises(NotFound):
            await registering.remove(session, desk.startup.owner, connector=desk.parlour, client_id=APP_ID)
        place = ("parlour", desk.house.url)
        assert [one.ending for one in (await apps.all_known(session, [place]))[place]] == ["9876"]
    assert APP_SECRET.encode() not in await owner.fetchval("SELECT client_secret FROM network_apps")
