"""Accounts that people make by themselves, and confirming an e-mail."""

from __future__ import annotations

import re
from collections.abc import Iterator

import letterbox
import pytest
import seeds
from site_client import Browser, Seen

from aipromote import settings
from aipromote.accounts import actions as accounts
from aipromote.accounts import queries
from aipromote.db.database import Database

_FORM = {"email": "eve@example.org", "password": seeds.PASSWORD, "name": "Eve"}


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, owner_url: str) -> Iterator[None]:
    """Anybody may sign up, and mail is sent."""
    monkeypatch.setenv("AIPROMOTE_SIGN_UP", "open")
    settings.get.cache_clear()
    yield
    monkeypatch.undo()
    settings.get.cache_clear()


def same(seen: Seen) -> str:
    """A page without what differs with every request."""
    return re.sub(r'value="[^"]*"', "", seen.text.replace(seen.headers["x-request-id"], ""))


async def sign_up(browser: Browser, **given: str) -> Seen:
    await browser.open("/sign-up")
    return await browser.send("/sign-up", {**_FORM, **given})


async def test_a_closed_instance_says_how_one_gets_in_and_makes_no_account(
    browser: Browser, database: Database
) -> None:
    await browser.open("/forgotten")  # the closed page has no form, so the token is that of another
    seen = await browser.send("/sign-up", _FORM)
    assert seen.status == 403
    assert "Ask somebody who works with this instance to invite you" in seen.words
    async with database.transaction() as session:
        assert await queries.count(session) == 0


async def test_who_signs_up_confirms_the_mail_and_founds_an_organization(
    browser: Browser, database: Database, opened: None
) -> None:
    assert "Look into your inbox" in (await sign_up(browser)).words
    (letter,) = await letterbox.delivered(database)
    assert letter["To"] == "eve@example.org"
    path = letterbox.path_in(letter, "/verify/")
    asked = await browser.open(path)
    assert "/sign-in?next=" in asked.url
    await browser.send("/sign-in", {"email": "eve@example.org", "password": seeds.PASSWORD, "after": path})
    refused = await browser.open("/start")
    refused = await browser.send("/start", {"text": "name: Crumb\ndescription: Bread that keeps.\n"})
    assert "confirm your e-mail" in refused.words
    await browser.open(path)
    assert "Your e-mail is confirmed" in (await browser.send(path)).words
    await browser.open("/start")
    founded = await browser.send("/start", {"text": "name: Crumb\ndescription: Bread that keeps.\n"})
    assert founded.status == 200
    assert "confirm your e-mail" not in founded.words


async def test_an_address_with_an_account_gets_the_same_page_and_a_letter_that_says_so(
    browser: Browser, second_browser: Browser, database: Database, opened: None
) -> None:
    async with database.transaction() as session:
        await accounts.create_user(session, email="Ada@example.org", password=seeds.PASSWORD, verified=True)
    known = await sign_up(browser, email="ada@example.org")
    unknown = await sign_up(second_browser, email="new@example.org")
    assert (known.status, known.url, same(known)) == (unknown.status, unknown.url, same(unknown))
    letters = {letter["To"]: letter["Subject"] for letter in await letterbox.delivered(database)}
    assert letters == {"Ada@example.org": "You have an account already", "new@example.org": "Confirm your e-mail"}


async def test_a_form_that_is_sent_twice_makes_one_account_and_one_letter(
    browser: Browser, database: Database, opened: None
) -> None:
    await sign_up(browser)
    again = await sign_up(browser, password="another long password")
    assert "Look into your inbox" in again.words
    assert len(await letterbox.delivered(database)) == 1
    assert (await browser.sign_in("eve@example.org", "another long password")).status == 401
    assert (await browser.sign_in("eve@example.org", seeds.PASSWORD)).status == 200


async def test_the_link_of_another_account_confirms_nothing(
    browser: Browser, second_browser: Browser, database: Database, opened: None
) -> None:
    await sign_up(browser)
    (letter,) = await letterbox.delivered(database)
    path = letterbox.path_in(letter, "/verify/")
    await seeds.person(database, email="ada@example.org")
    async with database.transaction() as session:
        (await queries.by_email(session, email="ada@example.org")).verified = False
    await second_browser.sign_in("ada@example.org", seeds.PASSWORD)
    assert "for another account" in (await second_browser.open(path)).words
    assert "belongs to another account" in (await second_browser.send(path)).words
    async with database.transaction() as session:
        assert not (await queries.by_email(session, email="eve@example.org")).verified
        assert not (await queries.by_email(session, email="ada@example.org")).verified
    await browser.sign_in("eve@example.org", seeds.PASSWORD)
    await browser.open(path)
    assert "is confirmed" in (await browser.send(path)).words, "a stranger who tried did not use the link up"


async def test_forged_and_old_links_confirm_nothing(browser: Browser, database: Database, owner, opened: None) -> None:
    await sign_up(browser)
    (letter,) = await letterbox.delivered(database)
    await browser.sign_in("eve@example.org", seeds.PASSWORD)
    path = letterbox.path_in(letter, "/verify/")
    forged = path[:-1] + ("A" if path[-1] != "A" else "B")
    assert "too old" in (await browser.open(forged)).words
    await owner.execute("UPDATE account_letters SET expires_at = now() - interval '1 minute'")
    assert "too old" in (await browser.open(path)).words
    assert "too old" in (await browser.send(path)).words
    async with database.transaction() as session:
        assert not (await queries.by_email(session, email="eve@example.org")).verified


async def test_the_letter_is_sent_again_when_asked_for_and_not_without_end(
    browser: Browser, database: Database, owner, opened: None
) -> None:
    await sign_up(browser)
    await letterbox.delivered(database)
    await browser.sign_in("eve@example.org", seeds.PASSWORD)
    for _ in range(5):
        await owner.execute("UPDATE account_letters SET created_at = created_at - interval '10 minutes'")
        await browser.open("/account")
        assert "is on its way" in (await browser.send("/account/verification")).words
    assert len(await letterbox.delivered(database)) == 5
    assert "tried too often" in (await browser.send("/account/verification")).words


async def test_guessing_addresses_ends_whatever_the_headers_say(browser: Browser, opened: None) -> None:
    await browser.open("/sign-up")
    for number in range(20):
        form = {**_FORM, "email": f"e{number}@example.org", "password": "short"}
        seen = await browser.send("/sign-up", form, headers={"X-Forwarded-For": f"10.0.0.{number}"})
        assert seen.status == 422
        assert f"e{number}@example.org" in seen.text
    assert (await browser.send("/sign-up", _FORM)).status == 429
