"""Calling Discord, and what its refusals mean in the contract's words.

A webhook's token is part of its address, so it is among the secrets of every call. Discord bans addresses that go on
calling what is gone, so a webhook that is gone closes its account (Revoked) and is never called again.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, NoReturn

import aiohttp

from aipromote.connectors import waits, wire
from aipromote.connectors.contract import Credentials
from aipromote.connectors.discord.places import Place
from aipromote.connectors.errors import (
    MediaRejected,
    PermissionMissing,
    PolicyBlocked,
    RateLimited,
    Rejected,
    Revoked,
    TargetGone,
)
from aipromote.connectors.wire import Answer
from aipromote.documents.vocabulary import Platform

NETWORK = "Discord"
UNKNOWN_MESSAGE = 10008
_UNKNOWN_WEBHOOK, _WRONG_WEBHOOK_TOKEN = 10015, 50027
_UNKNOWN = range(10000, 11000)
MISSING_PERMISSIONS = 50013
_NOT_ALLOWED = frozenset({50001, MISSING_PERMISSIONS})
_THREAD = frozenset({160002, 160005})
"""The bot may not answer here, as it may not read; the thread is locked. Other posts may go on."""
_TOO_OFTEN = frozenset({20016, 20028, 20029, 40062})
_FILE = frozenset({40005, 50045, 50046})
_POLICY = frozenset({20009, 200000, 200001, 240000})


def headers(credentials: Credentials, place: Place) -> dict[str, str]:
    """Discord turns clients away that do not say what they are."""
    known = {"User-Agent": "DiscordBot (AIPromote, 1)"}
    return known | ({"Authorization": f"Bot {credentials.access_token}"} if place.is_bot else {})


async def call(
    http: aiohttp.ClientSession, method: str, url: str, credentials: Credentials, place: Place, **params: str
) -> Answer:
    """Make a call that publishes nothing."""
    return await wire.call(
        http,
        method,
        url,
        headers=headers(credentials, place),
        secrets=[credentials.access_token],
        params=params | place.params,
    )


def readable(answer: Answer) -> dict[str, Any]:
    """The body of a success, or the refusal as an error of the contract."""
    if not answer.is_success:
        refuse(answer)
    if not isinstance(answer.body, dict):
        raise answer.unusable(NETWORK)
    return answer.body


def number(answer: Answer) -> int | None:
    """Discord's number for what is wrong, or None where it is not Discord that speaks."""
    told = answer.at("code")
    is_word = isinstance(told, int) and not isinstance(told, bool) and bool(answer.fact("message"))
    return told if is_word and not answer.is_success else None


def refuse(answer: Answer) -> NoReturn:
    """Raise what a refusal means, in Discord's own words only."""
    reason = answer.words(otherwise=f"Discord answered {answer.status}.")
    code, told = answer.code("code"), number(answer)
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS or told in _TOO_OFTEN:
        raise RateLimited(reason, retry_at=waits.retry_at(answer, *waits.PLACES[Platform.DISCORD]), code=code)
    if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or told in _FILE:
        raise MediaRejected(reason, code=code)
    if told is None:
        raise answer.unusable(NETWORK)
    if told == _UNKNOWN_WEBHOOK:
        raise Revoked("The webhook was deleted in Discord. Please make a new one and connect it.", code=code)
    if told == _WRONG_WEBHOOK_TOKEN or answer.status == HTTPStatus.UNAUTHORIZED:
        raise Revoked("Discord does not accept this webhook or token any more.", code=code)
    if told in _POLICY:
        raise PolicyBlocked(reason, code=code)
    if told in _UNKNOWN or answer.at("errors", "message_reference") is not None:
        raise TargetGone(reason, code=code)
    if told in _THREAD:
        raise Rejected(reason, code=code)
    if told in _NOT_ALLOWED or answer.status == HTTPStatus.FORBIDDEN:
        raise PermissionMissing(reason, code=code)
    raise Rejected(reason, code=code)
