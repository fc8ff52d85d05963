"""Pictures and videos of an article: into the site's media library, and back out as parts of the article."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp

from aipromote.connectors.contract import Credentials, Media
from aipromote.connectors.errors import ConnectorError, Stale
from aipromote.connectors.wire import Answer
from aipromote.connectors.wordpress import markup, rest

MEDIA = "/wp/v2/media"
_ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
}
_NAME = re.compile(r"[^A-Za-z0-9_-]+")
_UPLOAD_SECONDS = 900.0
_STORED = "X-WP-Upload-Attachment-ID"
"""The header by which a site that breaks while it makes smaller pictures says that it has the file, and as which."""


@dataclass(frozen=True, slots=True)
class Attached:
    """What of an article is files: the picture above it, and HTML that goes below its text."""

    featured: int | None = None
    below: str = ""


async def upload(http: aiohttp.ClientSession, credentials: Credentials, file: Media) -> int:
    """Put a file into the library as one stream, then say what it shows. Its id there."""
    headers = {
        "Content-Type": file.mime_type,
        "Content-Length": str(file.size),
        "Content-Disposition": f'attachment; filename="{_name(file)}"',
    }
    answer = await rest.call(
        http,
        credentials,
        "POST",
        MEDIA,
        headers=headers,
        data=file.read(0, None),
        seconds=_UPLOAD_SECONDS,
        meaningful={HTTPStatus.INTERNAL_SERVER_ERROR},  # so it answers to a type of file that it does not want
    )
    number = await _rescued(http, credentials, file, answer) or rest.readable(answer).get("id")
    if not isinstance(number, int):
        raise rest.in_between(answer)
    if file.alt_text:
        told = await rest.call(http, credentials, "POST", f"{MEDIA}/{number}", json={"alt_text": file.alt_text})
        rest.readable(told)
    return number


async def _rescued(http: aiohttp.ClientSession, credentials: Credentials, file: Media, answer: Answer) -> int | None:
    """The file's id where it was stored and PHP broke down after that: out of memory, over its time.

    Uploaded once more it would be there twice and break again. The site is asked to go on once, as WordPress's own
    editor asks; without smaller pictures it shows the one that it has.
    """
    number = answer.headers.get(_STORED, "")
    if answer.is_success or rest.own_code(answer) or not number.isdecimal():
        return None
    if not file.is_video:
        smaller = {"action": "create-image-subsizes"}
        with suppress(ConnectorError):
            await rest.call(http, credentials, "POST", f"{MEDIA}/{int(number)}/post-process", json=smaller)
    return int(number)


async def attach(
    http: aiohttp.ClientSession, credentials: Credentials, media: tuple[Media, ...], prepared: str | None
) -> Attached:
    """What was uploaded, as it goes into the article: the first picture above it, the rest below the text."""
    numbers = _numbers(prepared)
    if len(numbers) != len(media):
        raise Stale("The article's files are not in the site's library yet.")
    query = {"include": ",".join(map(str, numbers)), "per_page": 100, "context": "edit"}
    answer = await rest.call(http, credentials, "GET", MEDIA, query=query)
    if not answer.is_success:
        rest.refuse(answer)
    if not isinstance(answer.body, list):
        raise rest.in_between(answer)
    urls = {one["id"]: one["source_url"] for one in answer.body if _is_usable(one)}
    if not urls.keys() >= set(numbers):
        raise Stale("A file of this article is no longer in the site's library.")
    featured = next((number for number, file in zip(numbers, media, strict=True) if not file.is_video), None)
    below = [
        markup.video(urls[number]) if file.is_video else markup.picture(urls[number], file.alt_text)
        for number, file in zip(numbers, media, strict=True)
        if number != featured
    ]
    return Attached(featured, "".join(below))


def handle(numbers: list[int]) -> str:
    """What `attach` reads."""
    return json.dumps(numbers)


def _numbers(prepared: str | None) -> list[int]:
    try:
        told = json.loads(prepared or "[]")
    except ValueError:
        return []
    return [one for one in told if isinstance(one, int)] if isinstance(told, list) else []


def _is_usable(one: Any) -> bool:
    return (
        isinstance(one, dict)
        and isinstance(one.get("id"), int)
        and str(one.get("source_url")).startswith(("https://", "http://"))
    )


def _name(file: Media) -> str:
    """A name that WordPress takes: it goes by the ending, and headers are ASCII."""
    stem = _NAME.sub("-", file.name.rpartition(".")[0] or file.name).strip("-")[:80]
    return f"{stem or 'file'}.{_ENDINGS.get(file.mime_type, 'bin')}"
