"""What the sandbox network's answers mean: each is exactly one of the contract's results or errors.

A refusal counts in the network's own words only (a JSON object that names an `error`), whatever the status is. A page
of a proxy or a firewall in front of it says nothing about what was done, except that it let nothing pass: too many
calls, too many bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, NoReturn

from aipromote.connectors import waits
from aipromote.connectors.contract import Credentials, Processing, Published
from aipromote.connectors.errors import (
    AccountLimit,
    BillingExhausted,
    ConnectorError,
    Duplicate,
    MediaRejected,
    PermissionMissing,
    PolicyBlocked,
    RateLimited,
    Rejected,
    Stale,
    TargetGone,
    Unauthorized,
    Unreachable,
)
from aipromote.connectors.wire import Answer

NETWORK = "The sandbox"
_HANDLE = re.compile(r"[\w-]{1,100}", re.ASCII)
_BY_CODE: Mapping[str, type[ConnectorError]] = {
    "invalid_token": Unauthorized,
    "insufficient_scope": PermissionMissing,
    "billing": BillingExhausted,
    "duplicate": Duplicate,
    "refused": Rejected,
    "policy": PolicyBlocked,
    "media_type": MediaRejected,
    "media_gone": Stale,
    "reply_target_gone": TargetGone,
    "target_gone": TargetGone,
    "not_found": TargetGone,
    "rate_limited": RateLimited,
    "account_limit": AccountLimit,
    "not_processed": Unreachable,
}
_BY_STATUS: Mapping[int, type[ConnectorError]] = {
    HTTPStatus.UNAUTHORIZED: Unauthorized,
    HTTPStatus.PAYMENT_REQUIRED: BillingExhausted,
    HTTPStatus.FORBIDDEN: PermissionMissing,
    HTTPStatus.NOT_FOUND: TargetGone,
    HTTPStatus.CONFLICT: Duplicate,
    HTTPStatus.GONE: TargetGone,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: MediaRejected,
}
_SAID_BY_ANYBODY: Mapping[int, type[ConnectorError]] = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: MediaRejected,
    HTTPStatus.TOO_MANY_REQUESTS: RateLimited,
}
_WAITS = (
    waits.RETRY_AFTER,
    waits.header("X-RateLimit-Reset", waits.iso_date, waits.epoch, waits.seconds),
    waits.member("retry_after"),
    waits.member("parameters", "retry_after"),
)
"""The sandbox speaks in the manner of every network."""


def refuse(answer: Answer) -> NoReturn:
    """Raise what an answer means that brought no result. Server errors and redirects never come here."""
    code, reason = answer.code(), answer.words(otherwise=f"{NETWORK} answered {answer.status}.")
    kind = _BY_CODE.get(code) or _SAID_BY_ANYBODY.get(answer.status)
    if kind is None and not answer.is_success and answer.fact("error"):
        kind = _BY_STATUS.get(answer.status, Rejected)
    if kind is None:
        raise answer.unusable(NETWORK)
    if issubclass(kind, RateLimited):
        raise kind(reason, retry_at=waits.retry_at(answer, *_WAITS), code=code)
    raise kind(reason, code=code)


def readable(answer: Answer) -> dict[str, Any]:
    """The body of a success that is a JSON object, or the error that the answer means."""
    if not answer.is_success:
        refuse(answer)
    if not isinstance(answer.body, dict):
        raise answer.unusable(NETWORK)
    return answer.body


def published_post(shown: Any) -> Published | None:
    """A post as the network shows it; None where it is something else. What is not known to us is passed over."""
    try:
        identifier, url, moment = str(shown["id"]), shown["url"], datetime.fromisoformat(shown["created_at"])
    except (KeyError, TypeError, ValueError):
        return None
    is_whole = re.fullmatch(r"p\d{1,18}", identifier) and isinstance(url, str) and moment.tzinfo
    return Published(identifier, url, moment) if is_whole else None


def processed(answer: Answer) -> Processing | Published | None:
    """What became of a post that the network took and works on; raises what it was refused with in the end."""
    match answer.body:
        case {"id": str(handle), "status": "processing", **more} if _HANDLE.fullmatch(handle):
            wait = more.get("ask_after")
            seconds = min(600, max(1, wait)) if isinstance(wait, int | float) else 30  # in this order NaN is 1
            return Processing(handle, f"{NETWORK} is still working on this post.", timedelta(seconds=seconds))
        case {"status": "published", "post": post}:
            return published_post(post)
        case {"status": "refused"}:
            kind = _BY_CODE.get(answer.code(), Rejected)
            reason = answer.words(otherwise=f"{NETWORK} refused this post after working on it.")
            raise (kind if issubclass(kind, Rejected) else Rejected)(reason, code=answer.code())
        case _:
            return None


def bearer(credentials: Credentials) -> dict[str, str]:
    """The header that opens the account."""
    return {"Authorization": f"Bearer {credentials.access_token}"}
