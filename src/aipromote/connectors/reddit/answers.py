"""What Reddit's answers mean: each is exactly one of the contract's results or errors.

Reddit refuses with status 200 and `{"json": {"errors": [["CODE", "words", "field"]]}}`, or with `{"message", "error"}`
in which `error` repeats the status. Only those are its own words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, NoReturn

import aiohttp

from aipromote import clock
from aipromote.connectors import waits, wire
from aipromote.connectors.contract import Credentials
from aipromote.connectors.errors import (
    ConnectorError,
    Duplicate,
    MediaRejected,
    PermissionMissing,
    PolicyBlocked,
    RateLimited,
    Rejected,
    TargetGone,
    Unauthorized,
)
from aipromote.connectors.wire import Answer
from aipromote.documents.vocabulary import Platform

NETWORK = "Reddit"
_HOUR = 3600
_RATE = frozenset({"RATELIMIT", "SUBREDDIT_RATELIMIT", "QUOTA_FILLED"})
_WAIT = re.compile(r"(\d{1,6}) (millisecond|second|minute|hour)s?\b", re.ASCII)
_UNITS = {"millisecond": 0.001, "second": 1.0, "minute": 60.0, "hour": 3600.0}
_BY_CODE: Mapping[str, type[ConnectorError]] = {
    "ALREADY_SUB": Duplicate,
    "SUBMIT_VALIDATION_REPOST": Duplicate,
    "SUBREDDIT_NOEXIST": TargetGone,
    "THREAD_LOCKED": TargetGone,
    "TOO_OLD": TargetGone,
    "DELETED_LINK": TargetGone,
    "DELETED_COMMENT": TargetGone,
    "SUBREDDIT_NOTALLOWED": PolicyBlocked,
    "USER_REQUIRED": PolicyBlocked,
    "VERIFIED_USER_REQUIRED": PolicyBlocked,
    "DOMAIN_BANNED": PolicyBlocked,
    "SUBMIT_VALIDATION_BLACKLISTED_STRING": PolicyBlocked,
    "BAD_IMAGE": MediaRejected,
    "IMAGE_ERROR": MediaRejected,
    "NO_IMAGES": MediaRejected,
}
_FLAIR = "SUBMIT_VALIDATION_FLAIR_REQUIRED"
_FLAIR_WORDS = "This subreddit wants a flair with every post: connect it again and name one of its flairs."
_GONE = frozenset({"private", "banned", "gold_only"})


def refuse(answer: Answer) -> NoReturn:
    """Raise what a refusal means, or a success that brought nothing."""
    raise meaning(answer)


def meaning(answer: Answer) -> ConnectorError:
    """The error of the contract for it."""
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        told = answer.words(otherwise="Reddit was asked too often.")
        return RateLimited(told, retry_at=_headers(answer), code=answer.code())
    if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return MediaRejected("The file is too large for Reddit.", code=str(answer.status))
    if isinstance(answer.at("json", "errors", 0), list):
        return _listed(answer)
    if answer.is_success or answer.at("error") != answer.status or not answer.fact("message"):
        return answer.unusable(NETWORK)
    return _by_status(answer)


def readable(answer: Answer) -> dict[str, Any]:
    """The body of a success, or the refusal as an error of the contract."""
    if not answer.is_success or not isinstance(answer.body, dict) or answer.at("json", "errors", 0) is not None:
        refuse(answer)
    return answer.body


def children(answer: Answer) -> list[dict[str, Any]]:
    """The things of a listing."""
    readable(answer)
    found = answer.at("data", "children")
    if not isinstance(found, list):
        raise answer.unusable(NETWORK)
    return [one["data"] for one in found if isinstance(one, dict) and isinstance(one.get("data"), dict)]


async def call(
    http: aiohttp.ClientSession,
    method: str,
    credentials: Credentials,
    path: str,
    *,
    publishes: bool = False,
    **content: Any,
) -> Answer:
    """One call to the API, which slows down whoever does not say who they are."""
    headers = {"Authorization": f"Bearer {credentials.access_token}", "User-Agent": user_agent(credentials)}
    return await wire.call(http, method, f"{credentials.server}{path}", publishes=publishes, headers=headers, **content)


def user_agent(credentials: Credentials) -> str:
    """As Reddit wants it: what runs where, and who is behind it."""
    app = credentials.app.client_id if credentials.app else "aipromote"
    name = re.sub(r"[^\w-]", "", credentials.account_id.split("/")[1]) if "/" in credentials.account_id else ""
    return f"web:{re.sub(r'[^A-Za-z0-9_.-]', '', app)}:v1 ({f'by /u/{name}' if name else 'AIPromote'})"


def _listed(answer: Answer) -> ConnectorError:
    code = answer.code("json", "errors", 0, 0)
    told = answer.words("json", "errors", 0, 1, otherwise=f"Reddit answered {code}.")
    if code in _RATE:
        otherwise = _headers(answer) or (clock.after(_HOUR) if code == "QUOTA_FILLED" else None)
        return RateLimited(told, retry_at=_named(told) or otherwise, code=code)
    if code == _FLAIR:
        return Rejected(_FLAIR_WORDS, code=code)
    return _BY_CODE.get(code, Rejected)(told, code=code)


def _by_status(answer: Answer) -> ConnectorError:
    reason = answer.fact("reason")
    told, code = answer.words(otherwise=""), answer.code("reason") if reason else str(answer.status)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return Unauthorized(told, code=code)
    if answer.status == HTTPStatus.NOT_FOUND or reason in _GONE:
        return TargetGone(f"Reddit says: {told}", code=code)
    if answer.status == HTTPStatus.FORBIDDEN:
        is_scope = "insufficient_scope" in answer.headers.get("WWW-Authenticate", "")
        return (PermissionMissing if is_scope else PolicyBlocked)(f"Reddit says: {told}", code=code)
    return Rejected(told, code=code)


def _headers(answer: Answer) -> datetime | None:
    return waits.retry_at(answer, *waits.PLACES[Platform.REDDIT])


def _named(told: str) -> datetime | None:
    """When it says that one may come back: "try again in 9 minutes". It rounds down, so one more is waited for."""
    match = _WAIT.search(told)
    if match is None:
        return None
    unit = _UNITS[match[2]]
    return clock.after(min(int(match[1]) * unit + max(unit, 1.0), waits.LONGEST.total_seconds()))
