"""Brings files to Facebook before they are published: pictures unpublished, a film in pieces."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

import aiohttp

from aipromote.connectors import meta, wire
from aipromote.connectors.contract import Credentials, Media, Part, Prepared
from aipromote.connectors.facebook.graph import API, SERVER, VIDEO_SERVER
from aipromote.connectors.wire import Answer

_PIECES_AT_ONCE = 16  # before what is there is written down: Facebook's pieces have a few megabytes


@dataclass(frozen=True, slots=True)
class Made:
    """The handle: pictures, or a film, the session that its pieces go to, and the bytes that are wanted next."""

    photos: tuple[str, ...] = ()
    film: str = ""
    session: str = ""
    wanted: tuple[int, int] | None = None

    def __str__(self) -> str:
        told: dict[str, object] = {"film": self.film, "session": self.session} if self.film else {"photos": self.photos}
        return json.dumps(told | ({"wanted": self.wanted} if self.wanted else {}), separators=(",", ":"))

    def is_ready(self, part: Part) -> bool:
        """Whether all files of the part are there."""
        return bool(self.film and not self.wanted) or len(self.photos) == len(part.media)


def read(handle: str | None) -> Made:
    """An empty one where the handle is none of ours."""
    with suppress(ValueError, TypeError, AttributeError):
        told = json.loads(handle or "")
        start, end = told.get("wanted") or (0, 0)
        photos = tuple(map(str, told.get("photos", ())))
        return Made(photos, str(told.get("film", "")), str(told.get("session", "")), (start, end) if end else None)
    return Made()


def attached(made: Made) -> str:
    """The pictures as a post names them."""
    return json.dumps([{"media_fbid": photo} for photo in made.photos])


async def bring(http: aiohttp.ClientSession, credentials: Credentials, part: Part, prepared: str | None) -> Prepared:
    """Upload what is not there yet."""
    made = read(prepared)
    if made.is_ready(part):
        return Prepared(str(made))
    if part.media[0].is_video:
        made = await _film(http, credentials, part.media[0], made)
        return Prepared(str(made), timedelta() if made.wanted else None)
    photos = [await _photo(http, credentials, file) for file in part.media]
    return Prepared(str(Made(tuple(photos))))


def video_server(credentials: Credentials) -> str:
    """The host for films."""
    return wire.elsewhere(credentials.server, usual=SERVER, there=VIDEO_SERVER)


async def _photo(http: aiohttp.ClientSession, credentials: Credentials, file: Media) -> str:
    fields = {"published": "false"} | ({"alt_text_custom": file.alt_text} if file.alt_text.strip() else {})
    path = f"{credentials.account_id}/photos"
    return API.named(await API.upload(http, credentials, path, fields, ("source", file)))


async def _film(http: aiohttp.ClientSession, credentials: Credentials, file: Media, made: Made) -> Made:
    """Some pieces more: Facebook says which bytes it wants next, until it has them all."""
    if not made.wanted:
        made = await _begun(http, credentials, file)
    path, server = f"{credentials.account_id}/videos", video_server(credentials)
    for _ in range(_PIECES_AT_ONCE):
        if not made.wanted:
            break
        start, end = made.wanted
        fields = {"upload_phase": "transfer", "upload_session_id": made.session, "start_offset": str(start)}
        chunk = ("video_file_chunk", _piece(file, start, end))
        answer = await API.upload(http, credentials, path, fields, chunk, server=server)
        API.readable(answer)
        made = replace(made, wanted=_wanted(answer, file, after=start))
    return made


async def _begun(http: aiohttp.ClientSession, credentials: Credentials, file: Media) -> Made:
    fields = {"upload_phase": "start", "file_size": str(file.size)}
    path, server = f"{credentials.account_id}/videos", video_server(credentials)
    answer = await API.post(http, credentials, path, fields, server=server)
    body = API.readable(answer)
    film, session = meta.word(body.get("video_id")), meta.word(body.get("upload_session_id"))
    if not film or not session:
        raise answer.unusable(API.network)
    return Made(film=film, session=session, wanted=_wanted(answer, file, after=-1))


def _wanted(answer: Answer, file: Media, *, after: int) -> tuple[int, int] | None:
    """The bytes that are wanted next, told as texts; None at the end. Each time they are later ones."""
    try:
        start, end = int(answer.at("start_offset")), int(answer.at("end_offset"))
    except (TypeError, ValueError):
        raise answer.unusable(API.network) from None
    if not after < start <= end <= file.size or (start == end and end != file.size):
        raise answer.unusable(API.network)
    return (start, end) if start < end else None


def _piece(file: Media, start: int, end: int) -> Media:
    """These bytes of the file, read when they are sent."""

    async def content(offset: int, length: int | None) -> AsyncIterator[bytes]:
        rest = end - start - offset
        async for block in file.read(start + offset, rest if length is None else min(length, rest)):
            yield block

    return replace(file, size=end - start, read=content, name="piece")
