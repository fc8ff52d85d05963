"""Before a post is fired: its pictures are uploaded, its video processed, and the accounts that it names are found."""

from __future__ import annotations

import aiohttp

from aipromote.connectors import wire
from aipromote.connectors.bluesky import record, video, xrpc
from aipromote.connectors.bluesky.handles import Blob, Ready
from aipromote.connectors.contract import Credentials, Media, Part, Prepared
from aipromote.connectors.errors import MediaRejected, PermissionMissing, RateLimited, Rejected, Unreachable

_UPLOAD_SECONDS = 300
_LONGEST_DID = 80
_MOST_MENTIONS = 10


def is_needed(part: Part) -> bool:
    """Whether there is a file, or somebody is mentioned."""
    return bool(part.media or record.handles(part.text))


async def prepare(http: aiohttp.ClientSession, credentials: Credentials, part: Part, handle: str | None) -> Prepared:
    """Go on where the call before ended; what it has uploaded is not uploaded again."""
    known = Ready.read(handle)
    if known is not None and known.has_files_of(part):
        return Prepared(handle)
    if known is not None and known.job:
        return await _go_on(http, credentials, part, known)
    mentions = await _mentioned(http, credentials, part)
    if any(file.is_video for file in part.media):
        return await _begin_video(http, credentials, part, mentions)
    blobs = [await _upload(http, credentials, file) for file in part.media]
    return Prepared(Ready(tuple(blobs), mentions).written())


async def _mentioned(http: aiohttp.ClientSession, credentials: Credentials, part: Part) -> dict[str, str]:
    """Whom the handles in the text belong to. One that cannot be resolved stays text: no post waits for a mention."""
    found = {}
    for handle in record.handles(part.text)[:_MOST_MENTIONS]:
        try:
            answer = await xrpc.read(http, credentials, "com.atproto.identity.resolveHandle", {"handle": handle})
            xrpc.readable(answer)
        except (Rejected, Unreachable, PermissionMissing, RateLimited):
            continue
        did = answer.fact("did")
        if did.startswith("did:") and len(did) <= _LONGEST_DID:
            found[handle] = did
    return found


async def _begin_video(
    http: aiohttp.ClientSession, credentials: Credentials, part: Part, mentions: dict[str, str]
) -> Prepared:
    if len(part.media) > 1:
        raise MediaRejected("A Bluesky post takes one video and nothing beside it.")
    return _taken(await video.upload(http, credentials, part.media[0]), mentions)


async def _go_on(http: aiohttp.ClientSession, credentials: Credentials, part: Part, known: Ready) -> Prepared:
    """Ask for the video. Where the service has lost or spoiled it, it is sent once more."""
    assert known.job is not None
    job = await video.ask(http, credentials, known.job)
    if job is None:
        return await _begin_video(http, credentials, part, dict(known.mentions))
    return _taken(job, dict(known.mentions))


def _taken(job: video.Job, mentions: dict[str, str]) -> Prepared:
    if job.blob is not None:
        return Prepared(Ready((job.blob,), mentions).written())
    return Prepared(Ready((), mentions, job.id).written(), ask_after=video.ASK_AFTER)


async def _upload(http: aiohttp.ClientSession, credentials: Credentials, file: Media) -> Blob:
    """Send one picture to the account's own server, which keeps it for some hours for a post to refer to."""
    if not file.mime_type.startswith("image/"):
        raise MediaRejected(f"Bluesky takes pictures and videos, not {file.mime_type}.")
    answer = await wire.call(
        http,
        "POST",
        f"{credentials.server}/xrpc/com.atproto.repo.uploadBlob",
        headers=xrpc.bearer(credentials) | {"Content-Type": file.mime_type, "Content-Length": str(file.size)},
        data=file.read(0, None),
        seconds=_UPLOAD_SECONDS,
    )
    blob = xrpc.readable(answer).get("blob")
    if not isinstance(blob, dict) or not blob:
        raise answer.unusable(xrpc.NETWORK)
    return blob
