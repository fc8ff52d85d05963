"""What the servers of the chat networks share: a start and an end, and how a publishing call goes wrong."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from email.utils import format_datetime

from aiohttp import web
from aiohttp.test_utils import TestServer

from aipromote import clock

REFUSALS = ("rate_limit", "refuse")


class Clock:
    """The time that a server's answers have in their `Date`: the product's, or another one."""

    def __init__(self, app: web.Application) -> None:
        self.is_off_by = timedelta(0)
        app.on_response_prepare.append(self._date)

    async def _date(self, request, response) -> None:  # noqa: ARG002 -- as aiohttp calls it
        response.headers["Date"] = format_datetime(clock.now() + self.is_off_by, usegmt=True)


class Misbehaving:
    """`faults` holds (kind, seconds) for the next publishing calls. Subclasses say how they refuse."""

    def __init__(self) -> None:
        self.faults: list[tuple[str, float]] = []
        self.publishing_calls = 0
        app = web.Application(client_max_size=60_000_000)
        self.clock = Clock(app)
        self.routes(app.router)
        self._server = TestServer(app)

    def routes(self, router) -> None:
        raise NotImplementedError

    def refusal(self, kind, seconds) -> web.Response:
        raise NotImplementedError

    async def __aenter__(self):
        await self._server.start_server(shutdown_timeout=0.1)
        self.url = str(self._server.make_url("")).rstrip("/")
        return self

    async def __aexit__(self, *_) -> None:
        await self._server.close()

    async def publishing(self, request, store) -> web.Response:
        """Answer a publishing call: `store()` keeps what was sent and returns the body, or a refusal."""
        self.publishing_calls += 1
        kind, seconds = self.faults.pop(0) if self.faults else ("", 0.0)
        if kind in REFUSALS:
            return self.refusal(kind, seconds)
        if kind == "drop_unstored":
            request.transport.abort()
            return web.Response(status=500)
        stored = store()
        if isinstance(stored, web.Response):
            return stored
        if kind == "slow":
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(seconds)
        if kind == "store_then_drop":
            request.transport.abort()
        if kind == "store_then_500":
            return web.Response(status=500, text="<html>Internal Server Error</html>", content_type="text/html")
        if kind == "malformed":
            return web.Response(text='{"ok": tr', content_type="application/json")
        return web.json_response(stored)
