"""The stand-in of Bluesky's server with an account that is signed in, for tests of its connector."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp
import pytest

from aipromote import clock
from aipromote.connectors.bluesky import BlueskyConnector
from aipromote.connectors.contract import Armed, Part, Published
from connectors.bluesky_pds import PASSWORD, Pds


class BlueskyHarness:
    def __init__(self, pds: Pds) -> None:
        self.pds = pds
        self.connector = BlueskyConnector()

    async def fault(self, kind, *, seconds=None, style="seconds") -> None:  # noqa: ARG002 -- Bluesky tells a time only
        self.pds.faults.append((kind, 1.0 if seconds is None else seconds))

    async def received(self) -> list[str]:
        return [stored["value"]["text"] for stored in self.pds.records.values()]

    async def expire_access(self) -> None:
        self.pds.end("access")

    async def revoke(self) -> None:
        self.pds.end("access", "refresh")

    def arm(self) -> Armed:
        now = clock.now()
        return Armed("key", now, self.connector.choose_record_key(now))

    async def prepare(self, http, part: Part, *, times: int = 10) -> str | None:
        """The handle, once it is ready."""
        handle = None
        for _ in range(times):
            answer = await self.connector.prepare(http, self.credentials, part, handle)
            handle = answer.handle
            if answer.ask_after is None:
                return handle
        pytest.fail("it was never ready")

    async def send(self, http, part: Part) -> Published:
        handle = await self.prepare(http, part) if self.connector.prepares(part) else None
        return await self.connector.publish(http, self.credentials, part, replace(self.arm(), prepared=handle))

    def stored(self) -> dict:
        """The one record that there is."""
        [only] = self.pds.records.values()
        return only["value"]


@asynccontextmanager
async def signed_in(http: aiohttp.ClientSession) -> AsyncIterator[BlueskyHarness]:
    async with Pds() as pds:
        made = BlueskyHarness(pds)
        given = {"identifier": "@ada.test", "password": PASSWORD}
        (grant,) = await made.connector.sign_in(http, server=pds.url, given=given)
        made.credentials = grant.credentials
        yield made
