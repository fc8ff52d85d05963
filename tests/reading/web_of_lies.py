"""A web server that does what a hostile one would, on a loopback port."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

PAGE = "<html><head><title>Acme</title></head><body><h1>Nails</h1></body></html>"


class Web:
    """Its address, and every request that reached it."""

    def __init__(self) -> None:
        self.address = ""
        self.asked: list[web.Request] = []


async def _page(request: web.Request) -> web.StreamResponse:
    return web.Response(text=PAGE, content_type="text/html", headers={"Set-Cookie": "spy=1"})


async def _to(request: web.Request) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": request.query["at"]})


async def _around(request: web.Request) -> web.StreamResponse:
    left = int(request.query["n"])
    return web.Response(status=302, headers={"Location": f"/around?n={left - 1}" if left else "/"})


async def _drip(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Type": "text/html"})
    await answer.prepare(request)
    while True:
        await answer.write(b".")
        await asyncio.sleep(0.05)


async def _endless(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Type": "text/html"})
    await answer.prepare(request)
    while True:
        await answer.write(b"x" * 65536)


async def _bomb(request: web.Request) -> web.StreamResponse:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = b"".join(packer.compress(bytes(1024 * 1024)) for _ in range(200)) + packer.flush()
    return web.Response(body=packed, headers={"Content-Type": "text/html", "Content-Encoding": "gzip"})


async def _junk(request: web.Request) -> web.StreamResponse:
    """A packed page, and then whatever, without an end."""
    answer = web.StreamResponse(headers={"Content-Type": "text/html", "Content-Encoding": "gzip"})
    await answer.prepare(request)
    await answer.write(gzip.compress(b"<p>Short</p>"))
    while True:
        await answer.write(b"x" * 65536)


async def _typed(request: web.Request) -> web.StreamResponse:
    return web.Response(body=b"%PDF-1.7", headers={"Content-Type": request.query["as"]})


async def _packed(request: web.Request) -> web.StreamResponse:
    headers = {"Content-Type": "text/html", "Content-Encoding": request.query.get("as", "gzip")}
    body = gzip.compress("<p>Grüße</p>".encode("latin-1"))
    return web.Response(body=body, headers=headers | {"Content-Type": "text/html; charset=iso-8859-1"})


async def _broken(request: web.Request) -> web.StreamResponse:
    return web.Response(body=b"\x1f\x8bnonsense", headers={"Content-Type": "text/html", "Content-Encoding": "gzip"})


@asynccontextmanager
async def serving(files: dict[str, str] | None = None) -> AsyncIterator[Web]:
    """Serve the tricks; or these pages, by path, and nothing else."""
    found = Web()

    @web.middleware
    async def remember(request: web.Request, handler: web.Handler) -> web.StreamResponse:
        found.asked.append(request)
        return await handler(request)

    async def file(request: web.Request) -> web.StreamResponse:
        text = (files or {}).get(request.path)
        if text is None:
            raise web.HTTPNotFound
        plain = request.path.endswith(".txt")
        return web.Response(text=text, content_type="text/plain" if plain else "text/html")

    application = web.Application(middlewares=[remember])
    if files is None:
        tricks = {"/": _page, "/to": _to, "/around": _around, "/drip": _drip, "/endless": _endless, "/bomb": _bomb}
        tricks["/junk"] = _junk
        tricks |= {"/typed": _typed, "/packed": _packed, "/broken": _broken}
        for path, trick in tricks.items():
            application.router.add_get(path, trick)
    else:
        application.router.add_get("/{path:.*}", file)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield found
    finally:
        await runner.cleanup()
