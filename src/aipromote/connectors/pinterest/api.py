"""Pinterest's way of asking and refusing: what its errors mean in the contract's words."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NoReturn

import aiohttp

from aipromote.connectors import waits, wire
from aipromote.connectors.contract import Credentials
from aipromote.connectors.errors import (
    MediaRejected,
    PermissionMissing,
    PolicyBlocked,
    RateLimited,
    Rejected,
    TargetGone,
    Unauthorized,
)
from aipromote.connectors.wire import Answer

NETWORK = "Pinterest"
_RESET = (waits.RETRY_AFTER, waits.header("x-ratelimit-reset", waits.epoch, waits.seconds))
_OF_FILES = ("image", "video", "media")
_OF_RULES = ("spam", "blocked", "violat", "community guidelines")


async def call(http: aiohttp.ClientSession, credentials: Credentials, method: str, path: str, **content: Any) -> Answer:
    """One call with the account's token."""
    headers = {"Authorization": f"Bearer {credentials.access_token}"}
    url, hidden = f"{credentials.server}/v5{path}", [credentials.refresh_token]
    return await wire.call(http, method, url, headers=headers, secrets=hidden, **content)


async def ask(
    http: aiohttp.ClientSession, credentials: Credentials, path: str, query: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The answer to a question that changes nothing."""
    return readable(await call(http, credentials, "GET", path, params=dict(query or {})))


def readable(answer: Answer) -> dict[str, Any]:
    """The body of a success, or the refusal as an error of the contract."""
    if not answer.is_success:
        refuse(answer)
    if not isinstance(answer.body, dict):
        raise answer.unusable(NETWORK)
    return answer.body


def is_own(answer: Answer) -> bool:
    """Whether an error is in Pinterest's own words: a number and a sentence."""
    code = answer.at("code")
    return isinstance(code, int) and not isinstance(code, bool) and bool(answer.fact("message"))


def refuse(answer: Answer) -> NoReturn:
    """Raise what an answer that is no success means. Its numbers are not documented, so the status decides."""
    code, reason = answer.code("code"), answer.words(otherwise=f"Pinterest answered {answer.status}.")
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise RateLimited(reason, retry_at=waits.retry_at(answer, *_RESET), code=code)
    if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        raise MediaRejected(reason, code=code)
    if not is_own(answer):
        raise answer.unusable(NETWORK)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        raise Unauthorized(reason, code=code)
    if answer.status == HTTPStatus.NOT_FOUND:
        raise TargetGone(reason, code=code)
    said = reason.lower()
    if any(word in said for word in _OF_RULES):
        raise PolicyBlocked(reason, code=code)
    if any(word in said for word in _OF_FILES):
        raise MediaRejected(reason, code=code)
    if answer.status == HTTPStatus.FORBIDDEN:
        raise PermissionMissing(reason, code=code)
    raise Rejected(reason, code=code)
