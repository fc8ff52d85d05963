"""Brings pictures and films to LinkedIn. Nothing of it is public until a post names it.

A film goes in the parts that LinkedIn asks for, each to an address of its own; it is put together by the tags (ETag)
that came back, in the order of the parts. The handle is JSON: what is ready, and the film that is being worked on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from aipromote.connectors import wire
from aipromote.connectors.contract import Credentials, Media, Part, Prepared
from aipromote.connectors.errors import MediaRejected, PermissionMissing, Rejected, Stale, TargetGone
from aipromote.connectors.linkedin import rest
from aipromote.connectors.linkedin.rest import NETWORK, SERVER
from aipromote.connectors.wire import Answer

_WORKS = timedelta(seconds=10)
_CALL_SECONDS, _PART_SECONDS = 60.0, 300.0
_HOSTS = (".linkedin.com", ".licdn.com")
_MOST_PARTS = 1000


async def bring(http: aiohttp.ClientSession, credentials: Credentials, part: Part, prepared: str | None) -> Prepared:
    """Upload what is missing. Asked again with the handle, it goes on where it was; a film that is gone goes again."""
    ready, pending = _read(prepared)
    if pending:
        state = await _state(http, credentials, pending)
        if state == "PROCESSING":
            return Prepared(_handle(ready, pending), ask_after=_WORKS)
        if state == "AVAILABLE":
            ready = [*ready, pending]
    for file in part.media[len(ready) :]:
        if file.is_video:
            film = await _film(http, credentials, file)
            return Prepared(_handle(ready, film), ask_after=_WORKS)
        ready = [*ready, await _picture(http, credentials, file)]
    return Prepared(_handle(ready))


def ready(part: Part, prepared: str | None) -> list[str]:
    """The names of the files, in order. Raises Stale where they are missing."""
    names, pending = _read(prepared)
    if pending or len(names) != len(part.media):
        raise Stale("The files of this post have to be brought to LinkedIn again.", code="media")
    return names


async def _picture(http: aiohttp.ClientSession, credentials: Credentials, file: Media) -> str:
    told = await _begin(http, credentials, "images", {"owner": credentials.account_id})
    name, address = told.fact("value", "image"), told.fact("value", "uploadUrl")
    if not name.startswith("urn:li:image:"):
        raise told.unusable(NETWORK)
    bearer = {"Authorization": f"Bearer {credentials.access_token}"}
    await _put(http, credentials, told, address, content=await file.content(), headers=bearer)
    return name


async def _film(http: aiohttp.ClientSession, credentials: Credentials, file: Media) -> str:
    wanted = {
        "owner": credentials.account_id,
        "fileSizeBytes": file.size,
        "uploadCaptions": False,
        "uploadThumbnail": False,
    }
    told = await _begin(http, credentials, "videos", wanted)
    name = told.fact("value", "video")
    if not name.startswith("urn:li:video:"):
        raise told.unusable(NETWORK)
    tags = []
    for address, first, last in _parts(told, file.size):
        answer = await _put(http, credentials, told, address, content=await file.content(first, last - first + 1))
        tag = answer.headers.get("ETag", "").strip('"')
        if not tag:
            raise answer.unusable(NETWORK)
        tags.append(tag)
    end = {"video": name, "uploadToken": told.fact("value", "uploadToken"), "uploadedPartIds": tags}
    await _ask(http, credentials, "videos", "finalizeUpload", {"finalizeUploadRequest": end})
    return name


def _parts(told: Answer, size: int) -> list[tuple[str, int, int]]:
    """Address, first and last byte of each part; together they have to be the whole film."""
    instructions = told.at("value", "uploadInstructions")
    parts: list[tuple[str, int, int]] = []
    for one in instructions if isinstance(instructions, list) else []:
        match one:
            case {"uploadUrl": str(address), "firstByte": int(first), "lastByte": int(last)} if first <= last:
                parts.append((address, first, last))
    covered = [0, *(last + 1 for _, _, last in parts)]
    if not parts or len(parts) > _MOST_PARTS or covered[-1] != size or covered[:-1] != [first for _, first, _ in parts]:
        raise told.unusable(NETWORK)
    return parts


async def _state(http: aiohttp.ClientSession, credentials: Credentials, name: str) -> str:
    """AVAILABLE, PROCESSING, or GONE. A grant that may not ask is told nothing: then the post itself will tell."""
    answer = await rest.call(http, "GET", credentials, f"/rest/videos/{rest.encoded(name)}")
    try:
        rest.readable(answer, credentials)
    except PermissionMissing:
        return "AVAILABLE"
    except TargetGone:
        return "GONE"
    state = answer.fact("status")
    if state == "PROCESSING_FAILED":
        reason = answer.words("processingFailureReason", otherwise="LinkedIn cannot use this film.")
        raise MediaRejected(reason, code=state)
    known = {"AVAILABLE": "AVAILABLE", "PROCESSING": "PROCESSING", "WAITING_UPLOAD": "GONE"}
    if state not in known:
        raise answer.unusable(NETWORK)
    return known[state]


async def _begin(http: aiohttp.ClientSession, credentials: Credentials, kind: str, wanted: dict[str, Any]) -> Answer:
    return await _ask(http, credentials, kind, "initializeUpload", {"initializeUploadRequest": wanted})


async def _ask(
    http: aiohttp.ClientSession, credentials: Credentials, kind: str, action: str, body: dict[str, Any]
) -> Answer:
    path = f"/rest/{kind}?action={action}"
    answer = await rest.call(http, "POST", credentials, path, seconds=_CALL_SECONDS, json=body)
    return _taken(answer, credentials)


async def _put(
    http: aiohttp.ClientSession,
    credentials: Credentials,
    told: Answer,
    address: str,
    *,
    content: bytes,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Send bytes where LinkedIn said, which is a secret for as long as it is good."""
    parts = urlsplit(address)
    is_theirs = parts.scheme == "https" and f".{parts.hostname}".endswith(_HOSTS)
    if not (is_theirs if credentials.server == SERVER else address.startswith(f"{credentials.server}/")):
        raise told.unusable(NETWORK)
    answer = await wire.call(
        http,
        "PUT",
        URL(address, encoded=True),
        secrets=[address],
        headers={"Content-Type": "application/octet-stream", **(headers or {})},
        seconds=_PART_SECONDS,
        data=content,
    )
    return _taken(answer, credentials)


def _taken(answer: Answer, credentials: Credentials) -> Answer:
    if answer.is_success:
        return answer
    error = rest.meaning(answer, credentials)
    if isinstance(error, Rejected) and not isinstance(error, TargetGone):
        raise MediaRejected(error.reason, code=error.code)
    raise error


def _handle(names: list[str], pending: str = "") -> str:
    return json.dumps({"ready": names, "pending": pending})


def _read(prepared: str | None) -> tuple[list[str], str]:
    told = json.loads(prepared) if prepared is not None else {"ready": [], "pending": ""}
    return list(told["ready"]), str(told["pending"])
