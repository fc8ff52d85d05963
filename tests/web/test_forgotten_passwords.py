"""A password that was forgotten."""

from __future__ import annotations

import letterbox
import seeds
from site_client import Browser
from test_signing_up import same

from aipromote.accounts import queries
from aipromote.db.database import Database

_NEW = "quite another password"


async def ask(browser: Browser, email: str):
    await browser.open("/forgotten")
    return await browser.send("/forgotten", {"email": email})


async def test_a_new_password_ends_every_session_and_is_told_by_letter(
    browser: Browser, second_browser: Browser, database: Database
) -> None:
    await seeds.startup(database)
    await second_browser.sign_in("ada@kornblume.example", seeds.PASSWORD)
    await ask(browser, "ADA@kornblume.example")
    (letter,) = await letterbox.delivered(database)
    path = letterbox.path_in(letter, "/reset/")
    await browser.open(path)
    seen = await browser.send(path, {"password": _NEW})
    assert seen.url.endswith("/sign-in")
    assert "Your password is changed" in seen.words
    assert (await second_browser.open("/this-week")).url.endswith("/sign-in?next=/this-week")
    assert (await browser.sign_in("ada@kornblume.example", seeds.PASSWORD)).status == 401
    assert (await browser.sign_in("ada@kornblume.example", _NEW)).url.endswith("/this-week")
    (told,) = await letterbox.delivered(database)
    assert (told["To"], told["Subject"]) == ("ada@kornblume.example", "Your password was changed")
    async with database.transaction() as session:
        assert (await queries.by_email(session, email="ada@kornblume.example")).verified


async def test_a_known_and_an_unknown_address_get_the_same_answer_by_the_same_statements(
    site, browser: Browser, database: Database, owner
) -> None:
    await seeds.person(database, email="ada@example.org")
    seen, sent = {}, {}
    for address in ("ada@example.org", "nobody@example.org"):
        await browser.open("/forgotten")
        with site.statements() as statements:
            seen[address] = await browser.send("/forgotten", {"email": address})
        sent[address] = list(statements)
    known, unknown = seen.values()
    assert (known.status, known.url, same(known)) == (unknown.status, unknown.url, same(unknown))
    assert sent["ada@example.org"] == sent["nobody@example.org"] != []
    assert [letter["To"] for letter in await letterbox.delivered(database)] == ["ada@example.org"]
    assert await owner.fetchval("SELECT count(*) FROM account_letters") == 1, "nothing is kept of a stranger's address"


async def test_a_link_chooses_one_password_and_no_second(browser: Browser, database: Database, owner) -> None:
    await seeds.person(database, email="ada@example.org")
    await ask(browser, "ada@example.org")
    await owner.execute("UPDATE account_letters SET created_at = now() - interval '20 minutes'")
    await ask(browser, "ada@example.org")
    paths = [letterbox.path_in(letter, "/reset/") for letter in await letterbox.delivered(database)]
    assert len(set(paths)) == 2
    await browser.open(paths[0])
    assert (await browser.send(paths[0], {"password": "short"})).status == 422
    await browser.send(paths[0], {"password": _NEW})
    for path in paths:
        assert "used already, or is too old" in (await browser.open(path)).words
        assert "used already, or is too old" in (await browser.send(path, {"password": seeds.PASSWORD})).words
    assert (await browser.sign_in("ada@example.org", _NEW)).status == 200


async def test_an_old_link_and_one_of_another_kind_choose_nothing(browser: Browser, database: Database, owner) -> None:
    await seeds.person(database, email="ada@example.org")
    await owner.execute("UPDATE users SET verified = false")
    await ask(browser, "ada@example.org")
    (letter,) = await letterbox.delivered(database)
    path = letterbox.path_in(letter, "/reset/")
    await browser.sign_in("ada@example.org", seeds.PASSWORD)
    assert "too old" in (await browser.open(path.replace("/reset/", "/verify/"))).words
    await owner.execute("UPDATE account_letters SET expires_at = now()")
    assert "too old" in (await browser.send(path, {"password": _NEW})).words
    assert (await browser.sign_in("ada@example.org", _NEW)).status == 401


async def test_a_letter_that_a_worker_sends_again_has_the_same_link_which_stays_used(
    browser: Browser, database: Database, owner
) -> None:
    await seeds.person(database, email="ada@example.org")
    await ask(browser, "ada@example.org")
    (letter,) = await letterbox.delivered(database)
    path = letterbox.path_in(letter, "/reset/")
    await browser.open(path)
    await browser.send(path, {"password": _NEW})
    await letterbox.delivered(database)
    # As if the worker had died after the mail server took the letter.
    await owner.execute("UPDATE account_letters SET status = 'PENDING', delivered_at = NULL WHERE template = 'reset'")
    (again,) = await letterbox.delivered(database)
    assert (letterbox.path_in(again, "/reset/"), again["Message-ID"]) == (path, letter["Message-ID"])
    assert "used already" in (await browser.open(path)).words


async def test_the_table_of_letters_opens_nothing(browser: Browser, database: Database, owner) -> None:
    await seeds.person(database, email="ada@example.org")
    await ask(browser, "ada@example.org")
    (letter,) = await letterbox.delivered(database)
    token = letterbox.path_in(letter, "/reset/").rpartition("/")[2]
    row = str(dict(await owner.fetchrow("SELECT * FROM account_letters")))
    assert token not in row


async def test_asking_ends_after_five_times_an_hour_for_one_address(browser: Browser) -> None:
    for _ in range(5):
        assert "Look into your inbox" in (await ask(browser, "nobody@example.org")).words
    seen = await ask(browser, "Nobody@example.org")
    assert seen.status == 429
    assert 'value="Nobody@example.org"' in seen.text
