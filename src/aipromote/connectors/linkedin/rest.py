"""LinkedIn's way of asking and refusing (Rest.li): addresses, headers, and what its errors mean in the contract.

Names of things (URNs) have colons and brackets in them, which Rest.li wants encoded inside keys and lists, so
addresses are sent exactly as they are written here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, NoReturn
from urllib.parse import quote

import aiohttp
import regex
from yarl import URL

from aipromote import clock
from aipromote.connectors import waits, wire
from aipromote.connectors.contract import Credentials
from aipromote.connectors.errors import (
    AccountLimit,
    ConnectorError,
    Duplicate,
    MediaRejected,
    PermissionMissing,
    RateLimited,
    Rejected,
    Revoked,
    Stale,
    TargetGone,
    Unauthorized,
    Unreachable,
)
from aipromote.connectors.numbers import count
from aipromote.connectors.wire import Answer

NETWORK = "LinkedIn"
SERVER = "https://api.linkedin.com"
VERSION = "202609"
"""Each month has a version, which lasts a year at least."""
TOKEN_LIFE = timedelta(days=60)
_ACTIVATION = timedelta(seconds=60)
"""A token that was issued just now may be called revoked before LinkedIn knows it everywhere."""
_BY_CODE: Mapping[str, type[ConnectorError]] = {
    "EXPIRED_ACCESS_TOKEN": Unauthorized,
    "REVOKED_ACCESS_TOKEN": Revoked,
    "INVALID_ACCESS_TOKEN": Revoked,
    "ACCESS_DENIED": PermissionMissing,
    "DUPLICATE_POST": Duplicate,
    "MEDIA_ASSET_WAITING_UPLOAD": Stale,
    "EXPIRED_UPLOAD_URL": Stale,
    "MEDIA_ASSET_PROCESSING": Unreachable,
    "MEDIA_ASSET_PROCESSING_FAILED": MediaRejected,
}
_BY_SERVICE_CODE: Mapping[int, type[ConnectorError]] = {
    65600: Revoked,
    65601: Revoked,
    65602: Unauthorized,
    100: PermissionMissing,
}
_BY_STATUS: Mapping[int, type[ConnectorError]] = {
    HTTPStatus.UNAUTHORIZED: Unauthorized,
    HTTPStatus.FORBIDDEN: PermissionMissing,
    HTTPStatus.NOT_FOUND: TargetGone,
    HTTPStatus.GONE: TargetGone,
}
_ENDED = frozenset({"VERSION_MISSING", "NONEXISTENT_VERSION"})
_REVOKED = 65601
_URN = regex.compile(r"urn:li:(?:share|ugcPost|activity):\d{1,19}")
_NUMBER = regex.compile(r"\d{10,19}")


async def call(
    http: aiohttp.ClientSession,
    method: str,
    credentials: Credentials,
    path: str,
    *,
    rest_method: str | None = None,
    publishes: bool = False,
    **content: Any,
) -> Answer:
    """Ask `path`, which is encoded already. `rest_method` is Rest.li's word where the HTTP method does not say it."""
    headers = {
        "Authorization": f"Bearer {credentials.access_token}",
        "LinkedIn-Version": VERSION,
        "X-Restli-Protocol-Version": "2.0.0",
    }
    if rest_method:
        headers["X-RestLi-Method"] = rest_method
    url = URL(f"{credentials.server}{path}", encoded=True)
    return await wire.call(http, method, url, publishes=publishes, headers=headers, **content)


def encoded(name: str) -> str:
    """A URN inside an address."""
    return quote(name, safe="")


def readable(answer: Answer, credentials: Credentials) -> dict[str, Any]:
    """The body of a success, or the refusal as an error of the contract."""
    if not answer.is_success:
        refuse(answer, credentials)
    if not isinstance(answer.body, dict):
        raise answer.unusable(NETWORK)
    return answer.body


def refuse(answer: Answer, credentials: Credentials) -> NoReturn:
    """Raise what an answer means that brought no result."""
    raise meaning(answer, credentials)


def meaning(answer: Answer, credentials: Credentials) -> ConnectorError:
    """The error of the contract for a refusal, in LinkedIn's own words only."""
    code, told = _code(answer), answer.words(otherwise=f"LinkedIn answered {answer.status}.")
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return _limited(answer, told, code)
    if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return MediaRejected(told, code=code)
    if answer.is_success or not is_own(answer) or answer.status == HTTPStatus.CONFLICT:
        return answer.unusable(NETWORK)  # a conflict: something was going on at the same time, so look first
    return _refusal(answer, credentials, told, code)


def _refusal(answer: Answer, credentials: Credentials, told: str, code: str) -> ConnectorError:
    if code in _ENDED or answer.status == HTTPStatus.UPGRADE_REQUIRED:
        return Rejected("LinkedIn has ended the interface that this version of AIPromote uses: update it.", code=code)
    service = answer.at("serviceErrorCode")
    if service == _REVOKED and _is_just_issued(credentials):
        return Unreachable("LinkedIn does not know its new token everywhere yet; it does in a minute.", code=code)
    kind = (
        _BY_CODE.get(code)
        or (_BY_SERVICE_CODE.get(service) if isinstance(service, int) else None)
        or _BY_STATUS.get(answer.status, Rejected)
    )
    if kind is Duplicate:
        return _duplicate(answer, code)
    return kind(told, code=code)


def is_own(answer: Answer) -> bool:
    """Whether it is LinkedIn that speaks."""
    return bool(answer.fact("code") or answer.fact("errorDetailType") or isinstance(answer.at("serviceErrorCode"), int))


def is_not_found(answer: Answer) -> bool:
    """Whether LinkedIn says that there is no such thing."""
    return answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE} and is_own(answer)


def moment_of(urn: str, *, near: datetime, within: timedelta) -> datetime:
    """When the post was made: its number begins with the milliseconds since 1970. `near` where that cannot be."""
    number = _NUMBER.search(urn)
    told = datetime.fromtimestamp((int(number.group()) >> 22) / 1000, UTC) if number else near
    return told if abs(told - near) <= within else near


def epoch(value: Any) -> datetime | None:
    """Milliseconds since 1970."""
    try:
        return datetime.fromtimestamp(value / 1000, UTC) if count(value) is not None else None
    except (OverflowError, OSError, ValueError):
        return None


def _code(answer: Answer) -> str:
    """The most exact word: that about a field, that of the error, the number, the status."""
    for path in (("errorDetails", "inputErrors", 0, "code"), ("code",), ("serviceErrorCode",)):
        told = answer.code(*path)
        if told != str(answer.status):
            return told
    return str(answer.status)


def _duplicate(answer: Answer, code: str) -> Duplicate:
    """LinkedIn names the post that it means, which is for people: it has named posts that are not there any more."""
    named = _URN.search(answer.fact("message"))
    if named is None:
        return Duplicate("LinkedIn has a post with these words already.", code=code)
    address = f"https://www.linkedin.com/feed/update/{named.group()}/"
    return Duplicate(
        f"LinkedIn has a post with these words already: {address}", code=code, detail={"urn": named.group()}
    )


def _is_just_issued(credentials: Credentials) -> bool:
    left = credentials.expires_at - clock.now() if credentials.expires_at else timedelta(0)
    return TOKEN_LIFE - _ACTIVATION < left < TOKEN_LIFE + _ACTIVATION


def _limited(answer: Answer, told: str, code: str) -> RateLimited:
    """Counted by the day, which ends at midnight in Greenwich; LinkedIn does not say so in headers."""
    at = waits.retry_at(answer)
    if not is_own(answer):
        return RateLimited(told, retry_at=at, code=code)
    midnight = clock.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return AccountLimit(told, retry_at=at or midnight, code=code)
