"""A blog on a loopback port: its pages and feeds by path, as a server of the kind would answer for them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

FEEDS = Path(__file__).parents[1] / "data" / "feeds"
_TYPES = {".xml": "application/rss+xml", ".json": "application/feed+json", ".html": "text/html"}


@dataclass
class Page:
    """What is answered. With an `etag` a request that names it gets 304; `to` redirects."""

    body: bytes = b""
    type: str = "application/rss+xml"
    etag: str = ""
    to: str = ""
    status: int = 200


@dataclass
class Blog:
    """Its address, its pages, which may be changed meanwhile, and every request that reached it."""

    pages: dict[str, Page] = field(default_factory=dict)
    address: str = ""
    asked: list[web.Request] = field(default_factory=list)


def page_of(name: str, *, etag: str = "") -> Page:
    """A file of the test data."""
    return Page((FEEDS / name).read_bytes(), _TYPES[Path(name).suffix], etag=etag)


@asynccontextmanager
async def blogging(pages: dict[str, Page]) -> AsyncIterator[Blog]:
    """Serve these pages."""
    blog = Blog(pages)

    async def answer(request: web.Request) -> web.StreamResponse:
        blog.asked.append(request)
        page = blog.pages.get(request.path)
        if page is None:
            raise web.HTTPNotFound
        if page.to:
            return web.Response(status=301, headers={"Location": page.to})
        headers = {"Content-Type": page.type} | ({"ETag": page.etag} if page.etag else {})
        if page.etag and request.headers.get("If-None-Match") == page.etag:
            return web.Response(status=304, headers=headers)
        return web.Response(status=page.status, body=page.body, headers=headers)

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    blog.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield blog
    finally:
        await runner.cleanup()
