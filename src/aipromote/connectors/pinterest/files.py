"""Pictures and videos of a pin. Pictures go along with it; a video is uploaded before and has to be processed."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import aiohttp

from aipromote.connectors import uploads, wire
from aipromote.connectors.contract import Credentials, Media, Part, Prepared
from aipromote.connectors.errors import MediaRejected, Stale, Unreachable
from aipromote.connectors.pinterest import api

_ASK_AFTER = timedelta(seconds=10)
_UPLOAD_SECONDS = 1800.0
_SENT_ALONG = 12_000_000
"""Bytes of pictures that go inside the call; more are fetched by their addresses, where the installation has any."""
_COVER_AT = 1
"""The place in a video that becomes its cover, close to its beginning: a pin with a video needs one."""


async def prepare(http: aiohttp.ClientSession, credentials: Credentials, part: Part, prepared: str | None) -> Prepared:
    """Upload the video, then ask how far Pinterest is with it."""
    film = next((file for file in part.media if file.is_video), None)
    if film is None:
        return Prepared()
    number = _number(prepared)
    if number is None:
        return Prepared(handle(await _upload(http, credentials, film)), _ASK_AFTER)
    answer = await api.call(http, credentials, "GET", f"/media/{number}")
    if answer.status == HTTPStatus.NOT_FOUND and api.is_own(answer):
        return Prepared(handle(await _upload(http, credentials, film)), _ASK_AFTER)
    status = api.readable(answer).get("status")
    if status == "succeeded":
        return Prepared(handle(number))
    if status in {"registered", "processing"}:
        return Prepared(handle(number), _ASK_AFTER)
    if status == "failed":
        raise MediaRejected("Pinterest could not process this video.", code=answer.code("failure_code"))
    raise answer.unusable(api.NETWORK)


async def source(part: Part, prepared: str | None) -> dict[str, Any]:
    """What the pin shows, as Pinterest wants it told."""
    films = [file for file in part.media if file.is_video]
    images = [file for file in part.media if not file.is_video]
    if films:
        number = _number(prepared)
        if number is None:
            raise Stale("The video of this pin is not on Pinterest yet.")
        return {"source_type": "video_id", "media_id": number, "cover_image_key_frame_time": _COVER_AT}
    if not images:
        raise MediaRejected("Pinterest takes no pin without a picture or video.")
    urls = [file.url for file in images if file.url]
    if sum(file.size for file in images) > _SENT_ALONG and len(urls) == len(images):
        if len(urls) == 1:
            return {"source_type": "image_url", "url": urls[0]}
        return {"source_type": "multiple_image_urls", "items": [{"url": url} for url in urls]}
    shown = [await _along(file) for file in images]
    if len(shown) == 1:
        return {"source_type": "image_base64", **shown[0]}
    return {"source_type": "multiple_image_base64", "items": shown}


def handle(number: str) -> str:
    """What `prepare` and `source` read."""
    return json.dumps({"media_id": number})


async def _along(file: Media) -> dict[str, str]:
    return {"content_type": file.mime_type, "data": base64.b64encode(await file.content()).decode()}


async def _upload(http: aiohttp.ClientSession, credentials: Credentials, film: Media) -> str:
    """Register the video and send it to the storage that Pinterest names, its form first and the file last."""
    answer = await api.call(http, credentials, "POST", "/media", json={"media_type": "video"})
    body = api.readable(answer)
    number, url, given = answer.fact("media_id"), answer.fact("upload_url"), body.get("upload_parameters")
    is_private = url.startswith(("https://", f"{credentials.server}/"))
    if not number.isdecimal() or not is_private or not isinstance(given, dict):
        raise answer.unusable(api.NETWORK)
    fields = [(name, value) for name, value in given.items() if isinstance(name, str) and isinstance(value, str)]
    made = uploads.form(fields, [("file", "video", film)])
    hidden = [value for _, value in fields]
    stored = await wire.call(
        http, "POST", url, headers=made.headers, data=made.body, secrets=hidden, seconds=_UPLOAD_SECONDS
    )
    if stored.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        raise MediaRejected("The storage of Pinterest finds this video too large.", code=str(stored.status))
    if not stored.is_success:
        raise Unreachable(f"The storage of Pinterest answered {stored.status}.", code=str(stored.status))
    return number


def _number(prepared: str | None) -> str | None:
    try:
        told = json.loads(prepared or "{}")
    except ValueError:
        return None
    number = told.get("media_id") if isinstance(told, dict) else None
    return number if isinstance(number, str) and number.isdecimal() else None
