"""How Forem, the software of dev.to, is asked and how it refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any, NoReturn

import aiohttp

from aipromote.connectors import waits, wire
from aipromote.connectors.contract import Credentials
from aipromote.connectors.errors import (
    Duplicate,
    MediaRejected,
    PermissionMissing,
    RateLimited,
    Rejected,
    Revoked,
    TargetGone,
)
from aipromote.connectors.wire import Answer

NETWORK = "dev.to"
PAGE = 30
_TAKEN = ("already been taken", "already been used")


async def call(http: aiohttp.ClientSession, credentials: Credentials, method: str, path: str, **content: Any) -> Answer:
    """One call with the API key."""
    key = credentials.access_token
    headers = {"api-key": key, "Accept": "application/vnd.forem.api-v1+json"}
    return await wire.call(http, method, f"{credentials.server}{path}", headers=headers, secrets=[key], **content)


async def pages(
    http: aiohttp.ClientSession, credentials: Credentials, path: str, *, at_most: int
) -> AsyncIterator[list[Any]]:
    """The pages of a list, up to one that is not full."""
    for number in range(1, at_most + 1):
        query = {"page": str(number), "per_page": str(PAGE)}
        answer = await call(http, credentials, "GET", path, params=query)
        if not answer.is_success:
            refuse(answer)
        if not isinstance(answer.body, list):
            raise answer.unusable(NETWORK)
        yield answer.body
        if len(answer.body) < PAGE:
            return


def readable(answer: Answer) -> dict[str, Any]:
    """The body of a success, or the refusal as an error of the contract."""
    if not answer.is_success:
        refuse(answer)
    if not isinstance(answer.body, dict) or not isinstance(answer.body.get("id"), int):
        raise answer.unusable(NETWORK)
    return answer.body


def refuse(answer: Answer) -> NoReturn:
    """Raise what an answer that is no success means. Forem says `error` in words and repeats the status."""
    reason, code = answer.words("error", otherwise=f"dev.to answered {answer.status}."), str(answer.status)
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise RateLimited(reason, retry_at=waits.retry_at(answer), code=code)
    if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        raise MediaRejected(reason, code=code)
    if not answer.fact("error") or answer.at("status") != answer.status:
        raise answer.unusable(NETWORK)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        raise Revoked("dev.to does not accept this API key, or has suspended the account. Connect it again.", code=code)
    if answer.status == HTTPStatus.FORBIDDEN:
        raise PermissionMissing(reason, code=code)
    if answer.status == HTTPStatus.NOT_FOUND:
        raise TargetGone(reason, code=code)
    if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY and any(words in reason for words in _TAKEN):
        raise Duplicate(f"dev.to says that it has this article: {reason}", code=code)
    raise Rejected(reason, code=code)
