"""Passkeys in a real browser, whose authenticator is Chromium's own virtual one."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import seeds
from playwright.async_api import Page, expect
from web_server import Site

from aipromote import settings
from aipromote.db.database import Database

EMAIL = "ada@example.org"


@pytest.fixture
def localhost(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The site by its name: browsers make no passkeys for `127.0.0.1`."""
    address = f"http://localhost:{urlsplit(site.address).port}"
    monkeypatch.setenv("AIPROMOTE_PUBLIC_URL", address)
    settings.get.cache_clear()
    yield address
    monkeypatch.undo()
    settings.get.cache_clear()


async def _authenticator(page: Page) -> None:
    session = await page.context.new_cdp_session(page)
    await session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    await session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


async def test_a_passkey_is_made_and_opens_the_account_without_and_after_a_password(
    chromium_page: Page, localhost: str, database: Database
) -> None:
    page = chromium_page
    await seeds.person(database, email=EMAIL)
    await _authenticator(page)
    await page.goto(f"{localhost}/sign-in")
    await page.get_by_label("E-mail").fill(EMAIL)
    await page.get_by_label("Password").fill(seeds.PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.wait_for_url(lambda address: "/sign-in" not in address)

    await page.goto(f"{localhost}/account/security")
    await page.get_by_role("link", name="Make changes").click()
    await page.get_by_label("Password").fill(seeds.PASSWORD)
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_label("Name").fill("Work laptop")
    await page.get_by_role("button", name="Add a passkey").click()
    await expect(page.locator(".recovery-codes li")).to_have_count(10)

    await page.context.clear_cookies()
    await page.goto(f"{localhost}/sign-in?next=/account/security")
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await expect(page.get_by_text("Work laptop")).to_be_visible()

    await page.context.clear_cookies()
    await page.goto(f"{localhost}/sign-in?next=/account/security")
    await page.get_by_label("E-mail").fill(EMAIL)
    await page.get_by_label("Password").fill(seeds.PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_role("button", name="Use a passkey").click()
    await expect(page.get_by_text("Work laptop")).to_be_visible()
