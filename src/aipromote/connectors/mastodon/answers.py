"""What Mastodon's answers mean in the contract's words. Servers say why in `error`, in a sentence and not in a code."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, NoReturn

from aipromote.connectors import waits
from aipromote.connectors.contract import Credentials, Published
from aipromote.connectors.errors import (
    MediaRejected,
    PermissionMissing,
    PolicyBlocked,
    RateLimited,
    Rejected,
    Revoked,
    Stale,
    TargetGone,
    Unreachable,
)
from aipromote.connectors.wire import Answer
from aipromote.documents.vocabulary import Platform

NETWORK = "Mastodon"
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


def bearer(credentials: Credentials) -> dict[str, str]:
    """The header that opens the account."""
    return {"Authorization": f"Bearer {credentials.access_token}"}


def readable(answer: Answer) -> dict[str, Any]:
    """The body of a success, or the refusal as an error of the contract."""
    if not answer.is_success:
        refuse(answer)
    if not isinstance(answer.body, dict):
        raise answer.unusable(NETWORK)
    return answer.body


def refuse(answer: Answer) -> NoReturn:
    """Raise what a 4xx means. Tokens do not end by themselves: one that is not accepted was taken back."""
    reason, said = words(answer), answer.fact("error").lower()
    code = answer.code()
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise RateLimited(reason, retry_at=waits.retry_at(answer, *waits.PLACES[Platform.MASTODON]), code=code)
    if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        raise MediaRejected(reason, code=code)
    if not said or answer.is_success:
        raise answer.unusable(NETWORK)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        raise Revoked(reason, code=code)
    if answer.status == HTTPStatus.FORBIDDEN:
        raise (PermissionMissing if "scopes" in said else PolicyBlocked)(reason, code=code)
    if answer.status in _GONE:
        raise TargetGone(reason, code=code)
    if "finished processing" in said:
        raise Unreachable(reason, code=code)
    if "already attached to another post" in said:
        raise Stale(reason, code=code)
    raise Rejected(reason, code=code)


def words(answer: Answer) -> str:
    """What the server says to people."""
    otherwise = answer.words("error", otherwise=f"Mastodon answered {answer.status}.")
    return answer.words("error_description", otherwise=otherwise)


def is_gone(answer: Answer) -> bool:
    """Whether the server itself says that there is no such thing (any more)."""
    return answer.status in _GONE and bool(answer.fact("error"))


def post(status: Any) -> Published | None:
    """A status as a published post, or None where it is none."""
    if not isinstance(status, dict):
        return None
    post_id, moment = status.get("id"), _moment(status.get("created_at"))
    url = status.get("url") or status.get("uri")
    if not (isinstance(post_id, str) and post_id and isinstance(url, str) and moment):
        return None
    return Published(post_id, url, moment)


def _moment(text: object) -> datetime | None:
    try:
        told = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)
