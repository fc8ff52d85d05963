"""A real Chromium for tests of pages: `chromium_page` is a tab that knows the site's address.

A test asks for `chromium_page` (and for `browser` or `database` to make what it looks at), signs in by `sign_in`, and
goes on with Playwright: `goto("/calendar")`, `set_viewport_size(chromium.PHONE)`, `emulate_media(color_scheme="dark")`.
When it ends, a script that broke or something that the content security policy refused fails it.

Without Chromium on the machine the test is skipped, which says so; in CI (`CI=true`) it fails.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright
from web_server import Site

from aipromote.web import bundling

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1440, "height": 900}
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = ["--no-first-run", "--disable-gpu", "--disable-dev-shm-usage"]


def program() -> str:
    """Where Chromium is. Skips the test where there is none; in CI that is a failure."""
    found = next((path for name in _PROGRAMS if (path := shutil.which(name))), None)
    if found is None:
        absent = "Chromium is not installed (`apt install chromium`), so nothing was tried in a real browser."
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(absent)
        pytest.skip(absent)
    return found


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """Chromium, without a window. Playwright's own Node.js wants libraries that a small Debian lacks; ours does not."""
    path = program()
    os.environ["PLAYWRIGHT_NODEJS_PATH"] = str(bundling.node()[0])
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=path, chromium_sandbox=False, args=_ARGUMENTS)
        try:
            yield running
        finally:
            await running.close()


@pytest.fixture
async def chromium_page(site: Site) -> AsyncIterator[Page]:
    """A tab of a desk's size, without any cookie."""
    async with launched() as running:
        context = await running.new_context(base_url=site.address, viewport=DESK, locale="en-GB")
        page = await context.new_page()
        broken: list[str] = []
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("console", lambda message: _note(message, broken))
        yield page
        await context.close()
        assert broken == []


async def sign_in(page: Page, email: str, password: str) -> None:
    """Through the form; the page that follows is open afterwards."""
    await page.goto("/sign-in")
    await page.locator("input[name=email]").fill(email)
    await page.locator("input[name=password]").fill(password)
    await page.locator("form:has(input[name=password]) button").first.click()
    await page.wait_for_url(lambda url: "/sign-in" not in url)


def _note(message: ConsoleMessage, broken: list[str]) -> None:
    if "Content Security Policy" in message.text:
        broken.append(message.text)
