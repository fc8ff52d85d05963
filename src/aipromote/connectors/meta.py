"""What Meta's networks share: the Graph API's way of asking, its error codes, its counters.

The token goes along as the parameter `access_token`, the one way that is documented for all of them. Errors are
`{"error": {"code": 190, "error_subcode": 463, "message": …}}` with numbers that mean the same everywhere.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import aiohttp

from aipromote import clock
from aipromote.connectors import uploads, waits, wire
from aipromote.connectors.contract import Credentials, Media
from aipromote.connectors.errors import (
    AccountLimit,
    ConnectorError,
    Duplicate,
    MediaRejected,
    PermissionMissing,
    PolicyBlocked,
    RateLimited,
    Rejected,
    Revoked,
    Stale,
    TargetGone,
    Unauthorized,
    UnknownOutcome,
    Unreachable,
)
from aipromote.connectors.wire import Answer

EXPIRED_TOKEN, NOT_ACCESSIBLE = 463, 33
DAILY_LIMIT = 2207042
TRANSIENT_FILES = frozenset({2207001, 2207003, 2207020, 2207032, 2207052, 2207053})
"""Subcodes of a file that could not be fetched or worked on this time: a new container may do."""
_INVALID, _GONE = 100, 24
_ROLLING_WAIT_SECONDS = 3600.0  # a quota of the last 24 hours frees up bit by bit, and nobody says when
_UPLOAD_SECONDS = 300.0
_MOST_MINUTES = 60.0 * 24 * 31
_SUBCODES: dict[int, type[ConnectorError]] = {
    DAILY_LIMIT: AccountLimit,
    1390008: RateLimited,  # posting too fast
    2207027: Unreachable,  # not ready: it did nothing
    1366051: Duplicate,  # these pictures are posted already
    2207010: Rejected,  # caption
    1609008: Rejected,  # link
    **dict.fromkeys((2207051, 2207050, 4279013, 1346003, 1404102, 1404078, 4854002), PolicyBlocked),
    **dict.fromkeys((2207003, 2207006, 2207008, 2207020, 2207032, 2207052, 2207053), Stale),
    **dict.fromkeys((2207004, 2207005, 2207009, 2207023, 2207026, 2207028, 2207057), MediaRejected),
    **dict.fromkeys((1366046, 2069019), MediaRejected),
    **dict.fromkeys((1363019, 1363030, 1363033, 1363037), Stale),  # pieces of an upload that do not fit together
}
_CODES: dict[int, type[ConnectorError]] = {
    102: Revoked,
    **dict.fromkeys((3, 10, *range(200, 300)), PermissionMissing),
    **dict.fromkeys((4, 17, 32, 341, 613, *range(80000, 80015)), RateLimited),
    **dict.fromkeys((25, 368), PolicyBlocked),
    506: Duplicate,
    _GONE: Stale,
    9004: Stale,
    9007: Unreachable,
    **dict.fromkeys((352, 36000, 36001, 36003), MediaRejected),
}
_TRANSIENT = frozenset({-2, -1, 1, 2})
_TOKEN = 190


@dataclass(frozen=True, slots=True)
class Api:
    """One of Meta's networks, by the name that people know and the version of its API."""

    network: str
    version: str

    async def get(self, http: aiohttp.ClientSession, credentials: Credentials, path: str, **fields: str) -> Answer:
        """Ask a question that changes nothing."""
        url, token = f"{credentials.server}/{self.version}/{path}", credentials.access_token
        return await wire.call(http, "GET", url, secrets=[token], params={**fields, "access_token": token})

    async def post(
        self,
        http: aiohttp.ClientSession,
        credentials: Credentials,
        path: str,
        fields: Mapping[str, str],
        *,
        publishes: bool = False,
        server: str | None = None,
    ) -> Answer:
        """Create something. `server` is another host of the network than the usual one."""
        url, token = f"{server or credentials.server}/{self.version}/{path}", credentials.access_token
        form = {**fields, "access_token": token}
        return await wire.call(http, "POST", url, publishes=publishes, secrets=[token], data=form)

    async def upload(
        self,
        http: aiohttp.ClientSession,
        credentials: Credentials,
        path: str,
        fields: Mapping[str, str],
        file: tuple[str, Media],
        *,
        server: str | None = None,
    ) -> Answer:
        """Send a file, or a piece of one, as the field of that name: as a stream."""
        url, token = f"{server or credentials.server}/{self.version}/{path}", credentials.access_token
        name, media = file
        form = uploads.form([*fields.items(), ("access_token", token)], [(name, media.name, media)])
        return await wire.call(
            http, "POST", url, secrets=[token], headers=form.headers, data=form.body, seconds=_UPLOAD_SECONDS
        )

    async def delete(self, http: aiohttp.ClientSession, credentials: Credentials, name: str) -> None:
        """Take something down. What is not accessible may be gone or may not be deletable: a question tells which."""
        url, token = f"{credentials.server}/{self.version}/{name}", credentials.access_token
        answer = await wire.call(http, "DELETE", url, secrets=[token], params={"access_token": token})
        if answer.is_success and answer.at("error") is None:
            return
        if not is_not_there(answer):
            raise self.error(answer)
        if not is_not_there(await self.get(http, credentials, name, fields="id")):
            words = f"{self.network} lets AIPromote not delete this; delete it over there."
            raise Rejected(words, code=answer.code("error", "code"))

    async def insights(
        self, http: aiohttp.ClientSession, credentials: Credentials, path: str, names: Sequence[str]
    ) -> dict[str, int]:
        """Counters by name. One that this kind of post does not have fails all: then each is asked for alone."""
        answer = await self.get(http, credentials, path, metric=",".join(names))
        if numbers(answer)[0] == _INVALID and not is_not_there(answer) and len(names) > 1:
            found: dict[str, int] = {}
            for name in names:
                try:
                    found |= await self.insights(http, credentials, path, [name])
                except Rejected:  # Meta renames and removes them: what it does not know stays unknown
                    continue
            return found
        rows = self.readable(answer, absent=TargetGone).get("data")
        if not isinstance(rows, list):
            raise answer.unusable(self.network)
        return {row["name"]: value for row in rows if (value := _value(row)) is not None}

    def readable(self, answer: Answer, *, absent: type[ConnectorError] = PermissionMissing) -> dict[str, Any]:
        """The body of a success, or the refusal as an error of the contract."""
        if not answer.is_success or answer.at("error") is not None:
            raise self.error(answer, absent=absent)
        if not isinstance(answer.body, dict):
            raise answer.unusable(self.network)
        return answer.body

    def named(self, answer: Answer, *, absent: type[ConnectorError] = PermissionMissing) -> str:
        """The `id` of what was created."""
        name = word(self.readable(answer, absent=absent).get("id"))
        if not name:
            raise answer.unusable(self.network)
        return name

    def rows(self, answer: Answer, *, absent: type[ConnectorError] = PermissionMissing) -> list[dict[str, Any]]:
        """The `data` of a list."""
        found = self.readable(answer, absent=absent).get("data")
        if not isinstance(found, list):
            raise answer.unusable(self.network)
        return [row for row in found if isinstance(row, dict)]

    def error(self, answer: Answer, *, absent: type[ConnectorError] = PermissionMissing) -> ConnectorError:
        """What a refusal means. `absent` is for an object that is gone or not ours: Meta does not tell these apart."""
        code, subcode = numbers(answer)
        otherwise = answer.words("error", "message", otherwise=f"{self.network} answered {answer.status}.")
        reason, told = answer.words("error", "error_user_msg", otherwise=otherwise), answer.code("error", "code")
        if code is None:
            return _from_anybody(answer, reason) or answer.unusable(self.network)
        if subcode is not None and code in {_INVALID, _GONE}:
            told = f"{code}/{subcode}"
        kind = _kind(answer, code, subcode, absent)
        if kind is None:
            return (UnknownOutcome if answer.publishes else Unreachable)(reason, code=told)
        if issubclass(kind, AccountLimit):
            return kind(reason, code=told, retry_at=_retry_at(answer) or clock.after(_ROLLING_WAIT_SECONDS))
        if issubclass(kind, RateLimited):
            return kind(reason, code=told, retry_at=_retry_at(answer))
        return kind(reason, code=told)


def numbers(answer: Answer) -> tuple[int | None, int | None]:
    """Code and subcode of a refusal, None where there are none."""
    code, subcode = answer.at("error", "code"), answer.at("error", "error_subcode")
    return _whole(code), _whole(subcode)


def is_not_there(answer: Answer) -> bool:
    """Whether it says that the object is gone, in its own words (or that it may not be seen, which reads the same)."""
    code, subcode = numbers(answer)
    return (code == _INVALID and subcode == NOT_ACCESSIBLE) or code == _GONE


def word(value: object) -> str:
    """A text of the body, or nothing."""
    return value if isinstance(value, str) else ""


def number(value: object) -> int | None:
    """A counter, or None where it is not told."""
    return _whole(value)


def moment(told: object) -> datetime | None:
    """`2026-05-04T09:30:00+0000`, in UTC; None where it cannot be read."""
    try:
        parsed = datetime.fromisoformat(told) if isinstance(told, str) else None
    except ValueError:
        return None
    return None if parsed is None else parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _kind(answer: Answer, code: int, subcode: int | None, absent: type[ConnectorError]) -> type[ConnectorError] | None:
    """The error's type; None where it says no more than that something went wrong over there."""
    if subcode in _SUBCODES:
        return _SUBCODES[subcode]
    if code == _TOKEN:
        return Unauthorized if subcode in {None, EXPIRED_TOKEN} else Revoked
    if code == _INVALID and subcode == NOT_ACCESSIBLE:
        return absent
    if code in _CODES:
        return _CODES[code]
    if code in _TRANSIENT or answer.at("error", "is_transient") is True or answer.is_success:
        return None
    return Rejected


def _from_anybody(answer: Answer, reason: str) -> ConnectorError | None:
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimited(reason, retry_at=_retry_at(answer), code=str(answer.status))
    if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return MediaRejected(reason, code=str(answer.status))
    return None


def _retry_at(answer: Answer) -> datetime | None:
    """`X-Business-Use-Case-Usage` tells minutes for each account and kind of call; the longest counts."""
    try:
        usage = json.loads(answer.headers.get("X-Business-Use-Case-Usage", ""))
    except (ValueError, RecursionError):
        usage = None
    kinds = [kind for one in usage.values() if isinstance(one, list) for kind in one] if isinstance(usage, dict) else []
    longest = max((_minutes(kind) for kind in kinds), default=0.0)
    return waits.seconds(str(longest * 60)) if longest else waits.retry_at(answer)


def _minutes(kind: object) -> float:
    told = kind.get("estimated_time_to_regain_access") if isinstance(kind, dict) else None
    is_number = isinstance(told, int | float) and not isinstance(told, bool) and math.isfinite(told)
    return min(max(float(told), 0.0), _MOST_MINUTES) if is_number and told is not None else 0.0


def _value(row: object) -> int | None:
    if not isinstance(row, dict) or not isinstance(row.get("name"), str):
        return None
    total, values = row.get("total_value"), row.get("values")
    if isinstance(total, dict):
        return _whole(total.get("value"))
    first = values[0] if isinstance(values, list) and values else None
    return _whole(first.get("value")) if isinstance(first, dict) else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
