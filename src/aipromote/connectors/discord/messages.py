"""What is sent for a part, and what Discord tells of a message."""

from __future__ import annotations

import hashlib
import json
import mimetypes
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

import aiohttp

from aipromote.connectors import uploads, wire
from aipromote.connectors.contract import Armed, Credentials, Media, Part, Published
from aipromote.connectors.discord import rest
from aipromote.connectors.discord.places import Place
from aipromote.connectors.errors import MediaRejected
from aipromote.connectors.wire import Answer

FILES = 10
_NONCE = 25


async def send(http: aiohttp.ClientSession, credentials: Credentials, place: Place, part: Part, armed: Armed) -> Answer:
    """Fire it once. A webhook is asked to wait: otherwise it would say nothing of a message that it did not take."""
    url = f"{place.root(credentials)}/messages" if place.is_bot else place.root(credentials)
    params = place.params if place.is_bot else {"wait": "true"} | place.params
    headers, secrets = rest.headers(credentials, place), [credentials.access_token]
    body = _body(part, armed, place)
    if not part.media:
        return await wire.call(
            http, "POST", url, publishes=True, secrets=secrets, headers=headers, params=params, json=body
        )
    files = [(f"files[{index}]", _name(file), file) for index, file in enumerate(part.media)]
    body["attachments"] = [
        {"id": index, "filename": name} | ({"description": file.alt_text} if file.alt_text else {})
        for index, (_, name, file) in enumerate(files)
    ]
    form = uploads.form([("payload_json", json.dumps(body))], files)
    answer = await uploads.publish(http, url, form, secrets=secrets, headers=headers, params=params)
    if rest.number(answer) == rest.MISSING_PERMISSIONS:  # posts without files may go on
        raise MediaRejected("Discord does not let this account post files there (“Attach files”).", code="50013")
    return answer


def published(answer: Answer, place: Place) -> Published:
    """The message as Discord answered it."""
    found = told(rest.readable(answer), place)
    if found is None:
        raise answer.unusable(rest.NETWORK)
    return found


def told(message: Any, place: Place) -> Published | None:
    """A message as Discord writes it, or None where it is none."""
    facts = message if isinstance(message, dict) else {}
    number, channel, moment = (facts.get(name) for name in ("id", "channel_id", "timestamp"))
    if not (isinstance(number, str) and number.isdigit() and isinstance(channel, str) and isinstance(moment, str)):
        return None
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    address = f"https://discord.com/channels/{place.guild}/{channel}/{number}"
    return Published(number, address, at if at.tzinfo else at.replace(tzinfo=UTC))


def nonce(key: str) -> str:
    """What a bot's message is known by for some minutes: the same for every repeat of a part."""
    return hashlib.sha256(key.encode()).hexdigest()[:_NONCE]


def _body(part: Part, armed: Armed, place: Place) -> dict[str, Any]:
    """Nobody is ever called by a post: `@everyone` in a text stays text."""
    body: dict[str, Any] = {"content": part.text, "allowed_mentions": {"parse": []}}
    if place.is_bot:
        body |= {"nonce": nonce(armed.key), "enforce_nonce": True}
        if part.reply_to is not None:
            body["message_reference"] = {"message_id": part.reply_to}
    return body


def _name(file: Media) -> str:
    """Discord shows a file by the end of its name."""
    if PurePath(file.name).suffix:
        return file.name
    return f"{file.name}{mimetypes.guess_extension(file.mime_type) or ''}"
