"""Brings a video to TikTok, all but its last chunk, and reads what becomes of it.

TikTok posts a video as soon as its last byte has arrived, so that chunk is what is fired. The handle is JSON: which
call it is (`publish_id`, known before), where bytes go and until when, and how the post is to be seen.
"""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.contract import Credentials, Media, Part, Prepared
from aipromote.connectors.errors import ConnectorError, MediaRejected, Rejected, Stale, TargetGone, Unreachable
from aipromote.connectors.numbers import count
from aipromote.connectors.tiktok import tokens
from aipromote.connectors.tiktok.answers import NETWORK, ask, meaning
from aipromote.connectors.wire import Answer

LEAST_CHUNK = 5 * 1024 * 1024
_KEPT_SECONDS, _MARGIN_SECONDS = 3600, 120
_CHUNK_SECONDS = 300.0
_LONGEST_ADDRESS, _LONGEST_NAME = 1400, 100
_AT_ONCE = timedelta(0)
_HOST = ".tiktokapis.com"


@dataclass(frozen=True, slots=True)
class Bringing:
    """What is stored of a post. `url` is empty for pictures, `publish_id` until TikTok gave one."""

    publish_id: str = ""
    url: str = ""
    until: int = 0
    size: int = 0
    privacy: str = ""
    username: str = ""
    is_photo: bool = False
    has_no_comments: bool = False

    @property
    def handle(self) -> str:
        """What is stored."""
        return json.dumps({name: value for name, value in asdict(self).items() if value})


@dataclass(frozen=True, slots=True)
class Chunks:
    """How a file is cut: all chunks have `size`, but the last has what remains, too."""

    size: int
    number: int
    total: int

    @property
    def last(self) -> int:
        """Where the last one begins."""
        return self.size * (self.number - 1)


def cut(total: int) -> Chunks:
    """As many chunks as TikTok allows, so that the last one, which is fired, is as small as can be."""
    number = max(1, total // LEAST_CHUNK)
    return Chunks(total // number, number, total)


def read(handle: str | None) -> Bringing:
    """The handle; an empty one where it is missing or not ours."""
    try:
        return Bringing(**json.loads(handle or "{}"))
    except (ValueError, TypeError):
        return Bringing()


async def bring(http: aiohttp.ClientSession, credentials: Credentials, part: Part, prepared: str | None) -> Prepared:
    """Ask what the account may do; for a video, open an upload and send all chunks but the last."""
    found = read(prepared)
    if any(not file.is_video for file in part.media):
        return Prepared((await _pictures(http, credentials, part)).handle)
    answer = await status(http, credentials, found.publish_id) if found.publish_id else None
    state = answer.fact("data", "status") if answer is not None else "FAILED"
    is_fresh = clock.now().timestamp() < found.until and found.size == part.media[0].size
    if answer is not None and state == "PROCESSING_UPLOAD" and is_fresh:
        await _send(http, credentials, part.media[0], found, count(answer.at("data", "uploaded_bytes")) or 0)
        return Prepared(found.handle)
    if state not in {"PROCESSING_UPLOAD", "FAILED"}:
        # All bytes are there already. Never a second call: firing finds no place in the file, and is then looked up.
        return Prepared(replace(found, until=_until()).handle)
    return Prepared((await _open(http, credentials, part)).handle, _AT_ONCE)


async def finish(http: aiohttp.ClientSession, part: Part, found: Bringing) -> Answer:
    """Send the last chunk: the call that publishes. A repeat of it finds no place in the file and changes nothing."""
    file = part.media[0]
    chunks = cut(file.size)
    block = await file.content(chunks.last)
    return await _put(http, found, block, chunks.last, mime_type=file.mime_type, publishes=True)


async def status(http: aiohttp.ClientSession, credentials: Credentials, publish_id: str) -> Answer | None:
    """What became of the call; None where TikTok does not know it."""
    try:
        return await ask(http, credentials, "/v2/post/publish/status/fetch/", {"publish_id": publish_id})
    except TargetGone:
        return None


def post_info(part: Part, found: Bringing, creator: dict[str, Any]) -> dict[str, Any]:
    """How a video is shown. Duets and stitches are off, as TikTok demands where nobody chose them."""
    return {
        "title": part.text,
        "privacy_level": found.privacy,
        "disable_comment": bool(creator.get("comment_disabled")),
        "disable_duet": True,
        "disable_stitch": True,
        "brand_organic_toggle": True,
        "brand_content_toggle": False,
    }


async def _creator(
    http: aiohttp.ClientSession, credentials: Credentials, part: Part
) -> tuple[Bringing, dict[str, Any]]:
    """TikTok wants this asked before each post: what the account may do now."""
    answer = await ask(http, credentials, "/v2/post/publish/creator_info/query/", {})
    creator: dict[str, Any] = answer.at("data")
    privacy, options = tokens.privacy_of(credentials), creator.get("privacy_level_options")
    if not isinstance(options, list):
        raise answer.unusable(NETWORK)
    if privacy not in options:
        words = "This account cannot post to those who were chosen to see its posts; connect it again and choose anew."
        raise Rejected(words, code="privacy_level_option_mismatch")
    longest = count(creator.get("max_video_post_duration_sec"))
    if longest is not None and any((file.seconds or 0) > longest for file in part.media):
        raise MediaRejected(f"TikTok takes videos of {longest} s at most from this account.", code="duration")
    username = answer.fact("data", "creator_username")[:_LONGEST_NAME]
    return Bringing(privacy=privacy, username=username), creator


async def _pictures(http: aiohttp.ClientSession, credentials: Credentials, part: Part) -> Bringing:
    if any(file.url is None for file in part.media):
        raise MediaRejected(
            "TikTok fetches pictures by their address: this installation needs a public one (AIPROMOTE_PUBLIC_URL)."
        )
    found, creator = await _creator(http, credentials, part)
    return replace(found, is_photo=True, has_no_comments=bool(creator.get("comment_disabled")))


async def _open(http: aiohttp.ClientSession, credentials: Credentials, part: Part) -> Bringing:
    """Nothing is posted before all bytes are there, so an upload that is left alone ends unseen after an hour."""
    file = part.media[0]
    found, creator = await _creator(http, credentials, part)
    chunks = cut(file.size)
    source = {
        "source": "FILE_UPLOAD",
        "video_size": file.size,
        "chunk_size": chunks.size,
        "total_chunk_count": chunks.number,
    }
    body = {"post_info": post_info(part, found, creator), "source_info": source}
    until = _until()
    answer = await ask(http, credentials, "/v2/post/publish/video/init/", body)
    publish_id, url = answer.fact("data", "publish_id"), answer.fact("data", "upload_url")
    if not publish_id or not is_tiktoks(url, credentials.server) or len(url) > _LONGEST_ADDRESS:
        raise answer.unusable(NETWORK)
    return Bringing(publish_id[:_LONGEST_NAME], url, until, file.size, found.privacy, found.username)


async def _send(
    http: aiohttp.ClientSession, credentials: Credentials, file: Media, found: Bringing, arrived: int
) -> None:
    """All chunks before the last that have not arrived yet, in their order."""
    chunks, is_resynced = cut(file.size), False
    while arrived < chunks.last:
        start = arrived - arrived % chunks.size
        answer = await _put(http, found, await file.content(start, chunks.size), start, mime_type=file.mime_type)
        if answer.status == HTTPStatus.PARTIAL_CONTENT:
            arrived = start + chunks.size
        elif answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and not is_resynced:
            told = await status(http, credentials, found.publish_id)
            arrived, is_resynced = (count(told.at("data", "uploaded_bytes")) if told else None) or 0, True
        else:
            raise _upload_error(answer)


def _upload_error(answer: Answer) -> ConnectorError:
    if answer.status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
        return Stale("TikTok does not take this upload any more; it begins anew.", code=str(answer.status))
    error = meaning(answer)
    return error if not answer.is_success else Unreachable("TikTok did not say that it took the chunk.")


async def _put(
    http: aiohttp.ClientSession,
    found: Bringing,
    block: bytes,
    start: int,
    *,
    mime_type: str,
    publishes: bool = False,
) -> Answer:
    where = f"bytes {start}-{start + len(block) - 1}/{found.size}"
    return await wire.call(
        http,
        "PUT",
        URL(found.url, encoded=True),
        publishes=publishes,
        secrets=[found.url],
        headers={"Content-Type": mime_type, "Content-Range": where},
        data=io.BytesIO(block),
        seconds=_CHUNK_SECONDS,
    )


def _until() -> int:
    """When TikTok forgets an upload that is opened now, in seconds since 1970."""
    return int(clock.now().timestamp()) + _KEPT_SECONDS - _MARGIN_SECONDS


def is_tiktoks(address: str, server: str) -> bool:
    """Whether a video may go there: to the server itself, or to another of TikTok's."""
    try:
        parts, own = urlsplit(address), urlsplit(server)
        is_same = (parts.scheme, parts.netloc) == (own.scheme, own.netloc)
        return is_same or (parts.scheme == "https" and (parts.hostname or "").endswith(_HOST))
    except ValueError:
        return False
