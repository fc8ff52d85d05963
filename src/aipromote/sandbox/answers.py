"""How the API answers: JSON, one shape for errors, rate limits counted per account."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

from aipromote.sandbox import grants, refusals
from aipromote.sandbox.accounts import Account
from aipromote.sandbox.store import STORE, stamp

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ApiError(Exception):
    """An answer that is no success. `code` is for programs, `message` for people."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": code, "message": message, **(more or {})}
        self.headers = dict(headers or {})


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn an ApiError into its JSON answer."""
    try:
        return await handler(request)
    except ApiError as error:
        return web.json_response(error.body, status=error.status, headers=error.headers)


def account_of(request: web.Request, *, scope: str) -> Account:
    """The account behind the bearer token, or ApiError 401 (no living token) or 403 (scope not granted)."""
    store = request.app[STORE]
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    granted = grants.check(store, access=bearer)
    if granted is None:
        raise ApiError(401, "invalid_token", "The access token has expired or was revoked.")
    account, scopes = granted
    if scope not in scopes.split():
        raise ApiError(403, "insufficient_scope", f"The grant does not include {scope}.")
    return account


@dataclass(slots=True)
class RateLimit:
    """Publishing calls per account in fixed windows of product time. Kept in memory: a restart forgives."""

    calls: int = 1000
    seconds: float = 900.0
    _used: dict[int, tuple[float, int]] = field(default_factory=dict)

    def count(self, account: Account) -> dict[str, str]:
        """Count one call; the headers that tell where the account stands, or ApiError 429."""
        now = stamp()
        start = now - now % self.seconds
        window, used = self._used.get(account.number, (start, 0))
        used = used + 1 if window == start else 1
        self._used[account.number] = (start, min(used, self.calls))
        end = start + self.seconds
        headers = {
            "X-RateLimit-Limit": str(self.calls),
            "X-RateLimit-Remaining": str(max(0, self.calls - used)),
            "X-RateLimit-Reset": str(math.ceil(end)),
        }
        if used > self.calls:
            waiting = headers | refusals.wait(end - now)[0]
            raise ApiError(429, "rate_limited", "Too many posts in this window.", headers=waiting)
        return headers


RATE_LIMIT = web.AppKey("rate_limit", RateLimit)
