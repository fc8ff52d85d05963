"""Calling a bot's methods, and what Telegram's refusals mean in the contract's words.

The token is part of every address, so it is among the secrets of every call. Refusals have a number and a sentence;
the sentences are those of Telegram's own server.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NoReturn

import aiohttp

from aipromote.connectors import waits, wire
from aipromote.connectors.contract import Credentials
from aipromote.connectors.errors import MediaRejected, PermissionMissing, RateLimited, Rejected, Revoked, TargetGone
from aipromote.connectors.wire import Answer
from aipromote.documents.vocabulary import Platform

NETWORK = "Telegram"
_GONE = re.compile(
    r"chat not found|peer_id_invalid|channel_invalid|chat_id_invalid|channel_private|group is deactivated"
    r"|group chat was (?:upgraded|deleted)|repl(?:y|ied)\b.*not found|message thread not found|topic_(?:closed|deleted)"
)
_NOT_ALLOWED = re.compile(
    r"administrator rights|not enough rights|have no rights|chat_admin_required|chat_write_forbidden"
    r"|chat_send_\w+_forbidden|chat_restricted|bot is not a member|bot was kicked|user_banned_in_channel"
)
_NO_FILES = re.compile(
    r"not enough rights to send (?:photo|video|animation|document|audio|media|file|other)"
    r"|chat_send_(?:photos|videos|gifs|docs|audios|media)_forbidden"
)
"""A right to one kind of file: posts without such files may go on."""
_FILE = re.compile(
    r"(?:photo|image|video|media|file)_|wrong (?:type|file)|file is too big|failed to get http url|can't use file"
)


def url(credentials: Credentials, method: str) -> str:
    """The address of a method."""
    return f"{credentials.server}/bot{credentials.access_token}/{method}"


async def call(http: aiohttp.ClientSession, credentials: Credentials, method: str, fields: Mapping[str, Any]) -> Answer:
    """Call a method that publishes nothing."""
    return await wire.call(
        http, "POST", url(credentials, method), secrets=[credentials.access_token], json=dict(fields)
    )


def result(answer: Answer) -> Any:
    """What a method returns, or the refusal as an error of the contract."""
    if not answer.is_success or answer.at("ok") is not True:
        refuse(answer)
    return answer.at("result")


def moved_to(answer: Answer) -> str | None:
    """The new number of a group that became a supergroup: the call did nothing and is to be made there."""
    number = answer.at("parameters", "migrate_to_chat_id")
    is_refusal = answer.status == HTTPStatus.BAD_REQUEST and answer.at("ok") is False
    return str(number) if is_refusal and isinstance(number, int) and not isinstance(number, bool) else None


def refuse(answer: Answer) -> NoReturn:
    """Raise what a refusal means, in Telegram's own words only."""
    reason = answer.words("description", otherwise=f"Telegram answered {answer.status}.")
    code, said = answer.code("error_code"), answer.fact("description").lower()
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise RateLimited(reason, retry_at=waits.retry_at(answer, *waits.PLACES[Platform.TELEGRAM]), code=code)
    if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        raise MediaRejected(reason, code=code)
    if answer.is_success or answer.at("ok") is not False or not said:
        raise answer.unusable(NETWORK)
    if answer.status == HTTPStatus.UNAUTHORIZED or said == "not found":
        raise Revoked("Telegram does not accept the bot's token any more. @BotFather shows the new one.", code=code)
    if _GONE.search(said):
        raise TargetGone(reason, code=code)
    if _NO_FILES.search(said):
        raise MediaRejected(reason, code=code)
    if answer.status == HTTPStatus.FORBIDDEN or _NOT_ALLOWED.search(said):
        raise PermissionMissing(reason, code=code)
    raise (MediaRejected if _FILE.search(said) else Rejected)(reason, code=code)
