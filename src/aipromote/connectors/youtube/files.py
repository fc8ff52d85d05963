"""Brings a video to YouTube as a private one, and waits until YouTube is done with it.

The handle is JSON. First it names the upload session, and is stored before any byte is sent: whatever breaks, the
session tells how much has arrived, and after the last byte which video it became. Then it names that video.
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import asdict, dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.contract import Credentials, Media, Part, Prepared
from aipromote.connectors.errors import ConnectorError, MediaRejected, PolicyBlocked, Unreachable
from aipromote.connectors.wire import Answer
from aipromote.connectors.youtube.answers import NETWORK, bearer, items, meaning, readable, refuse

CHUNK = 4 * 1024 * 1024
"""A multiple of 256 KiB, as the protocol wants."""
_CALL_SECONDS, _CHUNK_SECONDS = 60.0, 300.0
_AT_ONCE = timedelta(0)
_PAUSE = timedelta(seconds=20)
_PATIENCE = 30 * 60
"""Seconds after which a video goes out although YouTube is still making its finer versions."""
_LONGEST_SESSION = 1800
_RANGE = re.compile(r"bytes=0-(\d{1,15})")
_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
_GOOGLE = ".googleapis.com"
_PEOPLE_AND_BLOGS = "22"
_OF_THE_FILE = frozenset({"duplicate", "length"})


@dataclass(frozen=True, slots=True)
class Bringing:
    """Either the session that bytes go to, or the video that they became and when, in seconds since 1970."""

    session: str = ""
    video: str = ""
    since: int = 0

    @property
    def handle(self) -> str:
        """What is stored."""
        return json.dumps(asdict(self))


def read(handle: str | None) -> Bringing:
    """The handle; an empty one where it is missing or not ours."""
    try:
        told = json.loads(handle or "{}")
        found = Bringing(str(told.get("session", "")), str(told.get("video", "")), int(told.get("since", 0)))
    except (ValueError, TypeError, AttributeError):
        return Bringing()
    return found if not found.video or is_id(found.video) else Bringing()


def is_id(told: Any) -> bool:
    """Whether it can be the id of a video."""
    return isinstance(told, str) and _ID.fullmatch(told) is not None


async def bring(http: aiohttp.ClientSession, credentials: Credentials, part: Part, prepared: str | None) -> Prepared:
    """Go on where the handle says: open a session, send what is missing, wait for YouTube's work."""
    found, file = read(prepared), part.media[0]
    if found.session:
        video = await _send(http, credentials, file, found.session)
        found = Bringing(video=video, since=int(clock.now().timestamp())) if video else Bringing()
    elif found.video:
        state = await video_state(http, credentials, found.video)
        if state is not None:
            is_late = clock.now().timestamp() - found.since > _PATIENCE
            return Prepared(found.handle, None if is_done(state) or is_late else _PAUSE)
        found = Bringing()
    if found.video:
        return Prepared(found.handle, _PAUSE)
    return Prepared(Bringing(session=await _open(http, credentials, part, file)).handle, _AT_ONCE)


async def video_state(http: aiohttp.ClientSession, credentials: Credentials, video: str) -> dict[str, Any] | None:
    """The `status` of one of the channel's videos, or None where there is none. Raises what it was refused for."""
    where = {"part": "status", "id": video}
    answer = await wire.call(
        http, "GET", f"{credentials.server}/youtube/v3/videos", headers=bearer(credentials), params=where
    )
    found = [one for one in items(answer) if one.get("id") == video]
    if not found:
        return None
    state = found[0].get("status")
    if not isinstance(state, dict):
        raise answer.unusable(NETWORK)
    if (error := _refusal(state)) is not None:
        raise error
    return state


def is_done(state: dict[str, Any]) -> bool:
    """Whether YouTube has worked through the file."""
    return state.get("uploadStatus") == "processed"


def _refusal(state: dict[str, Any]) -> ConnectorError | None:
    kind = state.get("uploadStatus")
    if kind not in {"failed", "rejected", "deleted"}:
        return None
    told = state.get("failureReason" if kind == "failed" else "rejectionReason")
    code = told if isinstance(told, str) and told.isalnum() else str(kind)
    words = {
        "duplicate": "YouTube says that this video is on the channel already.",
        "length": "The video is longer than this channel may upload.",
    }.get(code, f"YouTube did not accept the video ({code}).")
    is_file = kind == "failed" or code in _OF_THE_FILE
    return (MediaRejected if is_file else PolicyBlocked)(words, code=code)


async def _open(http: aiohttp.ClientSession, credentials: Credentials, part: Part, file: Media) -> str:
    url = f"{credentials.server}/upload/youtube/v3/videos?uploadType=resumable&part=snippet,status"
    sizes = {"X-Upload-Content-Length": str(file.size), "X-Upload-Content-Type": file.mime_type}
    snippet = {"title": (part.title or "").strip(), "description": part.text, "categoryId": _PEOPLE_AND_BLOGS}
    body = {"snippet": snippet, "status": visible("private")}
    answer = await wire.call(http, "POST", url, headers=bearer(credentials) | sizes, json=body, seconds=_CALL_SECONDS)
    session = answer.headers.get("Location", "")
    if not answer.is_success or not session:
        refuse(answer)
    if len(session) > _LONGEST_SESSION or not _is_googles(session, credentials.server):
        raise answer.unusable(NETWORK)
    return session


def visible(to: str) -> dict[str, Any]:
    """The whole `status` that we set: what a change leaves out is reset by YouTube."""
    return {
        "privacyStatus": to,
        "selfDeclaredMadeForKids": False,
        "embeddable": True,
        "license": "youtube",
        "publicStatsViewable": True,
    }


async def _send(http: aiohttp.ClientSession, credentials: Credentials, file: Media, session: str) -> str | None:
    """Send what the session lacks. The id of the video, or None where the session is gone."""
    if not _is_googles(session, credentials.server):
        return None
    answer = await _put(http, credentials, session, b"", f"bytes */{file.size}")
    while (video := _outcome(answer)) is None and answer.status == HTTPStatus.PERMANENT_REDIRECT:
        start = _arrived(answer)
        block = await file.content(start, CHUNK)
        if not block:
            raise MediaRejected("The file is shorter than it was said to be.")
        answer = await _put(http, credentials, session, block, f"bytes {start}-{start + len(block) - 1}/{file.size}")
        if answer.status == HTTPStatus.BAD_REQUEST:
            # After a dropped connection aiohttp sends a chunk again by itself, and YouTube may have it already.
            now = await _put(http, credentials, session, b"", f"bytes */{file.size}")
            answer = now if _arrived(now) > start else answer
        if answer.status == HTTPStatus.PERMANENT_REDIRECT and _arrived(answer) <= start:
            raise Unreachable("YouTube takes no more bytes of this video now.")
    return video


def _outcome(answer: Answer) -> str | None:
    if answer.is_success:
        video = readable(answer).get("id")
        if not is_id(video):
            raise answer.unusable(NETWORK)
        return str(video)
    is_gone = answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
    if answer.status != HTTPStatus.PERMANENT_REDIRECT and not is_gone:
        raise meaning(answer)
    return None


def _arrived(answer: Answer) -> int:
    """How many bytes YouTube has, from the beginning."""
    match = _RANGE.fullmatch(answer.headers.get("Range", "").strip())
    return int(match[1]) + 1 if match else 0


async def _put(http: aiohttp.ClientSession, credentials: Credentials, session: str, block: bytes, where: str) -> Answer:
    return await wire.call(
        http,
        "PUT",
        URL(session, encoded=True),
        headers=bearer(credentials) | {"Content-Range": where, "Content-Type": "application/octet-stream"},
        secrets=[session],
        data=io.BytesIO(block),
        seconds=_CHUNK_SECONDS,
        meaningful=(HTTPStatus.PERMANENT_REDIRECT,),
    )


def _is_googles(address: str, server: str) -> bool:
    """Whether bytes and token may go there: to the server itself, or to another of Google's."""
    try:
        parts, own = urlsplit(address), urlsplit(server)
        is_same = (parts.scheme, parts.netloc) == (own.scheme, own.netloc)
        return is_same or (parts.scheme == "https" and (parts.hostname or "").endswith(_GOOGLE))
    except ValueError:
        return False
