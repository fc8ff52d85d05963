"""What is sent for a part: one text, one file with a caption, or an album.

Always plain text, so that no sign in it can be taken for formatting; Telegram makes links, hashtags and mentions of it
by itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp

from aipromote.connectors import links, uploads, wire
from aipromote.connectors.capabilities import GIF
from aipromote.connectors.contract import Credentials, Media, Part, Published
from aipromote.connectors.errors import MediaRejected, Rejected
from aipromote.connectors.telegram import bot
from aipromote.connectors.wire import Answer

CAPTION = 1024
"""The longest text beside files, in UTF-16 units."""
ALBUM = 10
_SUPERGROUP = "-100"


@dataclass(frozen=True, slots=True)
class Message:
    """A method with its fields; `files` are (name of the field, file)."""

    method: str
    fields: dict[str, Any]
    files: tuple[tuple[str, Media], ...] = ()


def message(part: Part, *, chat: str) -> Message:
    """The message for this part. Raises MediaRejected where files cannot go together."""
    fields: dict[str, Any] = {"chat_id": chat}
    if part.reply_to is not None:
        fields["reply_parameters"] = {"message_id": numbers(part.reply_to)[0]}
    if not part.media:
        return Message("sendMessage", fields | {"text": part.text} | _preview(part.text))
    if len(part.media) == 1:
        return _single(part.media[0], fields | ({"caption": part.text} if part.text else {}))
    if len(part.media) > ALBUM or any(file.mime_type == GIF for file in part.media):
        raise MediaRejected(f"An album on Telegram has {ALBUM} pictures and videos at most, and no GIF.")
    names = [f"file{number}" for number in range(len(part.media))]
    items = [_kind(file) | {"media": f"attach://{name}"} for name, file in zip(names, part.media, strict=True)]
    if part.text:
        items[0]["caption"] = part.text  # the apps show the caption of the first under the whole album
    return Message("sendMediaGroup", fields | {"media": items}, tuple(zip(names, part.media, strict=True)))


async def send(http: aiohttp.ClientSession, credentials: Credentials, part: Part, *, chat: str) -> Answer:
    """Fire it once, into this chat."""
    made, secrets = message(part, chat=chat), [credentials.access_token]
    url = bot.url(credentials, made.method)
    if not made.files:
        return await wire.call(http, "POST", url, publishes=True, secrets=secrets, json=made.fields)
    fields = [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in made.fields.items()]
    form = uploads.form(fields, [(name, file.name, file) for name, file in made.files])
    return await uploads.publish(http, url, form, secrets=secrets)


def published(answer: Answer) -> Published:
    """The message, or the first of an album, as Telegram answered it."""
    result = bot.result(answer)
    sent = [one if isinstance(one, dict) else {} for one in (result if isinstance(result, list) else [result])]
    ids = [one.get("message_id") for one in sent]
    chat, moment = (sent[0].get("chat"), sent[0].get("date")) if sent else (None, None)
    if not isinstance(chat, dict) or not all(map(_is_number, [*ids, chat.get("id"), moment])):
        raise answer.unusable(bot.NETWORK)
    try:
        at = datetime.fromtimestamp(int(str(moment)), UTC)
    except (ValueError, OverflowError, OSError):
        raise answer.unusable(bot.NETWORK) from None
    return Published(",".join(map(str, ids)), _address(chat, int(str(ids[0]))), at)


def numbers(platform_post_id: str) -> list[int]:
    """The messages of a post."""
    try:
        return [int(number) for number in platform_post_id.split(",")]
    except ValueError:
        raise Rejected("This is no post of Telegram.") from None


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _address(chat: dict[str, Any], number: int) -> str:
    """Where the message can be read: by everybody, or by members. Small groups have no addresses."""
    username, identity = chat.get("username"), str(chat["id"])
    if isinstance(username, str) and username:
        return f"https://t.me/{username}/{number}"
    is_linked = identity.startswith(_SUPERGROUP)
    return f"https://t.me/c/{identity.removeprefix(_SUPERGROUP)}/{number}" if is_linked else ""


def _preview(text: str) -> dict[str, Any]:
    """A large preview of the first address; without one there is nothing to preview."""
    found = links.find(text)
    if not found:
        return {}
    address = text[found[0].start : found[0].end]
    address = address if found[0].has_scheme else f"https://{address}"
    return {"link_preview_options": {"url": address, "prefer_large_media": True}}


def _single(file: Media, fields: dict[str, Any]) -> Message:
    if file.mime_type == GIF:
        return Message("sendAnimation", fields | _pixels(file), (("animation", file),))
    if not file.is_video:
        return Message("sendPhoto", fields, (("photo", file),))
    return Message("sendVideo", fields | {"supports_streaming": True} | _pixels(file), (("video", file),))


def _kind(file: Media) -> dict[str, Any]:
    return {"type": "video", "supports_streaming": True} | _pixels(file) if file.is_video else {"type": "photo"}


def _pixels(file: Media) -> dict[str, int]:
    """What Telegram's apps need to show a frame of the right shape before a video is loaded."""
    told = {"width": file.width, "height": file.height, "duration": None if file.seconds is None else int(file.seconds)}
    return {name: value for name, value in told.items() if value}
