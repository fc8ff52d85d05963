"""Passkeys over HTTP, with a device in software that can also do wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import seeds
from authenticator import PRESENT, Device, b64
from site_client import Browser
from sqlalchemy import select, update
from test_second_factors import NAMES, dial, is_in, unlock, with_password

from aipromote import clock
from aipromote.accounts.factors.models import Challenge, Passkey
from aipromote.db.database import Database

__all__ = ["dial"]
EMAIL = "ada@example.org"


@pytest.fixture
async def ada(browser: Browser, database: Database) -> Browser:
    """Signed in, and has just said who she is."""
    await seeds.person(database, email=EMAIL)
    await browser.sign_in(EMAIL, seeds.PASSWORD)
    await unlock(browser)
    return browser


async def options(browser: Browser, path: str) -> Any:
    seen = await browser.send(path)
    assert seen.status == 200, seen.words
    assert seen.headers["cache-control"] == "no-store"
    return json.loads(seen.text)


async def register(browser: Browser, device: Device, *, name: str = "Work laptop") -> list[str]:
    """The recovery codes that came with it."""
    asked = await options(browser, "/account/security/passkeys/options")
    seen = await browser.send("/account/security/passkeys", {"answer": device.create(asked), "name": name})
    assert "opens your account from now on" in seen.words, seen.words
    return NAMES.findall(seen.text)


async def by_passkey(browser: Browser, device: Device, **changes: Any) -> int:
    """The status of signing in with nothing else."""
    await browser.open("/sign-in")
    asked = await options(browser, "/sign-in/passkey/options")
    seen = await browser.send(
        "/sign-in/passkey", {"answer": device.get(asked, **changes), "after": "/account/security"}
    )
    return seen.status


async def test_a_passkey_opens_the_account_without_a_password(ada: Browser, second_browser: Browser) -> None:
    device = Device()
    assert len(await register(ada, device)) == 10
    assert await by_passkey(second_browser, device) == 200
    page = await second_browser.open("/account/security")
    assert "Work laptop" in page.words
    assert "used " in page.words
    assert await by_passkey(second_browser, device) == 200, "a device that does not count may sign again and again"


async def test_after_the_password_a_passkey_is_the_second_factor(ada: Browser, second_browser: Browser) -> None:
    device = Device()
    await register(ada, device)
    assert "/sign-in/second" in (await with_password(second_browser)).url
    asked = await options(second_browser, "/sign-in/second/passkey/options")
    assert [each["id"] for each in asked["allowCredentials"]] == [b64(device.credential)]
    assert asked["userVerification"] == "required"
    await second_browser.send("/sign-in/second/passkey", {"answer": device.get(asked)})
    assert await is_in(second_browser)


async def test_a_recovery_code_stands_in_for_a_lost_passkey(ada: Browser, second_browser: Browser) -> None:
    made = await register(ada, Device())
    await with_password(second_browser)
    await second_browser.send("/sign-in/second", {"code": made[3]})
    assert await is_in(second_browser)


def _elsewhere(device: Device) -> None:
    device.origin = "https://localhost.evil.example"


def _another_site(device: Device) -> None:
    device.rp_id = "evil.example"


def _without_looking(device: Device) -> None:
    device.flags = PRESENT


@pytest.mark.parametrize("wrong", [_elsewhere, _another_site, _without_looking])
async def test_a_device_at_the_wrong_place_or_that_looked_at_nobody_is_refused(
    ada: Browser, second_browser: Browser, wrong: Callable[[Device], None]
) -> None:
    device = Device()
    asked = await options(ada, "/account/security/passkeys/options")
    bad = Device()
    wrong(bad)
    seen = await ada.send("/account/security/passkeys", {"answer": bad.create(asked), "name": "Bad"})
    assert "not accepted" in seen.words
    assert "Bad" not in seen.words
    await register(ada, device)
    wrong(device)
    assert await by_passkey(second_browser, device) == 422
    assert not await is_in(second_browser)


async def test_an_answer_is_taken_once(ada: Browser, second_browser: Browser) -> None:
    device = Device()
    await register(ada, device)
    await second_browser.open("/sign-in")
    answer = device.get(await options(second_browser, "/sign-in/passkey/options"))
    await second_browser.send("/sign-in/passkey", {"answer": answer})
    assert await is_in(second_browser)
    await second_browser.send("/sign-out")
    await second_browser.open("/sign-in")
    seen = await second_browser.send("/sign-in/passkey", {"answer": answer})
    assert (seen.status, "answered already" in seen.words) == (422, True)
    assert not await is_in(second_browser)


async def test_a_refused_answer_has_used_its_challenge_up(ada: Browser, second_browser: Browser) -> None:
    device = Device()
    await register(ada, device)
    await second_browser.open("/sign-in")
    asked = await options(second_browser, "/sign-in/passkey/options")
    forged = device.get(asked, signature=b64(b"\x30\x06\x02\x01\x01\x02\x01\x01"))
    assert (await second_browser.send("/sign-in/passkey", {"answer": forged})).status == 422
    assert (await second_browser.send("/sign-in/passkey", {"answer": device.get(asked)})).status == 422
    assert not await is_in(second_browser)


async def test_a_challenge_that_nobody_gave_out_or_that_is_too_old_is_refused(
    ada: Browser, second_browser: Browser, database: Database, dial: clock.Dial
) -> None:
    device = Device()
    await register(ada, device)
    await second_browser.open("/sign-in")
    made_up = device.get({"challenge": b64(bytes(32))})
    assert (await second_browser.send("/sign-in/passkey", {"answer": made_up})).status == 422
    asked = await options(second_browser, "/sign-in/passkey/options")
    dial.jump(clock.now() + timedelta(minutes=5, seconds=1), speed=0.01)
    assert (await second_browser.send("/sign-in/passkey", {"answer": device.get(asked)})).status == 422
    await options(second_browser, "/sign-in/passkey/options")
    async with database.transaction() as session:
        assert len((await session.scalars(select(Challenge.id))).all()) == 1, "what was over is gone"


async def test_a_challenge_is_for_one_purpose_of_one_browser(ada: Browser, second_browser: Browser) -> None:
    device = Device()
    await register(ada, device)
    asked = await options(ada, "/account/security/confirm/passkey/options")
    await with_password(second_browser)
    for path in ("/sign-in/second/passkey", "/sign-in/passkey"):
        answer = device.get(asked)
        assert (await second_browser.send(path, {"answer": answer})).status == 422, path
    theirs = await options(second_browser, "/sign-in/second/passkey/options")
    seen = await second_browser.send("/sign-in/passkey", {"answer": device.get(theirs)})
    assert seen.status == 422, "what was asked after the password does not open without it"
    assert not await is_in(second_browser)


async def test_another_persons_passkey_is_no_second_factor(
    ada: Browser, second_browser: Browser, database: Database
) -> None:
    await register(ada, Device())
    await ada.send("/sign-out")
    await seeds.person(database, email="eve@example.org")
    eves = Device()
    await second_browser.sign_in("eve@example.org", seeds.PASSWORD)
    await unlock(second_browser)
    await register(second_browser, eves)
    await with_password(ada)
    asked = await options(ada, "/sign-in/second/passkey/options")
    seen = await ada.send("/sign-in/second/passkey", {"answer": eves.get(asked)})
    assert (seen.status, "not known here" in seen.words) == (422, True)
    assert not await is_in(ada)


async def test_a_passkey_that_names_another_owner_is_refused(ada: Browser, second_browser: Browser) -> None:
    device = Device()
    await register(ada, device)
    assert await by_passkey(second_browser, device, userHandle=b64(bytes(16))) == 422
    assert await by_passkey(second_browser, device) == 200


async def test_one_device_is_one_persons(ada: Browser, second_browser: Browser, database: Database) -> None:
    device = Device()
    await register(ada, device)
    await seeds.person(database, email="eve@example.org")
    await second_browser.sign_in("eve@example.org", seeds.PASSWORD)
    await unlock(second_browser)
    asked = await options(second_browser, "/account/security/passkeys/options")
    seen = await second_browser.send("/account/security/passkeys", {"answer": device.create(asked), "name": "Mine"})
    assert "in use here already" in seen.words


async def test_a_count_that_goes_back_is_a_copy_and_is_refused(
    ada: Browser, second_browser: Browser, database: Database
) -> None:
    device = Device(count=7)
    await register(ada, device)
    assert await by_passkey(second_browser, device) == 200
    async with database.transaction() as session:
        assert await session.scalar(select(Passkey.sign_count)) == 8
    await second_browser.send("/sign-out")
    device.count = 5
    assert await by_passkey(second_browser, device) == 422
    device.count = 7
    assert await by_passkey(second_browser, device) == 422, "the same count is a copy, too"
    assert not await is_in(second_browser)
    async with database.transaction() as session:
        await session.execute(update(Passkey).values(sign_count=0))
    device.count = 0
    assert await by_passkey(second_browser, device) == 200


async def test_a_removed_passkey_opens_nothing(ada: Browser, second_browser: Browser, database: Database) -> None:
    device = Device()
    await register(ada, device)
    async with database.transaction() as session:
        key = await session.scalar(select(Passkey.id))
    await ada.open("/account/security")
    await seeds.person(database, email="eve@example.org")
    await second_browser.sign_in("eve@example.org", seeds.PASSWORD)
    await unlock(second_browser)
    for path in ("remove", "name"):
        seen = await second_browser.send(f"/account/security/passkeys/{key}/{path}", {"name": "Eve's"})
        assert seen.status == 404, "somebody else's"
    await second_browser.send("/sign-out")
    assert "Renamed" in (await ada.send(f"/account/security/passkeys/{key}/name", {"name": "<b>Old</b>"})).words
    assert "<b>Old" not in (await ada.open("/account/security")).text
    assert "opens nothing here any more" in (await ada.send(f"/account/security/passkeys/{key}/remove")).words
    assert await by_passkey(second_browser, device) == 422
    await with_password(second_browser)
    assert await is_in(second_browser), "the password is all that is asked again"


async def test_several_passkeys_are_told_to_the_device_so_that_none_is_made_twice(ada: Browser) -> None:
    first, second = Device(), Device()
    assert len(await register(ada, first, name="Telephone")) == 10
    await ada.open("/account/security")
    assert await register(ada, second) == [], "codes come with the first factor only"
    await ada.open("/account/security")
    asked = await options(ada, "/account/security/passkeys/options")
    assert {each["id"] for each in asked["excludeCredentials"]} == {b64(each.credential) for each in (first, second)}
    assert (asked["attestation"], asked["authenticatorSelection"]["residentKey"]) == ("none", "required")
    assert asked["rp"]["id"] == "localhost"


@pytest.mark.parametrize(
    "answer",
    ["", "null", "[]", "{", '{"id": 1}', '{"response": {}, "id": "AA"}', "9" * 5000, "[" * 9000, "x" * 40_000],
)
async def test_what_is_no_answer_is_refused_in_words(ada: Browser, second_browser: Browser, answer: str) -> None:
    await second_browser.open("/sign-in")
    seen = await second_browser.send("/sign-in/passkey", {"answer": answer})
    assert (seen.status, "not accepted" in seen.words) == (422, True)
    seen = await ada.send("/account/security/passkeys", {"answer": answer, "name": "Odd"})
    assert "not accepted" in seen.words


async def test_options_are_for_whoever_may_ask(browser: Browser, database: Database) -> None:
    await seeds.person(database, email=EMAIL)
    await browser.open("/sign-in")
    assert (await browser.send("/sign-in/second/passkey/options")).status == 401
    assert (await browser.send("/account/security/confirm/passkey/options")).status == 401
    await browser.sign_in(EMAIL, seeds.PASSWORD)
    await browser.open("/account/security/confirm")
    assert (await browser.send("/account/security/passkeys/options")).status == 403, "not confirmed"
