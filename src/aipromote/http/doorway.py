"""Around every request: is the host ours, which number has it, the security headers, and nothing uncaught."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable
from urllib.parse import urlsplit
from uuid import uuid4

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aipromote import languages
from aipromote.db.database import Database
from aipromote.errors import InvalidInput
from aipromote.http import cookies
from aipromote.http.speaking import language_of
from aipromote.settings import Settings

log: structlog.stdlib.BoundLogger = structlog.get_logger()

REVIEW = "/review/"
"""Pages of reviewers without an account: who knows the address is let in."""
_WITH_TOKENS = (
    REVIEW, "/enter/", "/media/", "/join/", "/reset/", "/verify/", "/account/email/", "/calendar/feed/",
)  # fmt: skip
"""Addresses that go on with a token, which no log may hold."""
_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

ErrorPage = Callable[[Request, Exception], Awaitable[Response]]


def known_hosts(chosen: Settings) -> frozenset[str]:
    """The names under which this instance may be asked. Another one in the Host header is somebody else's trick."""
    named = {urlsplit(chosen.public_url).hostname or "", chosen.host.lower()}
    return _LOOPBACK | (named - {"", "0.0.0.0", "::"})  # noqa: S104 -- these two are taken out of the set, nothing binds


def content_policy(form_targets: Iterable[str]) -> str:
    """Everything from ourselves, no script or style inside a page; forms may lead on to `form_targets`."""
    return "; ".join(
        [
            "default-src 'self'",
            "base-uri 'none'",
            "object-src 'none'",
            "frame-ancestors 'none'",
            " ".join(["form-action 'self'", *form_targets]),
        ]
    )


class Doorway:
    """The outermost middleware. Also answers for what no page expected, so that those answers have the headers too."""

    def __init__(self, app: ASGIApp, *, chosen: Settings, error_page: ErrorPage, guarded: Collection[str] = ()) -> None:
        """`guarded` paths are asked by programs with a token, by whatever name they know this machine."""
        self._app = app
        self._guarded = frozenset(guarded)
        self._hosts = known_hosts(chosen)
        self._error_page = error_page
        parts = urlsplit(chosen.sandbox_url)
        # Browsers hold a form to the policy along its redirects; connecting an account of the sandbox leads there.
        targets = [f"{parts.scheme}://{parts.netloc}"] if parts.netloc else []
        self._headers = {
            "content-security-policy": content_policy(targets),
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
            "referrer-policy": "same-origin",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
        }
        if urlsplit(chosen.public_url).scheme == "https":
            self._headers["strict-transport-security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        languages.use(language_of(Request(scope)))
        request_id = uuid4().hex[:12]
        scope.setdefault("state", {})["request_id"] = request_id
        begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                if scope["path"].startswith(REVIEW):
                    headers.update({"referrer-policy": "no-referrer", "x-robots-tag": "noindex, nofollow"})
                self._add_headers(headers, request_id)
                if (seconds := _replica_lag(scope)) is not None:
                    headers.append("set-cookie", cookies.wrote(seconds))
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._answer(scope, receive, send_with_headers)
            except Exception as error:
                log.exception("request failed", method=scope["method"], path=_without_token(scope["path"]))
                if begun:
                    raise
                response = await self._error_page(Request(scope, receive), error)
                await response(scope, receive, send_with_headers)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        has_token = scope["path"] in self._guarded and "authorization" in request.headers
        if has_token or _host_name(request.headers.get("host", "")) in self._hosts:
            await self._app(scope, receive, send)
            return
        response = await self._error_page(request, _UnknownHost("This address is not one of this instance's own."))
        await response(scope, receive, send)

    def _add_headers(self, headers: MutableHeaders, request_id: str) -> None:
        headers["x-request-id"] = request_id
        for name, value in self._headers.items():
            headers.setdefault(name, value)
        headers.setdefault("cache-control", "no-store")


def _replica_lag(scope: Scope) -> float | None:
    """After a request that may have changed something: how far a replica may be behind, if there is one."""
    if scope["method"] in _HARMLESS:
        return None
    database: Database | None = getattr(scope["app"].state, "database", None)
    return None if database is None or database.replica is None else database.replica.most_seconds


class _UnknownHost(InvalidInput):
    """The Host header names somebody else."""

    status = 421


def _without_token(path: str) -> str:
    for begins in _WITH_TOKENS:
        if path.startswith(begins):
            return f"{begins}…"
    return path


def _host_name(host: str) -> str:
    """Without the port, in lower case; brackets of an IPv6 address taken off."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""
