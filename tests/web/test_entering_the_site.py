"""Getting in and out."""

from __future__ import annotations

import re

import seeds
from site_client import Browser

from aipromote.accounts import actions as accounts
from aipromote.accounts import queries
from aipromote.db.database import Database


async def test_the_first_person_makes_an_account_and_is_asked_for_a_brief(browser: Browser, database: Database) -> None:
    assert (await browser.open("/this-week")).url.endswith("/setup")
    seen = await browser.send("/setup", {"email": "ada@example.org", "password": seeds.PASSWORD, "name": "Ada"})
    assert seen.url.endswith("/start")
    assert "Signed in as ada@example.org" in seen.words
    async with database.transaction() as session:
        assert await queries.count(session) == 1


async def test_nobody_sets_up_an_instance_that_has_an_account(browser: Browser, database: Database) -> None:
    await seeds.person(database, email="ada@example.org")
    assert (await browser.open("/setup")).status == 404


async def test_a_setup_that_comes_through_a_proxy_needs_the_code(browser: Browser) -> None:
    seen = await browser.open("/setup", headers={"X-Forwarded-For": "127.0.0.1"})
    assert seen.status == 403


async def test_a_short_password_is_refused_and_the_rest_of_the_form_is_kept(browser: Browser) -> None:
    await browser.open("/setup")
    seen = await browser.send("/setup", {"email": "ada@example.org", "password": "short"})
    assert seen.status == 422
    assert "ada@example.org" in seen.text
    assert "short" not in seen.words


async def test_signing_in_leads_to_the_page_that_was_asked_for(browser: Browser, database: Database) -> None:
    await seeds.startup(database)
    await browser.open("/calendar?week=2026-11-23")
    assert "/sign-in?next=" in browser.page.url
    seen = await browser.send(
        "/sign-in",
        {"email": "ADA@kornblume.example", "password": seeds.PASSWORD, "after": "/calendar?week=2026-11-23"},
    )
    assert seen.url.endswith("/calendar?week=2026-11-23")


async def test_a_wrong_password_and_an_unknown_person_get_the_same_answer(browser: Browser, database: Database) -> None:
    await seeds.person(database, email="ada@example.org")
    wrong = await browser.sign_in("ada@example.org", "not the password")
    unknown = await browser.sign_in("eve@example.org", "not the password")
    assert wrong.status == unknown.status == 401
    # The token of forms is written differently in each answer.
    told = [re.sub(r'name="csrf" value="[^"]+"', "", seen.text) for seen in (wrong, unknown)]
    told = [text.replace(seen.headers["x-request-id"], "") for text, seen in zip(told, (wrong, unknown), strict=True)]
    assert told[0].replace("ada@", "eve@") == told[1]


async def test_guessing_passwords_ends_after_ten_tries_whatever_the_headers_say(
    browser: Browser, database: Database
) -> None:
    await seeds.person(database, email="guessed@example.org")
    await browser.open("/sign-in")
    for number in range(10):
        form = {"email": "guessed@example.org", "password": f"guess number {number}"}
        seen = await browser.send("/sign-in", form, headers={"X-Forwarded-For": f"10.0.0.{number}"})
        assert seen.status == 401
    seen = await browser.send("/sign-in", {"email": "Guessed@example.org", "password": seeds.PASSWORD})
    assert seen.status == 429


async def test_a_link_out_of_the_product_is_not_followed_after_signing_in(browser: Browser, database: Database) -> None:
    await seeds.startup(database)
    await browser.open("/sign-in?next=//evil.example")
    assert "evil" not in browser.page.text
    form = {"email": "ada@kornblume.example", "password": seeds.PASSWORD, "after": "https://evil.example"}
    seen = await browser.send("/sign-in", form, follow=False)
    assert seen.headers["location"] == "/this-week"


async def test_a_one_time_link_lets_in_once(browser: Browser, second_browser: Browser, database: Database) -> None:
    made = await seeds.startup(database)
    async with database.transaction() as session:
        token = await accounts.open_link(session, user_id=made.startup.owner.user_id)
    assert (await browser.open(f"/enter/{token}")).url.endswith("/this-week")
    assert (await second_browser.open(f"/enter/{token}")).url.endswith("/sign-in")


async def test_after_signing_out_the_old_cookie_opens_nothing(browser: Browser, database: Database) -> None:
    await seeds.startup(database)
    await browser.sign_in("ada@kornblume.example", seeds.PASSWORD)
    cookies = {cookie.key: cookie.value for cookie in browser.http.cookie_jar}
    await browser.send("/sign-out")
    async with browser.http.get(browser.address + "/this-week", cookies=cookies, allow_redirects=False) as answer:
        assert answer.status == 303
