"""Codes of apps and recovery codes, as a person with a browser meets them."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import seeds
from site_client import Browser, Seen
from web_server import Site

from aipromote import clock
from aipromote.accounts import actions, queries
from aipromote.accounts.factors import codes, resetting
from aipromote.db.database import Database

EMAIL = "ada@example.org"
NAMES = re.compile(r"<code>([a-z2-9]{5}-[a-z2-9]{5})</code>")


@pytest.fixture(autouse=True)
def dial(site: Site, tmp_path: Path) -> Iterator[clock.Dial]:
    """A clock that hardly moves, ten seconds into a step: no code runs out between two lines of a test."""
    start = datetime.fromtimestamp(codes.step_at(clock.now()) * codes.STEP_SECONDS + 10, UTC)
    made = clock.Dial.create(tmp_path / "dial", start=start, speed=0.01)
    clock.use(tmp_path / "dial")
    yield made
    clock.use(None)


@pytest.fixture
async def ada(browser: Browser, database: Database) -> Browser:
    """Signed in, without a second factor."""
    await seeds.person(database, email=EMAIL)
    await browser.sign_in(EMAIL, seeds.PASSWORD)
    return browser


def secret_on(page: Seen) -> str:
    found = re.search(r'<p class="code-text"[^>]*>([a-z2-7 ]+)</p>', page.text)
    assert found is not None, page.words
    return found[1].replace(" ", "").upper()


def code_of(secret: str, *, steps: int = 0) -> str:
    """The code of now, or of some steps later."""
    return codes.code_of(secret, codes.step_at(clock.now()) + steps)


async def unlock(browser: Browser, *, after: str = "/account/security") -> None:
    await browser.open("/account/security/confirm")
    seen = await browser.send("/account/security/confirm", {"proof": seeds.PASSWORD, "after": after})
    assert seen.url.endswith(after), seen.words


async def enrol(browser: Browser) -> tuple[str, list[str]]:
    """Set an app up; its secret, and the recovery codes. The code that was typed is of the step before now's."""
    await unlock(browser)
    secret = secret_on(await browser.send("/account/security/app"))
    seen = await browser.send("/account/security/app/code", {"code": code_of(secret, steps=-1)})
    made = NAMES.findall(html.unescape(seen.text))
    assert len(made) == codes.RECOVERY_CODES, seen.words
    return secret, made


async def with_password(browser: Browser) -> Seen:
    return await browser.sign_in(EMAIL, seeds.PASSWORD)


async def is_in(browser: Browser) -> bool:
    return "/sign-in" not in (await browser.open("/account/security")).url


async def test_the_right_password_alone_opens_nothing_once_an_app_is_on(ada: Browser, second_browser: Browser) -> None:
    secret, _ = await enrol(ada)
    seen = await with_password(second_browser)
    assert "/sign-in/second" in seen.url
    assert not await is_in(second_browser)
    await second_browser.open("/sign-in/second?next=/account/security")
    seen = await second_browser.send("/sign-in/second", {"code": code_of(secret), "after": "/account/security"})
    assert seen.url.endswith("/account/security")
    assert "A password alone opens nothing" in seen.words
    assert await is_in(ada), "sessions that were open stay"


async def test_an_app_asks_for_nothing_before_its_first_right_code(ada: Browser, second_browser: Browser) -> None:
    await unlock(ada)
    secret = secret_on(await ada.send("/account/security/app"))
    seen = await ada.send("/account/security/app/code", {"code": "000000"})
    assert (seen.status, "not right" in seen.words) == (422, True)
    assert secret_on(seen) == secret, "the same picture, not a new one"
    await with_password(second_browser)
    assert await is_in(second_browser)


async def test_the_secret_is_a_picture_too_and_never_shown_again(ada: Browser) -> None:
    await unlock(ada)
    await ada.send("/account/security/app")
    picture = await ada.open("/account/security/app/qr.svg")
    assert (picture.status, picture.headers["content-type"]) == (200, "image/svg+xml")
    assert picture.text.startswith("<svg")
    assert "style=" not in picture.text
    assert picture.headers["cache-control"] == "no-store"
    secret = secret_on(await ada.open("/account/security/app"))
    await ada.send("/account/security/app/code", {"code": code_of(secret)})
    for path in ("/account/security/app", "/account/security/app/qr.svg"):
        assert (await ada.open(path)).status == 409
    await ada.open("/account/security")
    assert (await ada.send("/account/security/app")).status == 409, "a second app would take the place of the first"


async def test_a_code_is_good_once(ada: Browser, second_browser: Browser) -> None:
    secret, _ = await enrol(ada)
    used = code_of(secret)
    await with_password(second_browser)
    await second_browser.send("/sign-in/second", {"code": used})
    assert await is_in(second_browser)
    await second_browser.send("/sign-out")
    await with_password(second_browser)
    seen = await second_browser.send("/sign-in/second", {"code": used})
    assert (seen.status, "used already" in seen.words) == (422, True)
    seen = await second_browser.send("/sign-in/second", {"code": code_of(secret, steps=-1)})
    assert seen.status == 422, "one that is older than the last is no better"
    assert not await is_in(second_browser)


async def test_of_two_browsers_with_one_code_one_gets_in(
    ada: Browser, second_browser: Browser, database: Database
) -> None:
    await ada.send("/sign-out")
    for _ in range(3):
        async with database.transaction() as session:
            user = await queries.by_email(session, email=EMAIL)
            await resetting.reset(session, user_id=user.id)
        await with_password(ada)
        secret, _ = await enrol(ada)
        await ada.send("/sign-out")
        await with_password(ada)
        await with_password(second_browser)
        code = code_of(secret)
        await asyncio.gather(*(each.send("/sign-in/second", {"code": code}) for each in (ada, second_browser)))
        inside = [each for each in (ada, second_browser) if await is_in(each)]
        assert len(inside) == 1
        await inside[0].send("/sign-out")


async def test_the_fifth_wrong_code_is_the_last_for_five_minutes(ada: Browser, second_browser: Browser) -> None:
    secret, recovery = await enrol(ada)
    await with_password(second_browser)
    statuses = [(await second_browser.send("/sign-in/second", {"code": f"{n:06}"})).status for n in range(6)]
    assert statuses == [422] * 5 + [429]
    assert (await second_browser.send("/sign-in/second", {"code": code_of(secret)})).status == 429, "not even the right"
    await with_password(second_browser)
    seen = await second_browser.send("/sign-in/second", {"code": recovery[0]})
    assert seen.status == 429, "it is counted by person: a new password round does not help"
    assert "Please wait 5 minutes" in seen.words


async def test_guesses_on_the_inside_and_at_the_door_are_counted_together(
    ada: Browser, second_browser: Browser
) -> None:
    await enrol(ada)
    await ada.open("/account/security/confirm")
    for _ in range(5):
        assert (await ada.send("/account/security/confirm", {"proof": "123456"})).status == 422
    await with_password(second_browser)
    assert (await second_browser.send("/sign-in/second", {"code": "123456"})).status == 429


async def test_a_recovery_code_opens_once_however_it_is_typed(ada: Browser, second_browser: Browser) -> None:
    _, made = await enrol(ada)
    await with_password(second_browser)
    await second_browser.send("/sign-in/second", {"code": f" {made[0].upper().replace('-', ' ')} "})
    assert "9 of 10 left" in (await second_browser.open("/account/security")).words
    await second_browser.send("/sign-out")
    await with_password(second_browser)
    assert (await second_browser.send("/sign-in/second", {"code": made[0]})).status == 422
    assert not await is_in(second_browser)


async def test_somebody_with_few_recovery_codes_left_is_told(ada: Browser, second_browser: Browser) -> None:
    _, made = await enrol(ada)
    for code in made[:7]:
        await with_password(second_browser)
        seen = await second_browser.send("/sign-in/second", {"code": code, "after": "/account/security"})
        await second_browser.send("/sign-out")
    assert "Recovery codes left: 3" in seen.words


async def test_new_recovery_codes_make_the_old_ones_worthless(ada: Browser, second_browser: Browser) -> None:
    _, old = await enrol(ada)
    await ada.open("/account/security")
    new = NAMES.findall((await ada.send("/account/security/codes")).text)
    assert len(set(new) - set(old)) == 10
    await with_password(second_browser)
    assert (await second_browser.send("/sign-in/second", {"code": old[0]})).status == 422
    await second_browser.send("/sign-in/second", {"code": new[0]})
    assert await is_in(second_browser)


async def test_another_persons_code_is_worth_nothing(ada: Browser, second_browser: Browser, database: Database) -> None:
    secret, made = await enrol(ada)
    await seeds.person(database, email="eve@example.org")
    await second_browser.sign_in("eve@example.org", seeds.PASSWORD)
    await enrol(second_browser)
    await second_browser.send("/sign-out")
    await second_browser.sign_in("eve@example.org", seeds.PASSWORD)
    for code in (made[0], code_of(secret)):
        assert (await second_browser.send("/sign-in/second", {"code": code})).status == 422
    assert not await is_in(second_browser)


async def test_a_sign_in_that_waits_ends_by_itself_and_is_no_session(
    ada: Browser, second_browser: Browser, database: Database, dial: clock.Dial
) -> None:
    secret, _ = await enrol(ada)
    await with_password(second_browser)
    [pending] = [each.value for each in second_browser.http.cookie_jar if each.key == "aipromote_second"]
    async with database.transaction() as session:
        assert await queries.user_of(session, token=pending) is None
    dial.jump(clock.now() + timedelta(minutes=5, seconds=1), speed=0.01)
    seen = await second_browser.send("/sign-in/second", {"code": code_of(secret)})
    assert "More than five minutes" in seen.words
    assert not await is_in(second_browser)


async def test_changes_want_to_know_who_it_is(ada: Browser, second_browser: Browser) -> None:
    secret, _ = await enrol(ada)
    await with_password(second_browser)
    await second_browser.send("/sign-in/second", {"code": code_of(secret)})
    await second_browser.open("/account/security")
    for path in ("app/remove", "codes", "app", "app/code", "passkeys"):
        seen = await second_browser.send(f"/account/security/{path}")
        assert "Is it you?" in seen.words, path
    stolen = next(each.value for each in ada.http.cookie_jar if each.key == "aipromote_confirmed")
    second_browser.http.cookie_jar.update_cookies({"aipromote_confirmed": stolen})
    seen = await second_browser.send("/account/security/app/remove")
    assert "Is it you?" in seen.words, "the word of another session"
    seen = await second_browser.send("/account/security/confirm", {"proof": seeds.PASSWORD})
    assert (seen.status, "not right" in seen.words) == (422, True), "the password is not enough to take the factor off"
    assert "On since" in (await ada.open("/account/security")).words
    assert "not asked for any more" in (await ada.send("/account/security/app/remove")).words
    seen = await ada.open("/account/security")
    assert "Your password is all that is asked" in seen.words
    assert "of 10 left" not in seen.words, "recovery codes stand in for something that is gone"


async def test_a_wrong_password_confirms_nothing(ada: Browser) -> None:
    await ada.open("/account/security/confirm")
    seen = await ada.send("/account/security/confirm", {"proof": "not the password"})
    assert (seen.status, "not your current password" in seen.words) == (422, True)
    assert "Is it you?" in (await ada.send("/account/security/app")).words


async def test_a_link_of_the_terminal_leads_in_without_a_second_factor(
    ada: Browser, second_browser: Browser, database: Database
) -> None:
    await enrol(ada)
    async with database.transaction() as session:
        user = await queries.by_email(session, email=EMAIL)
        link = await actions.open_link(session, user_id=user.id)
    await second_browser.open(f"/enter/{link}")
    assert await is_in(second_browser)
    await second_browser.open("/account/security")
    assert "Is it you?" in (await second_browser.send("/account/security/app/remove")).words


async def test_whoever_owes_no_second_factor_is_sent_to_the_beginning(browser: Browser, database: Database) -> None:
    await seeds.person(database, email=EMAIL)
    seen = await browser.open("/sign-in/second")
    assert "Please sign in first" in seen.words
    assert "Please sign in again" in (await browser.send("/sign-in/second", {"code": "123456"})).words


async def test_the_next_page_is_one_of_ours(ada: Browser, second_browser: Browser) -> None:
    secret, _ = await enrol(ada)
    await with_password(second_browser)
    seen = await second_browser.send(
        "/sign-in/second", {"code": code_of(secret), "after": "https://evil.example/"}, follow=False
    )
    assert (seen.status, seen.headers["location"]) == (303, "/this-week")
