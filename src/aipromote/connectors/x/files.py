"""Brings pictures, GIFs and films to X. Nothing of it is public until a post names it, and X keeps it for a day.

The handle is JSON: the numbers of the files that are ready, the one that X is still working on, and when they end.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

import aiohttp

from aipromote import clock
from aipromote.connectors import uploads, wire
from aipromote.connectors.capabilities import GIF
from aipromote.connectors.contract import Credentials, Media, Part, Prepared
from aipromote.connectors.errors import MediaRejected, PolicyBlocked, Rejected, Stale, TargetGone
from aipromote.connectors.numbers import count
from aipromote.connectors.wire import Answer
from aipromote.connectors.x.answers import NETWORK, bearer, is_id, meaning, readable

_CHUNK = 1024 * 1024
"""X takes up to 5 MB in one segment and a thousand segments; half a gigabyte in pieces of this size is half of that."""
_KEPT_SECONDS = 86_400
_MARGIN_SECONDS = 600
_LONGEST_PAUSE = 300
_CALL_SECONDS, _CHUNK_SECONDS = 60.0, 300.0


@dataclass(frozen=True, slots=True)
class _Files:
    """What was brought so far. `until` is when X forgets the first of it, in seconds since 1970."""

    ready: tuple[str, ...] = ()
    pending: str = ""
    until: int = 0

    @property
    def handle(self) -> str:
        return json.dumps(asdict(self))

    @property
    def is_fresh(self) -> bool:
        return clock.now().timestamp() < self.until


async def bring(http: aiohttp.ClientSession, credentials: Credentials, part: Part, prepared: str | None) -> Prepared:
    """Upload what is missing. Asked again with the handle, it goes on where it was, or anew where that has ended."""
    files = _read(prepared)
    if files is None or not files.is_fresh:
        files = _none_yet()
    if files.pending:
        try:
            pause = _pause(await _status(http, credentials, files.pending))
            if pause:
                return Prepared(files.handle, ask_after=pause)
            files = await _finish(http, credentials, part, files, files.pending)
        except TargetGone:
            files = _none_yet()
    while len(files.ready) < len(part.media):
        file = part.media[len(files.ready)]
        number, answer = await _upload(http, credentials, file)
        files = replace(files, until=min(files.until, _end(answer)))
        if pause := _pause(answer):
            return Prepared(replace(files, pending=number).handle, ask_after=pause)
        files = await _finish(http, credentials, part, files, number)
    return Prepared(files.handle)


def ready(part: Part, prepared: str | None) -> list[str]:
    """The numbers to name in the post. Raises Stale where they are missing or have ended."""
    files = _read(prepared)
    if files is None or files.pending or len(files.ready) != len(part.media) or not files.is_fresh:
        raise Stale("The files of this post have to be brought to X again.", code="media")
    return list(files.ready)


async def _finish(
    http: aiohttp.ClientSession, credentials: Credentials, part: Part, files: _Files, number: str
) -> _Files:
    """The file is ready: say what is to be seen on it, which X takes for pictures and GIFs."""
    file = part.media[len(files.ready)]
    if file.alt_text.strip() and not file.is_video:
        told = {"id": number, "metadata": {"alt_text": {"text": file.alt_text}}}
        await _send(http, credentials, "/2/media/metadata", json=told)
    return replace(files, ready=(*files.ready, number), pending="")


async def _upload(http: aiohttp.ClientSession, credentials: Credentials, file: Media) -> tuple[str, Answer]:
    """The number of the file, and the answer that says whether X has to work on it."""
    if file.is_video or file.mime_type == GIF:
        return await _in_pieces(http, credentials, file)
    form = uploads.form([("media_category", "tweet_image")], [("media", file.name, file)])
    answer = await _send(
        http, credentials, "/2/media/upload", seconds=_CHUNK_SECONDS, headers=form.headers, data=form.body
    )
    return _number(answer), answer


async def _in_pieces(http: aiohttp.ClientSession, credentials: Credentials, file: Media) -> tuple[str, Answer]:
    category = "tweet_video" if file.is_video else "tweet_gif"
    begin = {"media_type": file.mime_type, "total_bytes": file.size, "media_category": category}
    number = _number(await _send(http, credentials, "/2/media/upload/initialize", json=begin))
    for index, offset in enumerate(range(0, file.size, _CHUNK)):
        piece = Media.of(await file.content(offset, _CHUNK), "application/octet-stream")
        form = uploads.form([("segment_index", str(index))], [("media", "piece", piece)])
        path = f"/2/media/upload/{number}/append"
        await _send(http, credentials, path, seconds=_CHUNK_SECONDS, headers=form.headers, data=form.body)
    answer = await _send(http, credentials, f"/2/media/upload/{number}/finalize")
    readable(answer)
    return number, answer


async def _status(http: aiohttp.ClientSession, credentials: Credentials, number: str) -> Answer:
    asked = {"command": "STATUS", "media_id": number}
    url = f"{credentials.server}/2/media/upload"
    answer = await wire.call(http, "GET", url, headers=bearer(credentials), params=asked)
    readable(answer)
    return answer


async def _send(
    http: aiohttp.ClientSession,
    credentials: Credentials,
    path: str,
    *,
    headers: dict[str, str] | None = None,
    seconds: float = _CALL_SECONDS,
    **content: Any,
) -> Answer:
    answer = await wire.call(
        http,
        "POST",
        f"{credentials.server}{path}",
        headers=bearer(credentials) | (headers or {}),
        seconds=seconds,
        **content,
    )
    if not answer.is_success:
        error = meaning(answer)
        if isinstance(error, Rejected) and not isinstance(error, PolicyBlocked):
            raise MediaRejected(error.reason, code=error.code)
        raise error
    return answer


def _pause(answer: Answer) -> timedelta | None:
    """How long X will still work on the file; None where it is ready. Raises MediaRejected where it cannot be used.

    Without `processing_info` there was nothing to be done.
    """
    info = answer.at("data", "processing_info")
    state = info.get("state") if isinstance(info, dict) else "succeeded"
    if state == "succeeded":
        return None
    if state == "failed":
        told = answer.words("data", "processing_info", "error", "message", otherwise="X cannot use this file.")
        code = answer.code("data", "processing_info", "error", "name")
        raise MediaRejected(told, code=code)
    wait = count(answer.at("data", "processing_info", "check_after_secs")) or 5
    return timedelta(seconds=min(max(wait, 1), _LONGEST_PAUSE))


def _number(answer: Answer) -> str:
    number = answer.fact("data", "id")
    if not is_id(number):
        raise answer.unusable(NETWORK)
    return number


def _end(answer: Answer) -> int:
    told = count(answer.at("data", "expires_after_secs")) or _KEPT_SECONDS
    return int(clock.now().timestamp()) + max(0, min(told, _KEPT_SECONDS) - _MARGIN_SECONDS)


def _none_yet() -> _Files:
    return _Files(until=int(clock.now().timestamp()) + _KEPT_SECONDS - _MARGIN_SECONDS)


def _read(prepared: str | None) -> _Files | None:
    """The handle as it was written; None where there is none."""
    if prepared is None:
        return None
    told = json.loads(prepared)
    return _Files(tuple(told["ready"]), told["pending"], told["until"])
