"""What X's answers mean: each is exactly one of the contract's results or errors.

X refuses with problem JSON (`title`, `detail`, `type`), in older places with a list of `errors`. Only those are its own
words; its proxies answer with pages and with bare statuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, NoReturn

from aipromote import clock
from aipromote.connectors import waits
from aipromote.connectors.contract import Credentials
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
)
from aipromote.connectors.wire import Answer
from aipromote.documents.vocabulary import Platform

NETWORK = "X"
_BY_WORDS: tuple[tuple[str, type[ConnectorError]], ...] = (
    ("duplicate content", Duplicate),
    ("media ids are invalid", Stale),  # they are good for a day
    ("deleted or not visible", TargetGone),
    ("reply to this conversation is not allowed", PolicyBlocked),
    ("video longer than", MediaRejected),  # ... N minutes: what the account pays decides
)
_BY_TYPE: Mapping[str, type[ConnectorError]] = {
    "unsupported-authentication": PermissionMissing,
    "oauth1-permissions": PermissionMissing,
    "rate-limit-exceeded": RateLimited,
    "usage-capped": AccountLimit,
    "credits-depleted": BillingExhausted,
    "client-forbidden": PolicyBlocked,
    "user-suspended": PolicyBlocked,
    "resource-not-found": TargetGone,
    "invalid-request": Rejected,
}
_BY_TITLE: Mapping[str, type[ConnectorError]] = {
    "unsupported authentication": PermissionMissing,
    "creditsdepleted": BillingExhausted,
}
_BY_STATUS: Mapping[int, type[ConnectorError]] = {
    HTTPStatus.UNAUTHORIZED: Unauthorized,
    HTTPStatus.PAYMENT_REQUIRED: BillingExhausted,
    HTTPStatus.FORBIDDEN: PolicyBlocked,
    HTTPStatus.NOT_FOUND: TargetGone,
}
_OLD_RATE_LIMIT, _OLD_TOO_LONG = 88, 186
_DAYS = tuple(f"x-{whose}-limit-24hour" for whose in ("user", "app"))
_SNOWFLAKE_BEGINS = datetime(2010, 11, 4, 1, 42, 54, 657_000, UTC)
_SNOWFLAKE_SHIFT = 22


def refuse(answer: Answer) -> NoReturn:
    """Raise what a 4xx means, or what a success means that brought nothing."""
    raise meaning(answer)


def meaning(answer: Answer) -> ConnectorError:
    """The error of the contract for a refusal."""
    told = words(answer)
    code = _code(answer)
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return _limited(answer, told, code)
    if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return MediaRejected(told, code=code)
    if answer.is_success or not _is_own(answer):
        return answer.unusable(NETWORK)
    kind = _kind(answer)
    if issubclass(kind, RateLimited):
        return kind(told, retry_at=waits.retry_at(answer, *waits.PLACES[Platform.TWITTER]), code=code)
    return kind(told, code=code)


def words(answer: Answer) -> str:
    """What X says to people: the message about one field is more exact than the general detail."""
    general = answer.words("detail", otherwise="") or answer.words("title", otherwise="")
    return answer.words("errors", 0, "message", otherwise=general or f"X answered {answer.status}.")


def readable(answer: Answer) -> dict[str, Any]:
    """The body of a success, or the refusal as an error of the contract."""
    if not answer.is_success:
        refuse(answer)
    if not isinstance(answer.body, dict):
        raise answer.unusable(NETWORK)
    return answer.body


def bearer(credentials: Credentials) -> dict[str, str]:
    """The header that opens the account."""
    return {"Authorization": f"Bearer {credentials.access_token}"}


def is_id(value: Any) -> bool:
    """Whether it is a number as X gives posts, files and accounts: in digits, in a string."""
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19  # noqa: PLR2004 -- 64 bits


def made_at(post_id: str) -> datetime:
    """When X made the post: its number begins with the milliseconds."""
    return _SNOWFLAKE_BEGINS + timedelta(milliseconds=int(post_id) >> _SNOWFLAKE_SHIFT)


def _is_own(answer: Answer) -> bool:
    return bool(answer.fact("title") or answer.fact("type") or isinstance(answer.at("errors", 0), dict))


def _code(answer: Answer) -> str:
    kind = _type(answer)
    return kind if kind and kind in answer.fact("type") and kind in _BY_TYPE else str(answer.status)


def _type(answer: Answer) -> str:
    """The last word of the problem's address: `https://api.x.com/2/problems/usage-capped`."""
    return answer.fact("type").rstrip("/").rpartition("/")[2]


def _kind(answer: Answer) -> type[ConnectorError]:
    text = f"{answer.fact('detail')} {answer.fact('errors', 0, 'message')}".lower()
    old = answer.at("errors", 0, "code")
    if old in {_OLD_RATE_LIMIT, _OLD_TOO_LONG}:
        return RateLimited if old == _OLD_RATE_LIMIT else Rejected
    by_words = next((kind for piece, kind in _BY_WORDS if piece in text), None)
    if by_words is not None and answer.status != HTTPStatus.UNAUTHORIZED:
        return by_words
    return (
        _BY_TYPE.get(_type(answer))
        or _BY_TITLE.get(answer.fact("title").lower())
        or (Rejected if "too long" in text else _BY_STATUS.get(answer.status, Rejected))
    )


def _limited(answer: Answer, told: str, code: str) -> RateLimited:
    """Within a quarter of an hour, or used up for the day: X says the latter in headers of their own."""
    for day in _DAYS:
        if answer.headers.get(f"{day}-remaining", "").strip() == "0":
            at = waits.retry_at(answer, waits.header(f"{day}-reset", waits.epoch), waits.RETRY_AFTER)
            return AccountLimit(told, retry_at=at or clock.after(24 * 3600), code=code)
    kind = AccountLimit if _type(answer) == "usage-capped" else RateLimited
    return kind(told, retry_at=waits.retry_at(answer, *waits.PLACES[Platform.TWITTER]), code=code)
