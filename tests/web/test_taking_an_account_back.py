"""Somebody made an account with another's address: its owner takes it over, and nothing of the first one's stays."""

from __future__ import annotations

import letterbox
import pytest
import seeds
from authenticator import Device
from site_client import Browser
from sqlalchemy import func, select
from test_second_factors import dial, unlock
from test_signing_in_with_passkeys import by_passkey, options

from aipromote.accounts import actions, queries
from aipromote.accounts.factors import recovery
from aipromote.accounts.factors.models import Passkey, PendingSignIn
from aipromote.accounts.models import Session, UserIdentity
from aipromote.accounts.registering import vouch
from aipromote.accounts.states import Provider
from aipromote.db.database import Database

__all__ = ["dial"]
_EVE = "eve@example.org"
_OWN = "the owner's own password"


@pytest.fixture
async def squatter(browser: Browser, database: Database) -> Browser:
    """Signed in to an account that has the owner's address, which nobody has confirmed."""
    async with database.transaction() as session:
        await actions.create_user(session, email=_EVE, password=seeds.PASSWORD)
    await browser.sign_in(_EVE, seeds.PASSWORD)
    await unlock(browser)
    return browser


async def test_nobody_adds_a_factor_before_the_email_is_confirmed(squatter: Browser, database: Database) -> None:
    page = await squatter.open("/account/security")
    assert "Confirm your e-mail first" in page.words
    assert 'action="/account/security/app"' not in page.text
    assert (await squatter.send("/account/security/passkeys/options")).status == 403
    refused = await squatter.send("/account/security/app")
    assert (refused.status, "confirm your e-mail first" in refused.words) == (403, True)
    async with database.transaction() as session:
        await vouch(session, user=await queries.by_email(session, email=_EVE))
    assert "/sign-in" in (await squatter.open("/account/security")).url, "the squatter's session ended"
    await squatter.sign_in(_EVE, seeds.PASSWORD)
    await unlock(squatter)
    await options(squatter, "/account/security/passkeys/options")


async def _leave_ways_back(database: Database, device: Device) -> None:
    """As an account may have them that was made before factors asked for a confirmed e-mail."""
    async with database.transaction() as session:
        user = await queries.by_email(session, email=_EVE)
        session.add(UserIdentity(user_id=user.id, provider=Provider.GITHUB, subject="7"))
        await actions.open_link(session, user_id=user.id)
        await actions.finish_sign_in(session, user_id=user.id)
        user.verified = False


@pytest.mark.parametrize("way", ["reset", "vouch"])
async def test_whoever_takes_an_account_over_leaves_the_first_one_no_way_back(
    browser: Browser, second_browser: Browser, database: Database, way: str
) -> None:
    await seeds.person(database, email=_EVE)
    await browser.sign_in(_EVE, seeds.PASSWORD)
    await unlock(browser)
    device = Device()
    asked = await options(browser, "/account/security/passkeys/options")
    await browser.send("/account/security/passkeys", {"answer": device.create(asked), "name": "Mine"})
    await letterbox.delivered(database)
    await _leave_ways_back(database, device)
    if way == "reset":
        await second_browser.open("/forgotten")
        await second_browser.send("/forgotten", {"email": _EVE})
        (letter,) = await letterbox.delivered(database)
        path = letterbox.path_in(letter, "/reset/")
        await second_browser.open(path)
        await second_browser.send(path, {"password": _OWN})
    else:
        async with database.transaction() as session:
            await vouch(session, user=await queries.by_email(session, email=_EVE))
    assert "/sign-in" in (await browser.open("/account")).url
    assert await by_passkey(browser, device) == 422
    async with database.transaction() as session:
        user = await queries.by_email(session, email=_EVE)
        assert user.verified
        for model in (Passkey, PendingSignIn, Session, UserIdentity):
            left = await session.scalar(select(func.count()).select_from(model).where(model.user_id == user.id))
            assert left == 0, model


async def test_a_confirmed_account_keeps_its_factors_when_its_password_is_reset(
    browser: Browser, second_browser: Browser, database: Database
) -> None:
    await seeds.person(database, email=_EVE)
    async with database.transaction() as session:
        user = await queries.by_email(session, email=_EVE)
        session.add(Passkey(user_id=user.id, name="Telephone", credential=b"1", public_key=b"1"))
        await recovery.renew(session, user_id=user.id)
    await browser.open("/forgotten")
    await browser.send("/forgotten", {"email": _EVE})
    (letter,) = await letterbox.delivered(database)
    path = letterbox.path_in(letter, "/reset/")
    await browser.open(path)
    await browser.send(path, {"password": _OWN})
    assert "/sign-in/second" in (await second_browser.sign_in(_EVE, _OWN)).url


async def test_a_letter_tells_of_every_factor_that_is_added_or_removed(browser: Browser, database: Database) -> None:
    await seeds.person(database, email=_EVE)
    await browser.sign_in(_EVE, seeds.PASSWORD)
    await unlock(browser)
    device = Device()
    asked = await options(browser, "/account/security/passkeys/options")
    await browser.send("/account/security/passkeys", {"answer": device.create(asked), "name": "Laptop"})
    (told,) = await letterbox.delivered(database)
    assert (told["To"], "“Laptop”" in told["Subject"], "was added" in letterbox.text_of(told)) == (_EVE, True, True)
    async with database.transaction() as session:
        key = await session.scalar(select(Passkey.id))
    await browser.open("/account/security")
    await browser.send(f"/account/security/passkeys/{key}/remove")
    (told,) = await letterbox.delivered(database)
    assert "“Laptop”" in told["Subject"]
    assert "was taken off" in letterbox.text_of(told)
