"""Files for a message. Pictures become blocks of it; where a video is among the files they are shared by Slack itself.

`prepare` uploads. Pictures are then completed without a channel, which nobody sees, and are ready once Slack knows what
they are. Completing with a channel is what publishes videos, so that is left to `publish`.
"""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePath
from typing import Any

import aiohttp

from aipromote.connectors import wire
from aipromote.connectors.contract import Credentials, Media, Part, Prepared
from aipromote.connectors.errors import MediaRejected, Stale
from aipromote.connectors.slack import web
from aipromote.connectors.wire import Answer

USUAL = "https://slack.com"
_UPLOADS = "https://files.slack.com"
_UPLOAD_SECONDS = 900.0
_FIRST_LOOK, _NEXT_LOOK = timedelta(seconds=2), timedelta(seconds=5)
_UNSEEN = timedelta(seconds=30)
"""After this long a picture is ready, where nobody may look whether it is."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What was uploaded, by Slack's numbers. `is_shared` where Slack is to share the files, instead of blocks."""

    numbers: tuple[str, ...]
    is_shared: bool
    is_ready: bool

    @property
    def handle(self) -> str:
        """In the form in which it is kept."""
        return json.dumps({"files": self.numbers, "shared": self.is_shared, "ready": self.is_ready})


def uploaded(handle: str | None) -> Uploaded:
    """What a handle names. Stale where it names nothing."""
    try:
        kept = json.loads(handle or "")
        return Uploaded(tuple(map(str, kept["files"])), bool(kept["shared"]), bool(kept["ready"]))
    except (ValueError, KeyError, TypeError):
        raise Stale("The files are not uploaded yet.") from None


async def prepare(http: aiohttp.ClientSession, credentials: Credentials, part: Part, prepared: str | None) -> Prepared:
    """Upload what is not uploaded, and see whether Slack is done with it."""
    if prepared is not None and (known := uploaded(prepared)).is_ready:
        return Prepared(known.handle)
    if prepared is not None and (seen := await _looked_at(http, credentials, known)) is not None:
        return seen
    numbers = tuple([await _upload(http, credentials, file) for file in part.media])
    if any(file.is_video for file in part.media):
        return Prepared(Uploaded(numbers, is_shared=True, is_ready=True).handle)
    web.readable(await web.ask(http, credentials, "files.completeUploadExternal", files=listed(part.media, numbers)))
    return Prepared(Uploaded(numbers, is_shared=False, is_ready=False).handle, _FIRST_LOOK)


def listed(media: Sequence[Media], numbers: Sequence[str]) -> str:
    """The files as `files.completeUploadExternal` wants them."""
    return json.dumps([{"id": number, "title": file.name} for file, number in zip(media, numbers, strict=True)])


async def _looked_at(http: aiohttp.ClientSession, credentials: Credentials, known: Uploaded) -> Prepared | None:
    """What is known now; None where a file is gone and everything has to be uploaded again."""
    ready = Uploaded(known.numbers, known.is_shared, is_ready=True).handle
    for number in known.numbers:
        answer = await web.ask(http, credentials, "files.info", file=number)
        told = web.word(answer)
        if told == "file_not_found":
            return None
        if told == "missing_scope":
            # It may not be asked, so it waits; what is not ready even then is refused when it is fired (Stale).
            return Prepared(ready, _UNSEEN)
        web.readable(answer)
        if not answer.fact("file", "mimetype"):
            return Prepared(known.handle, _NEXT_LOOK)
    return Prepared(ready)


async def _upload(http: aiohttp.ClientSession, credentials: Credentials, file: Media) -> str:
    """One file, a block at a time, to the address that Slack gives out for it."""
    fields = {"filename": _name(file), "length": str(file.size)}
    if file.alt_text:
        fields["alt_txt"] = file.alt_text
    answer = await web.ask(http, credentials, "files.getUploadURLExternal", **fields)
    web.readable(answer)
    url, number = answer.fact("upload_url"), answer.fact("file_id")
    if not number or not _is_slacks(url, credentials.server):
        raise answer.unusable(web.NETWORK)
    headers = {"Content-Type": "application/octet-stream", "Content-Length": str(file.size)}
    done = await wire.call(
        http, "POST", url, secrets=[url], headers=headers, data=file.read(0, None), seconds=_UPLOAD_SECONDS
    )
    _require_taken(done)
    return number


def _is_slacks(url: str, server: str) -> bool:
    """Files go to Slack alone, whatever an answer says."""
    return url.startswith(f"{wire.elsewhere(server, usual=USUAL, there=_UPLOADS)}/")


def _require_taken(done: Answer) -> None:
    """The upload is answered with plain text: only its status counts."""
    if done.is_success:
        return
    if web.word(done):
        web.refuse(done)
    if done.status in {400, 413, 415}:  # the address is good for this one file, so it is the file
        raise MediaRejected(f"Slack does not take this file (it answered {done.status}).", code=str(done.status))
    web.refuse(done)


def _name(file: Media) -> str:
    """Slack knows a file's kind by the end of its name."""
    if PurePath(file.name).suffix:
        return file.name
    return f"{file.name}{mimetypes.guess_extension(file.mime_type) or ''}"


def numbers_of(message: Any) -> set[str]:
    """The files of a message as Slack lists it."""
    found = message.get("files") if isinstance(message, dict) else None
    return {str(one.get("id")) for one in found if isinstance(one, dict)} if isinstance(found, list) else set()
