"""The page about a person's own account."""

from __future__ import annotations

import re

import letterbox
import pytest
import seeds
from site_client import Browser

from aipromote.accounts import queries
from aipromote.db.database import Database

_NEW = "quite another password"
_ADA = "ada@kornblume.example"
_PHONE = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1"}


@pytest.fixture
async def ada(browser: Browser, database: Database) -> Browser:
    """Signed in, with an organization, on her page."""
    await seeds.startup(database)
    await browser.sign_in(_ADA, seeds.PASSWORD)
    await browser.open("/account")
    return browser


async def _from_a_phone(browser: Browser) -> None:
    await browser.open("/sign-in")
    await browser.send("/sign-in", {"email": _ADA, "password": seeds.PASSWORD}, headers=_PHONE)


async def test_name_and_language_are_kept(ada: Browser, database: Database) -> None:
    seen = await ada.send("/account/profile", {"name": "Ada Lovelace", "language": "de"})
    assert 'value="Ada Lovelace"' in seen.text
    assert re.search(r'value="de" lang="de" selected', seen.text)
    async with database.transaction() as session:
        user = await queries.by_email(session, email=_ADA)
        assert (user.name, user.language) == ("Ada Lovelace", "de")
    assert (await ada.send("/account/profile", {"name": "Ada", "language": "xx"})).status == 422
    assert (await ada.send("/account/profile", {"name": "x" * 201})).status == 422


async def test_other_browsers_are_named_and_signed_out_one_by_one(
    ada: Browser, second_browser: Browser, database: Database
) -> None:
    await _from_a_phone(second_browser)
    seen = await ada.open("/account")
    assert "Safari on iPhone" in seen.words
    assert seen.words.count("This browser") == 1
    (path,) = re.findall(r'action="(/account/sessions/[0-9a-f-]+/end)"', seen.text)
    assert "signed out" in (await ada.send(path)).words
    assert "/sign-in" in (await second_browser.open("/account")).url
    assert "ended already" in (await ada.send(path)).words


async def test_the_session_of_somebody_else_cannot_be_ended(
    ada: Browser, second_browser: Browser, database: Database, owner
) -> None:
    await seeds.person(database, email="eve@example.org")
    theirs = await owner.fetchval("SELECT id FROM sessions")
    await second_browser.sign_in("eve@example.org", seeds.PASSWORD)
    await second_browser.open("/account")
    assert "ended already" in (await second_browser.send(f"/account/sessions/{theirs}/end")).words
    assert (await ada.open("/account")).status == 200


async def test_all_other_browsers_are_signed_out_at_once(ada: Browser, second_browser: Browser) -> None:
    await _from_a_phone(second_browser)
    assert "All other browsers are signed out" in (await ada.send("/account/sessions/end-others")).words
    assert "/sign-in" in (await second_browser.open("/account")).url
    assert (await ada.open("/account")).url.endswith("/account")


async def test_a_new_password_needs_the_current_one_and_signs_the_others_out(
    ada: Browser, second_browser: Browser, database: Database
) -> None:
    await _from_a_phone(second_browser)
    refused = await ada.send("/account/password", {"current": "not it at all", "password": _NEW})
    assert refused.status == 422
    assert "not your current password" in refused.words
    assert "not it at all" not in refused.text
    assert (
        "other browsers were signed out"
        in (await ada.send("/account/password", {"current": seeds.PASSWORD, "password": _NEW})).words
    )
    assert "/sign-in" in (await second_browser.open("/account")).url
    (told,) = await letterbox.delivered(database)
    assert told["Subject"] == "Your password was changed"
    assert (await second_browser.sign_in(_ADA, _NEW)).status == 200


async def test_guessing_the_current_password_ends(ada: Browser) -> None:
    for number in range(10):
        await ada.send("/account/password", {"current": f"guess {number}", "password": _NEW})
    seen = await ada.send("/account/password", {"current": seeds.PASSWORD, "password": _NEW})
    assert seen.status == 429
    assert "tried too often" in seen.words


async def test_a_new_email_counts_once_its_own_link_was_opened_and_the_old_one_is_told(
    ada: Browser, database: Database
) -> None:
    form = {"current": seeds.PASSWORD, "email": "ada@new.example"}
    assert (await ada.send("/account/email", {**form, "current": "wrong"})).status == 422
    assert "your e-mail stays as it is" in (await ada.send("/account/email", form)).words
    (letter,) = await letterbox.delivered(database)
    assert letter["To"] == "ada@new.example"
    async with database.transaction() as session:
        await queries.by_email(session, email=_ADA)
    path = letterbox.path_in(letter, "/account/email/")
    await ada.open(path)
    assert "Your e-mail is ada@new.example now" in (await ada.send(path)).words
    (told,) = await letterbox.delivered(database)
    assert told["To"] == _ADA
    assert "ada@new.example" in letterbox.text_of(told)
    async with database.transaction() as session:
        assert (await queries.by_email(session, email="ada@new.example")).verified
    assert "used already" in (await ada.send(path)).words


async def test_what_was_mailed_to_the_old_address_opens_nothing_after_the_change(
    ada: Browser, second_browser: Browser, database: Database
) -> None:
    await second_browser.open("/forgotten")
    await second_browser.send("/forgotten", {"email": _ADA})
    (reset,) = await letterbox.delivered(database)
    await ada.send("/account/email", {"current": seeds.PASSWORD, "email": "ada@new.example"})
    (letter,) = await letterbox.delivered(database)
    path = letterbox.path_in(letter, "/account/email/")
    await ada.open(path)
    await ada.send(path)
    assert "used already" in (await second_browser.open(letterbox.path_in(reset, "/reset/"))).words


async def test_an_email_that_has_an_account_gets_a_letter_and_the_page_says_nothing_of_it(
    ada: Browser, database: Database
) -> None:
    await seeds.person(database, email="eve@example.org")
    taken = await ada.send("/account/email", {"current": seeds.PASSWORD, "email": "eve@example.org"})
    free = await ada.send("/account/email", {"current": seeds.PASSWORD, "email": "new@example.org"})
    assert taken.status == free.status
    assert taken.words.replace("eve@", "new@") == free.words
    subjects = [letter["Subject"] for letter in await letterbox.delivered(database)]
    assert subjects == ["You have an account already", "Confirm your new e-mail"]


async def test_a_person_without_an_organization_has_the_page_too(browser: Browser, database: Database) -> None:
    await seeds.person(database, email="eve@example.org", verified=False)
    await browser.sign_in("eve@example.org", seeds.PASSWORD)
    seen = await browser.open("/account")
    assert seen.status == 200
    assert "Not confirmed" in seen.words
    assert "aipromote link eve@example.org" in seen.words, "no mail is sent here, which is said plainly"


async def test_nothing_that_was_signed_in_is_kept_by_the_browser(ada: Browser) -> None:
    for path in ("/account", "/this-week", "/sign-in", "/forgotten"):
        assert (await ada.open(path)).headers["cache-control"] == "no-store", path
    await ada.open("/account")
    await ada.send("/sign-out")
    assert "/sign-in" in (await ada.open("/account")).url


async def test_a_session_is_noted_as_seen_at_most_once_in_some_minutes(ada: Browser, site, owner) -> None:
    with site.statements() as statements:
        await ada.open("/account")
    assert not [each for each in statements if each.startswith("UPDATE sessions")]
    assert len(statements) <= 12
    await owner.execute("UPDATE sessions SET last_seen_at = now() - interval '6 minutes'")
    await ada.open("/account")
    assert await owner.fetchval("SELECT now() - last_seen_at < interval '1 minute' FROM sessions")
