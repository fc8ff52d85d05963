"""One HTTP call as every connector makes it: sent at most once, with a time-out, its failures told apart.

What tells them apart is one question: can the network have acted on it? What aiohttp 3.14 does, which this relies on:
`ClientConnectorError` and `ConnectionTimeoutError` come before a byte was sent; after a dropped connection GET, PUT and
DELETE are repeated once by themselves, POST never, so a publishing call is a POST.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp.client import DEFAULT_TIMEOUT

from aipromote.connectors.contract import UnknownOutcome, Unreachable

CALL_TIMEOUT = aiohttp.ClientTimeout(total=10.0, connect=5.0)
_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer. `body` is the JSON value, or None where there was none that could be read."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004 -- HTTP's own numbers

    def fact(self, name: str) -> str:
        """A string of the body's top object, or nothing."""
        value = self.body.get(name) if isinstance(self.body, dict) else None
        return value if isinstance(value, str) else ""


def open_session(*, timeout_seconds: float = 10.0) -> aiohttp.ClientSession:
    """A session for calling networks: explicit time-outs, no cookies (accounts must not mix), no proxy from outside."""
    timeout = aiohttp.ClientTimeout(total=timeout_seconds, connect=min(5.0, timeout_seconds))
    return aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())


async def call(
    http: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    publishes: bool = False,
    headers: Mapping[str, str] | None = None,
    **content: Any,
) -> Answer:
    """Make the call once. Where it `publishes`, a missing or unusable answer is UnknownOutcome, otherwise Unreachable.

    `content` is aiohttp's `json`, `data` or `params`. The session's time-out holds unless it is aiohttp's five minutes.
    """
    lost: type[UnknownOutcome | Unreachable] = UnknownOutcome if publishes else Unreachable
    timeout = CALL_TIMEOUT if http.timeout == DEFAULT_TIMEOUT else http.timeout
    try:
        async with http.request(
            method, url, headers=headers, allow_redirects=False, timeout=timeout, **content
        ) as response:
            answer = Answer(response.status, response.headers, _parsed(await response.read()))
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
        raise Unreachable(f"The network could not be reached ({type(error).__name__}).") from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise lost(f"The network gave no complete answer ({type(error).__name__}).") from error
    if answer.status >= _SERVER_ERROR and answer.fact("error") != "not_processed":
        raise lost(f"The network answered {answer.status}.", code=str(answer.status))
    if answer.status >= _SERVER_ERROR:
        raise Unreachable("The network is away and did nothing.", code="not_processed")
    return answer


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None
