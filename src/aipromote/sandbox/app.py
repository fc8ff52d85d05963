"""Builds the sandbox network's web application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from aiohttp import web

from aipromote.sandbox import api, feed, grants, oauth
from aipromote.sandbox.answers import RATE_LIMIT, ApiError, Handler, RateLimit, errors_as_json
from aipromote.sandbox.store import STORE, Store


def create_app(
    store_path: Path,
    *,
    rate_limit: RateLimit | None = None,
    redirect_uris: Iterable[str] = (),
    access_seconds: float = grants.ACCESS_SECONDS,
) -> web.Application:
    """The application over one SQLite file. `redirect_uris` are trusted besides addresses on this machine."""
    app = web.Application(middlewares=[errors_as_json, _own_pages_only], client_max_size=api.MAX_MEDIA_BYTES)
    app[STORE] = Store(store_path)
    app[RATE_LIMIT] = rate_limit or RateLimit()
    app[oauth.ACCESS_SECONDS] = access_seconds
    app[oauth.REDIRECT_URIS] = frozenset(redirect_uris)
    for room in (api, oauth, feed):
        app.router.add_routes(room.routes)
    app.router.add_get("/healthz", _healthy)
    app.router.add_get("/favicon.ico", _no_icon)
    app.cleanup_ctx.append(_closing_store)
    return app


@web.middleware
async def _own_pages_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Other sites' pages may not press our buttons: this server listens on people's own machines, without a login."""
    if request.method != "GET" and request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
        raise ApiError(403, "cross_site", "This came from another site's page.")
    return await handler(request)


async def _healthy(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def _no_icon(_request: web.Request) -> web.Response:
    return web.Response(status=204)


async def _closing_store(app: web.Application) -> AsyncIterator[None]:
    yield
    app[STORE].close()
