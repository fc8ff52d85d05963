"""The application behind a real server, and programs with keys."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator

import aiohttp
import pytest
import redis
from program import Program
from web_server import Site

from aipromote import settings
from aipromote.db.database import Database


@pytest.fixture(scope="session")
def site(owner_url: str) -> Iterator[Site]:
    """The application, served by granian in a thread with an event loop of its own."""
    running = Site()
    thread = threading.Thread(target=lambda: asyncio.run(running.serve()), name="api site")
    thread.start()
    assert running.ready.wait(20), "the site did not start"
    yield running
    running.stop()
    thread.join(20)


@pytest.fixture
def forget_tries(redis_server_url: str) -> Callable[[], None]:
    """Takes back the counts of wrong keys, for a walk that tries more of them than one program may."""
    return lambda: _forget(redis_server_url)


@pytest.fixture(autouse=True)
def _no_tries_yet(owner_url: str, redis_server_url: str) -> None:
    _forget(redis_server_url)


def _forget(redis_server_url: str) -> None:
    with redis.Redis.from_url(redis_server_url) as client:
        for key in client.scan_iter(f"{settings.get().queue_prefix}:tries:*"):
            client.delete(key)


@pytest.fixture
async def program(site: Site, database: Database) -> AsyncIterator[Program]:
    """A program without a key. All rows are gone afterwards."""
    async with aiohttp.ClientSession() as http:
        yield Program(http, f"{site.address}/api/v1")
