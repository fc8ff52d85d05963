"""A person connects accounts on the page; an administrator of the instance registers the apps."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
import seeds
from operators import administrator as make_administrator
from site_client import Browser, Seen

from aipromote import settings
from aipromote.connectors.protocols import Connector
from aipromote.db.database import Database
from channels.door import through
from channels.parlour import APP_ID, APP_SECRET, KEY, House, Locker, Parlour, Village


@pytest.fixture(autouse=True)
def _servers_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AIPROMOTE_NETWORKS_PRIVATE", "true")
    settings.get.cache_clear()
    yield
    monkeypatch.undo()
    settings.get.cache_clear()


@pytest.fixture
async def seeded(browser: Browser, database: Database) -> seeds.Seeded:
    """A founder, signed in."""
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    return made


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with House() as running:
        networks: list[Connector] = [Parlour(running.url), Village(running.url), Locker(running.url)]
        with ExitStack() as stack:
            for network in networks:
                stack.enter_context(through(network))
            yield running


@pytest.fixture
async def root(second_browser: Browser, database: Database) -> Browser:
    """The administrator of the instance, at another machine."""
    return await make_administrator(second_browser, database)


async def _register(root: Browser) -> Seen:
    await root.open("/operations/apps")
    return await root.send("/operations/apps/parlour", {"client_id": APP_ID, "client_secret": APP_SECRET})


async def _leave(browser: Browser, connector: str, **fields: str) -> dict[str, str]:
    """Press the button; what the network's consent page is asked with."""
    await browser.open("/channels")
    seen = await browser.send(f"/channels/connect/{connector}", fields)
    assert seen.status == 200, seen.words
    [address] = re.findall(r'content="0; url=([^"]+)"', seen.text)
    return {name: values[0] for name, values in parse_qs(urlsplit(html.unescape(address)).query).items()}


async def _return(browser: Browser, house: House, asked: dict[str, str]) -> Seen:
    return await browser.open(f"/channels/callback?state={asked['state']}&code={house.consent(asked)}")


async def test_without_an_app_the_button_is_dead_and_says_why(
    browser: Browser, seeded: seeds.Seeded, house: House
) -> None:
    seen = await browser.open("/channels")
    assert "The operator of this instance has to register an app with Facebook once" in seen.words
    assert "docs/connectors/parlour.md" in seen.text
    refused = await browser.send("/channels/connect/parlour")
    assert refused.status == 409
    assert "has not registered an app" in refused.words


async def test_an_administrator_registers_an_app_and_a_founder_connects_through_it(
    browser: Browser, root: Browser, seeded: seeds.Seeded, house: House
) -> None:
    kept = await _register(root)
    assert "The app of Facebook is kept" in kept.words
    assert "secret …9876" in kept.words
    assert APP_SECRET not in kept.text
    seen = await _return(browser, house, await _leave(browser, "parlour"))
    assert "Facebook: lounge is connected." in seen.words
    house.scope = "rooms.write"
    seen = await _return(browser, house, await _leave(browser, "parlour"))
    assert "Can publish, cannot read back: the grant lacks rooms.read." in seen.words
    assert seen.text.count("lounge") == 2  # in the notice and in the list: the same row


async def test_of_several_places_the_person_ticks_some(
    browser: Browser, root: Browser, seeded: seeds.Seeded, house: House
) -> None:
    await _register(root)
    house.places = ("lounge", "<b>kitchen</b>", "attic")
    seen = await _return(browser, house, await _leave(browser, "parlour"))
    assert "opened 3 places" in seen.words
    assert "<b>kitchen" not in seen.text
    path = urlsplit(seen.url).path
    assert "at least one" in (await browser.send(path)).words
    assert "lounge" not in (await root.open(path)).text
    seen = await browser.send(path, [("csrf", browser.token), ("chosen", "0"), ("chosen", "2")])
    assert "lounge, attic are connected." in seen.words
    assert (await browser.open(path)).status == 404


async def test_a_server_that_registers_by_itself_needs_no_operator(
    browser: Browser, seeded: seeds.Seeded, house: House
) -> None:
    asked = await _leave(browser, "village", server=house.url)
    assert "Mastodon: lounge is connected." in (await _return(browser, house, asked)).words


async def test_a_key_that_does_not_fit_is_not_shown_again(browser: Browser, seeded: seeds.Seeded, house: House) -> None:
    await browser.open("/channels")
    fields = {"ask-key": "fake-wrong-key", "ask-blog": "rye"}
    refused = await browser.send("/channels/connect/locker", fields)
    assert refused.status == 422
    assert "does not know this key" in refused.words
    assert "fake-wrong-key" not in refused.text
    assert 'value="rye"' in refused.text
    seen = await browser.send("/channels/connect/locker", fields | {"ask-key": KEY})
    assert "is connected" in seen.words
    assert KEY not in seen.text


async def test_an_account_is_checked_and_disconnected(
    browser: Browser, root: Browser, seeded: seeds.Seeded, house: House,
    owner: asyncpg.Connection,
) -> None:  # fmt: skip
    await _register(root)
    await _return(browser, house, await _leave(browser, "parlour"))
    key = await owner.fetchval("SELECT id FROM social_accounts WHERE connector = 'parlour'")
    assert "was checked: the network lets it in." in (await browser.send(f"/channels/{key}/check")).words
    seen = await browser.send(f"/channels/{key}/disconnect")
    assert "Facebook was told that its access has ended." in seen.words
    assert len(house.revoked) == 1


async def test_the_network_said_no_and_the_state_is_used_up(
    browser: Browser, root: Browser, seeded: seeds.Seeded, house: House
) -> None:
    await _register(root)
    asked = await _leave(browser, "parlour")
    seen = await browser.open(f"/channels/callback?state={asked['state']}&error=access_denied")
    assert "left without a consent" in seen.words
    assert "Please connect again" in (await _return(browser, house, asked)).words


async def test_only_an_administrator_of_the_instance_sees_and_enters_apps(
    browser: Browser, root: Browser, seeded: seeds.Seeded, house: House,
    owner: asyncpg.Connection,
) -> None:  # fmt: skip
    assert (await browser.open("/operations/apps")).status == 404
    await browser.open("/channels")
    form = {"client_id": "mine", "client_secret": "fake"}
    assert (await browser.send("/operations/apps/parlour", form)).status == 404
    assert await owner.fetchval("SELECT count(*) FROM network_apps") == 0
    await _register(root)
    seen = await root.send("/operations/apps/parlour", {"client_id": "", "client_secret": "fake-secret-x"})
    assert seen.status == 422
    assert "fake-secret-x" not in seen.text
    kept = await root.send("/operations/apps/parlour", {"client_id": APP_ID, "client_secret": ""})
    assert "secret …9876" in kept.words  # an empty field keeps the secret
    gone = await root.send("/operations/apps/parlour/remove", {"client_id": APP_ID})
    assert "is gone" in gone.words
    assert [row["action"] for row in await owner.fetch(
        "SELECT action FROM audit_log WHERE subject = 'network_apps' ORDER BY id"
    )] == ["network_app.chosen", "network_app.chosen", "network_app.removed"]  # fmt: skip
