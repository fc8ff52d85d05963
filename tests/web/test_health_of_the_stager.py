"""`/health/queues`, while a real stager looks for what is due."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

import operators
import pytest
from site_client import Browser

from aipromote.jobs.carrier import Carrier
from aipromote.jobs.kinds import QUEUES, Due
from aipromote.jobs.pulse import Pulse
from aipromote.jobs.stager import Source, Stager
from aipromote.notifications.jobs import SEND_EMAIL
from aipromote.publishing.jobs import PUBLISH_POST


@pytest.fixture
async def carried(browser: Browser) -> AsyncIterator[Carrier]:
    carried = operators.carrier()
    await operators.empty(carried)
    yield carried
    await operators.empty(carried)
    await carried.close()


async def _health(browser: Browser) -> tuple[int, dict[str, Any]]:
    async with browser.http.get(browser.address + "/health/queues") as answer:
        return answer.status, await answer.json()


async def _until(browser: Browser, worker: Pulse, status: int) -> dict[str, Any]:
    """What the page says once it has this status, while the worker goes on to live."""
    async with asyncio.timeout(60):
        while True:
            await worker.beat(running={}, errors={})
            found, told = await _health(browser)
            if found == status:
                return told
            await asyncio.sleep(0.2)


async def test_a_kind_that_the_stager_has_not_looked_at_for_too_long_turns_the_page_red_and_is_named(
    browser: Browser, carried: Carrier
) -> None:
    stuck, let_go = asyncio.Event(), asyncio.Event()

    async def nothing(_limit: int) -> Sequence[Due[Any]]:
        return []

    async def hangs(_limit: int) -> Sequence[Due[Any]]:
        while stuck.is_set() and not let_go.is_set():
            with suppress(asyncio.CancelledError):  # deaf to its own time limit, too: it never fails
                await let_go.wait()
        return []

    queues = tuple(queue.name for queue in QUEUES)
    worker = Pulse(carried.redis, prefix=carried.prefix, role="worker", queues=queues)
    stager = Stager(
        carried, [Source(PUBLISH_POST, nothing), Source(SEND_EMAIL, hangs, timeout_seconds=0.5)], interval=0.1
    )
    await stager.start()
    try:
        assert (await _until(browser, worker, 200))["status"] == "ok"
        stuck.set()
        told = await _until(browser, worker, 503)
        assert told["reasons"] == ["What is due of send-email cannot be looked up."]
        [check] = [check for check in told["checks"] if check["state"] == "red"]
        assert check["facts"] == {"alive": 1, "blind": ["send-email"]}
        let_go.set()
        assert (await _until(browser, worker, 200))["status"] == "ok"
    finally:
        let_go.set()
        await stager.stop()
