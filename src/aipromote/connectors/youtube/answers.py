"""What Google's answers mean: each is exactly one of the contract's results or errors.

Google refuses with `{"error": {"code", "message", "errors": [{"reason", "domain"}]}}`, in newer places with a `status`
and `details`. Only those are its own words.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from http import HTTPStatus
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from aipromote import clock
from aipromote.connectors import numbers, waits
from aipromote.connectors.contract import Credentials
from aipromote.connectors.errors import (
    AccountLimit,
    ConnectorError,
    MediaRejected,
    PermissionMissing,
    PolicyBlocked,
    RateLimited,
    Rejected,
    Revoked,
    TargetGone,
    Unauthorized,
    Unreachable,
)
from aipromote.connectors.wire import Answer

NETWORK = "YouTube"
_PACIFIC = ZoneInfo("America/Los_Angeles")
_QUOTA = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_CHANNEL_LIMIT = "uploadLimitExceeded"
_RATE = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "uploadRateLimitExceeded", "RESOURCE_EXHAUSTED"})
_BACKEND = frozenset({"backendError", "internalError", "INTERNAL", "UNAVAILABLE"})
_BY_REASON: Mapping[str, type[ConnectorError]] = {
    "authError": Unauthorized,
    "UNAUTHENTICATED": Unauthorized,
    "insufficientPermissions": PermissionMissing,
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": PermissionMissing,
    "forbidden": PermissionMissing,
    "youtubeSignupRequired": PermissionMissing,
    "accessNotConfigured": PermissionMissing,
    "authenticatedUserAccountClosed": Revoked,
    "authenticatedUserAccountSuspended": Revoked,
    "commentsDisabled": PolicyBlocked,
    "videoNotFound": TargetGone,
    "channelNotFound": TargetGone,
    "notFound": TargetGone,
    "mediaBodyRequired": MediaRejected,
    "invalidFilename": MediaRejected,
}
_BY_STATUS: Mapping[int, type[ConnectorError]] = {
    HTTPStatus.UNAUTHORIZED: Unauthorized,
    HTTPStatus.FORBIDDEN: PermissionMissing,
    HTTPStatus.NOT_FOUND: TargetGone,
}


def refuse(answer: Answer) -> NoReturn:
    """Raise what a 4xx means, or what a success means that brought nothing."""
    raise meaning(answer)


def meaning(answer: Answer) -> ConnectorError:
    """The error of the contract for a refusal."""
    told, code = answer.words("error", "message", otherwise=f"YouTube answered {answer.status}."), reason(answer)
    if code in _QUOTA:  # before the status: it comes as 403 and as 429
        return AccountLimit(told, retry_at=_quota_renews(clock.now()), code=code)
    if code == _CHANNEL_LIMIT:
        return AccountLimit(told, retry_at=clock.after(24 * 3600), code=code)
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS or code in _RATE:
        return RateLimited(told, retry_at=waits.retry_at(answer), code=code or str(answer.status))
    if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return MediaRejected(told, code=code or str(answer.status))
    if answer.is_success or not code or code in _BACKEND:
        return answer.unusable(NETWORK)
    return (_BY_REASON.get(code) or _BY_STATUS.get(answer.status, Rejected))(told, code=code)


def reason(answer: Answer) -> str:
    """Google's own word for what happened, or nothing where it said none."""
    if not isinstance(answer.at("error"), dict):
        return ""
    for path in (("details", 0, "reason"), ("errors", 0, "reason"), ("status",)):
        if answer.fact("error", *path):
            return answer.code("error", *path)
    return ""


def readable(answer: Answer) -> dict[str, Any]:
    """The body of a success, or the refusal as an error of the contract."""
    if not answer.is_success or not isinstance(answer.body, dict):
        refuse(answer)
    return answer.body


def items(answer: Answer) -> list[dict[str, Any]]:
    """The `items` of a list. Google leaves the name out where there are none, and says what kind of list it is."""
    found = readable(answer).get("items", [] if answer.fact("kind").endswith("ListResponse") else None)
    if not isinstance(found, list):
        raise Unreachable("YouTube answered with something unreadable.", code=str(answer.status))
    return [one for one in found if isinstance(one, dict)]


def bearer(credentials: Credentials) -> dict[str, str]:
    """The header that opens the channel."""
    return {"Authorization": f"Bearer {credentials.access_token}"}


def count(value: Any) -> int | None:
    """A counter, which Google writes as a string; None where it is not told."""
    is_number = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20  # noqa: PLR2004
    return numbers.count(int(value) if is_number else value)


def _quota_renews(now: datetime) -> datetime:
    """The next midnight in California, when Google counts anew."""
    tomorrow = now.astimezone(_PACIFIC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), _PACIFIC).astimezone(now.tzinfo)
