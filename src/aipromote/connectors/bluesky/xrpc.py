"""Bluesky's way of asking and refusing (XRPC): what its errors mean in the contract's words."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

import aiohttp

from aipromote.connectors import waits, wire
from aipromote.connectors.contract import (
    Credentials,
    PermissionMissing,
    RateLimited,
    Rejected,
    Unauthorized,
    UnknownOutcome,
    Unreachable,
)
from aipromote.connectors.wire import Answer
from aipromote.documents.vocabulary import Platform

_TOKEN_ERRORS = frozenset({"ExpiredToken", "InvalidToken", "AuthenticationRequired", "AuthMissing"})


def bearer(credentials: Credentials) -> dict[str, str]:
    """The header that opens the account."""
    return {"Authorization": f"Bearer {credentials.access_token}"}


async def read(http: aiohttp.ClientSession, credentials: Credentials, method: str, where: Mapping[str, str]) -> Answer:
    """Ask a question that changes nothing."""
    return await wire.call(
        http, "GET", f"{credentials.server}/xrpc/{method}", headers=bearer(credentials), params=dict(where)
    )


def readable(answer: Answer) -> dict[str, Any]:
    """The body of a success (empty where there is none), or the refusal as an error of the contract."""
    if not answer.is_success:
        refuse(answer)
    if answer.body is not None and not isinstance(answer.body, dict):
        raise Unreachable("Bluesky answered with something unreadable.", code=str(answer.status))
    return answer.body or {}


def refuse(answer: Answer) -> NoReturn:
    """Raise what a 4xx means. A token that is not accepted is Unauthorized: the refresh tells whether it is the end."""
    code = answer.fact("error") or str(answer.status)
    reason = answer.fact("message") or f"Bluesky answered {answer.status}."
    if code in _TOKEN_ERRORS or answer.status == 401:  # noqa: PLR2004 -- HTTP's own number
        raise Unauthorized(reason, code=code)
    match answer.status:
        case 403:
            raise PermissionMissing(reason, code=code)
        case 408:
            raise UnknownOutcome(reason, code=code)
        case 429:
            raise RateLimited(reason, retry_at=waits.retry_at(answer, *waits.PLACES[Platform.BLUESKY]), code=code)
        case _:
            raise Rejected(reason, code=code)


def expiry(token: str) -> datetime | None:
    """When a session token ends, as it says itself (it is not ours to verify); None where it cannot be read."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return datetime.fromtimestamp(claims["exp"], UTC)
    except (IndexError, KeyError, TypeError, ValueError, OverflowError, OSError):
        return None


def count(body: Mapping[str, Any], name: str) -> int | None:
    """A counter, or None where it is not told."""
    value = body.get(name)
    return value if isinstance(value, int) else None
