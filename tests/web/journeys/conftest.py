"""One Chromium for all journeys, a sandbox network that the site knows, and a real worker beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import chromium
import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright
from steps import Open
from web_server import Site

from aipromote import settings
from aipromote.cli.serving import worker_argv
from aipromote.db.database import Database
from aipromote.web import bundling
from sandbox.network import Network


@pytest.fixture(scope="session")
def chromium_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Chromium that all tests of this process share: starting one for each would be most of their time."""
    profile = tmp_path_factory.mktemp("chromium")
    argv = [chromium.program(), "--headless", "--no-sandbox", "--remote-debugging-port=0", f"--user-data-dir={profile}"]
    with (profile / "log").open("wb") as log:
        process = subprocess.Popen([*argv, *chromium._ARGUMENTS], stdout=log, stderr=log, process_group=0)
    told = profile / "DevToolsActivePort"
    try:
        for _ in range(3000):
            if told.exists() and "\n" in told.read_text():
                break
            assert process.poll() is None, (profile / "log").read_text()
            time.sleep(0.02)
        yield f"http://127.0.0.1:{told.read_text().splitlines()[0]}"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
async def shared_chromium(chromium_address: str) -> AsyncIterator[Browser]:
    """The shared one, from this test's event loop."""
    os.environ["PLAYWRIGHT_NODEJS_PATH"] = str(bundling.node()[0])
    async with async_playwright() as playwright:
        running = await playwright.chromium.connect_over_cdp(chromium_address)
        yield running
        await running.close()


@pytest.fixture
async def open_tab(shared_chromium: Browser, site: Site) -> AsyncIterator[Open]:
    """Tabs of several people. A script that broke, or what the policy of the pages refused, fails the test."""
    broken: list[str] = []
    contexts = []

    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            broken.append(message.text)

    async def opened(**options: object) -> Page:
        wanted = {"base_url": site.address, "viewport": chromium.DESK, "locale": "en-GB", **options}
        context = await shared_chromium.new_context(**wanted)  # type: ignore[arg-type]
        contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("console", note)
        return page

    yield opened
    for context in contexts:
        await context.close()
    assert broken == []


@pytest.fixture
async def chromium_page(open_tab: Open) -> Page:
    """A tab of a desk's size, without any cookie."""
    return await open_tab()


@pytest.fixture
async def network(tmp_path: Path, owner_url: str) -> AsyncIterator[Network]:
    """A sandbox network on this machine; the site and the worker know where."""
    async with Network(tmp_path / "sandbox.db") as running:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AIPROMOTE_SANDBOX_URL", running.url)
            settings.get.cache_clear()
            yield running
        settings.get.cache_clear()


@pytest.fixture
def worker(network: Network, database: Database, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The product's own worker process, on the database and the queues of the site."""
    environment = {**os.environ, "AIPROMOTE_WORKER_GRACE_SECONDS": "1"}
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen(worker_argv(), env=environment, stdout=log, stderr=log, process_group=0)
    yield process
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
