"""Bluesky's way of asking and refusing (XRPC): what its errors mean in the contract's words."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, NoReturn

import aiohttp

from aipromote.connectors import waits, wire
from aipromote.connectors.contract import Credentials
from aipromote.connectors.errors import (
    MediaRejected,
    PermissionMissing,
    RateLimited,
    Rejected,
    Revoked,
    Stale,
    Unauthorized,
)
from aipromote.connectors.wire import Answer
from aipromote.documents.vocabulary import Platform

NETWORK = "Bluesky"
_TOKEN_ERRORS = frozenset({"ExpiredToken", "InvalidToken", "AuthenticationRequired", "AuthMissing"})
_TAKEN_DOWN = frozenset({"AccountTakedown", "AccountSuspended"})
_ABOUT_FILES = ("$.record.embed.images", "$.record.embed.video")
"""Where the fault in a record is that the server found, as it ends its sentence."""
_MEDIA_ERRORS = frozenset({"BlobTooLarge", "InvalidMimeType", "InvalidImageDimensions"})


def bearer(credentials: Credentials) -> dict[str, str]:
    """The header that opens the account."""
    return {"Authorization": f"Bearer {credentials.access_token}"}


async def read(http: aiohttp.ClientSession, credentials: Credentials, method: str, where: Mapping[str, str]) -> Answer:
    """Ask a question that changes nothing."""
    return await wire.call(
        http, "GET", f"{credentials.server}/xrpc/{method}", headers=bearer(credentials), params=dict(where)
    )


def readable(answer: Answer) -> dict[str, Any]:
    """The body of a success, or the refusal as an error of the contract."""
    if not answer.is_success:
        refuse(answer)
    if not isinstance(answer.body, dict):
        raise answer.unusable(NETWORK)
    return answer.body


def refuse(answer: Answer) -> NoReturn:
    """Raise what a 4xx means. A token that is not accepted is Unauthorized: the refresh tells whether it is the end.

    Only the protocol's own words count. A page of a proxy or a firewall tells nothing about what the server did, except
    that it was asked too often or sent too much.
    """
    code, reason = answer.code(), answer.words(otherwise=f"Bluesky answered {answer.status}.")
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise RateLimited(reason, retry_at=waits.retry_at(answer, *waits.PLACES[Platform.BLUESKY]), code=code)
    if code in _MEDIA_ERRORS or answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        raise MediaRejected(reason, code=code)
    if not answer.fact("error"):
        raise answer.unusable(NETWORK)
    if code == "BlobNotFound":
        raise Stale("Bluesky does not keep the uploaded file any more.", code=code)
    if any(place in answer.fact("message") for place in _ABOUT_FILES):
        raise MediaRejected(reason, code=code)
    if code in _TAKEN_DOWN:
        raise Revoked(reason, code=code)
    if code in _TOKEN_ERRORS or answer.status == HTTPStatus.UNAUTHORIZED:
        raise Unauthorized(reason, code=code)
    if answer.status == HTTPStatus.FORBIDDEN:
        raise PermissionMissing(reason, code=code)
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
