"""The web application behind a real server on a loopback port, and a browser-like client."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator

import aiohttp
import operators
import pytest
import redis
from chromium import chromium_page as chromium_page  # noqa: PLC0414 -- a fixture for all tests here
from site_client import Browser
from web_server import Site

from aipromote import settings
from aipromote.db.database import Database
from aipromote.jobs.carrier import Carrier


@pytest.fixture(scope="session")
def site(owner_url: str) -> Iterator[Site]:
    """The application, served by granian in a thread with an event loop of its own."""
    running = Site()
    thread = threading.Thread(target=lambda: asyncio.run(running.serve()), name="site")
    thread.start()
    assert running.ready.wait(20), "the site did not start"
    yield running
    running.stop()
    thread.join(20)


@pytest.fixture(autouse=True)
def _no_tries_yet(owner_url: str, redis_server_url: str) -> None:
    """All tests of this worker come from one address, whose tries would add up."""
    with redis.Redis.from_url(redis_server_url) as client:
        for key in client.scan_iter(f"{settings.get().queue_prefix}:tries:*"):
            client.delete(key)


@pytest.fixture
async def browser(site: Site, database: Database) -> AsyncIterator[Browser]:
    """A browser without any cookie. All rows are gone afterwards."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield Browser(http, site.address)


@pytest.fixture
async def second_browser(site: Site, database: Database) -> AsyncIterator[Browser]:
    """Somebody else's."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield Browser(http, site.address)


@pytest.fixture
async def carried(site: Site) -> AsyncIterator[Carrier]:
    """The queues of the instance, empty before and after."""
    carrier = operators.carrier()
    await operators.empty(carrier)
    yield carrier
    await operators.empty(carrier)
    await carrier.close()


@pytest.fixture
async def administrator(browser: Browser, database: Database, carried: Carrier) -> Browser:
    """Signed in as the administrator of the instance."""
    return await operators.administrator(browser, database)
