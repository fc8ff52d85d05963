"""What TikTok's answers mean: each is exactly one of the contract's results or errors.

It says `{"data": …, "error": {"code", "message", "log_id"}}`, and only the code `ok` is a success, whatever the status.
Its servers for bytes answer with bare statuses, which nobody can tell from those of a proxy.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NoReturn

import aiohttp

from aipromote import clock
from aipromote.connectors import waits, wire
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
)
from aipromote.connectors.wire import Answer

NETWORK = "TikTok"
_DAY = 24 * 3600
_UNKNOWN = frozenset({"ok", "internal_error"})
_BY_CODE: Mapping[str, type[ConnectorError]] = {
    "access_token_invalid": Unauthorized,
    "access_token_expired": Unauthorized,
    "scope_not_authorized": PermissionMissing,
    "scope_permission_missed": PermissionMissing,
    "rate_limit_exceeded": RateLimited,
    "spam_risk_too_many_posts": AccountLimit,
    "spam_risk_too_many_pending_share": AccountLimit,
    "reached_active_user_cap": AccountLimit,
    "spam_risk": PolicyBlocked,
    "spam_risk_text": PolicyBlocked,
    "spam_risk_user_banned_from_posting": PolicyBlocked,
    "unaudited_client_can_only_post_to_private_accounts": Rejected,
    "privacy_level_option_mismatch": Rejected,
    "url_ownership_unverified": Rejected,
    "invalid_param": Rejected,
    "invalid_params": Rejected,
    "app_version_check_failed": Rejected,
    "invalid_file_upload": MediaRejected,
    "invalid_publish_id": TargetGone,
    "token_not_authorized_for_specified_publish_id": TargetGone,
}
_WORDS: Mapping[str, str] = {
    "unaudited_client_can_only_post_to_private_accounts": (
        "TikTok has not audited this app yet: it may post only to private accounts, and only for the account itself. "
        "Make the account private and connect it again with “me”, or wait for the audit."
    ),
    "privacy_level_option_mismatch": "This account cannot post to those who were chosen to see its posts.",
    "url_ownership_unverified": "TikTok fetches pictures only from addresses that the app's owner has verified there.",
    "spam_risk_too_many_posts": "This account has posted as often as TikTok allows within a day.",
    "spam_risk_user_banned_from_posting": "TikTok lets this account post nothing now.",
    "reached_active_user_cap": "An app that was not audited may serve only a few accounts within a day.",
}
_FAILURES: Mapping[str, tuple[type[ConnectorError], str]] = {
    "file_format_check_failed": (MediaRejected, "TikTok does not take files of this format."),
    "duration_check_failed": (MediaRejected, "TikTok does not take a video of this length from this account."),
    "frame_rate_check_failed": (MediaRejected, "TikTok takes 23 to 60 pictures a second."),
    "picture_size_check_failed": (MediaRejected, "TikTok does not take pictures of this size."),
    "video_pull_failed": (MediaRejected, "TikTok could not fetch the video from this installation."),
    "photo_pull_failed": (MediaRejected, "TikTok could not fetch the pictures from this installation."),
    "publish_cancelled": (Rejected, "The post was cancelled on TikTok."),
    "auth_removed": (Revoked, "The account took its permission back while TikTok worked on the post."),
    "internal": (Rejected, "TikTok failed while it worked on the post; nothing is out, and it can be scheduled again."),
}


def refuse(answer: Answer) -> NoReturn:
    """Raise what a refusal means, or a success that brought nothing."""
    raise meaning(answer)


def meaning(answer: Answer) -> ConnectorError:
    """The error of the contract for it."""
    code = _code(answer)
    told = _WORDS.get(code) or answer.words("error", "message", otherwise=f"TikTok answered {answer.status}.")
    shown = answer.code("error", "code")
    kind = _BY_CODE.get(code)
    if kind is AccountLimit:
        return AccountLimit(told, retry_at=waits.retry_at(answer) or clock.after(_DAY), code=shown)
    if kind is RateLimited or answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimited(told, retry_at=waits.retry_at(answer), code=shown)
    if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return MediaRejected(told, code=shown)
    if kind is not None:
        return kind(told, code=shown)
    if not code or code in _UNKNOWN or answer.is_success:
        return answer.unusable(NETWORK)
    return (Unauthorized if answer.status == HTTPStatus.UNAUTHORIZED else Rejected)(told, code=shown)


def failure(told: Any) -> ConnectorError:
    """Why TikTok, having taken a post, did not publish it."""
    reason = told if isinstance(told, str) and told.replace("_", "").isalnum() and told.isascii() else "unknown"
    kind, words = _FAILURES.get(reason, (PolicyBlocked, f"TikTok did not publish it ({reason[:60]})."))
    return kind(words, code=reason[:60])


def is_ok(answer: Answer) -> bool:
    """Whether it is a success, in TikTok's own words."""
    return answer.is_success and _code(answer) == "ok" and isinstance(answer.at("data"), dict)


async def ask(http: aiohttp.ClientSession, credentials: Credentials, path: str, body: dict[str, Any]) -> Answer:
    """A question by POST, as TikTok wants them; the answer is a success."""
    answer = await call(http, credentials, path, body)
    if not is_ok(answer):
        refuse(answer)
    return answer


async def call(
    http: aiohttp.ClientSession,
    credentials: Credentials,
    path: str,
    body: dict[str, Any],
    *,
    publishes: bool = False,
) -> Answer:
    """POST JSON, with the charset that TikTok insists on."""
    headers = bearer(credentials) | {"Content-Type": "application/json; charset=UTF-8"}
    url = f"{credentials.server}{path}"
    return await wire.call(http, "POST", url, publishes=publishes, headers=headers, json=body)


def bearer(credentials: Credentials) -> dict[str, str]:
    """The header that opens the account."""
    return {"Authorization": f"Bearer {credentials.access_token}"}


def _code(answer: Answer) -> str:
    """TikTok's own code. It always gives the number of its log along; what lacks it comes from somebody in between."""
    is_own = isinstance(answer.at("error", "log_id"), str)
    return answer.fact("error", "code") if is_own else ""
