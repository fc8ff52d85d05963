"""The pages in a real browser: that there is one, and that it tells what broke."""

from __future__ import annotations

import chromium
import pytest
import seeds
from playwright.async_api import Page
from site_client import Browser

from aipromote.db.database import Database


async def test_somebody_signs_in_with_a_real_browser(chromium_page: Page, browser: Browser, database: Database) -> None:
    made = await seeds.startup(database)
    await chromium.sign_in(chromium_page, made.email, seeds.PASSWORD)
    assert await chromium_page.locator("h1").inner_text() == "This week"


def test_without_chromium_a_test_is_skipped_in_words_and_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium, "_PROGRAMS", ("no-such-browser",))
    monkeypatch.setenv("CI", "false")
    with pytest.raises(pytest.skip.Exception, match="apt install chromium"):
        chromium.program()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="apt install chromium"):
        chromium.program()
