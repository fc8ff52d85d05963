"""Brings pictures to Reddit's storage. Nothing of it is public until a post names it.

The handle is JSON: the ids of the pictures, and the address of a single one, by which its post names it.
"""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import aiohttp

from aipromote.connectors import uploads, wire
from aipromote.connectors.capabilities import GIF, JPEG, PNG
from aipromote.connectors.contract import Credentials, Media, Part, Prepared
from aipromote.connectors.errors import MediaRejected, Stale
from aipromote.connectors.reddit.answers import NETWORK, call, meaning, readable
from aipromote.connectors.wire import Answer

_SECONDS = 300.0
_ENDINGS = {JPEG: "jpg", PNG: "png", GIF: "gif"}
_STORAGE = ".amazonaws.com"
_LONGEST_ID, _LONGEST_ADDRESS = 40, 500


async def bring(http: aiohttp.ClientSession, credentials: Credentials, part: Part) -> Prepared:
    """Upload all pictures."""
    brought = [await _upload(http, credentials, file) for file in part.media]
    names, addresses = [name for name, _ in brought], [address for _, address in brought]
    return Prepared(json.dumps({"ids": names, "url": addresses[0] if len(addresses) == 1 else ""}))


def ready(part: Part, prepared: str | None) -> tuple[list[str], str]:
    """The ids, and the address of a single picture. Raises Stale where they are missing."""
    try:
        told = json.loads(prepared or "{}")
        names, address = [str(one) for one in told["ids"]], str(told["url"])
    except (ValueError, TypeError, KeyError):
        names, address = [], ""
    if len(names) != len(part.media) or (len(names) == 1 and not address):
        raise Stale("The pictures of this post have to be brought to Reddit first.", code="media")
    return names, address


async def _upload(http: aiohttp.ClientSession, credentials: Credentials, file: Media) -> tuple[str, str]:
    ending = _ENDINGS.get(file.mime_type)
    if ending is None:
        raise MediaRejected(f"Reddit takes no {file.mime_type} here.")
    form = {"filepath": f"picture.{ending}", "mimetype": file.mime_type}
    lease = await call(http, "POST", credentials, "/api/media/asset.json", data=form)
    readable(lease)
    action, name, fields = lease.fact("args", "action"), lease.fact("asset", "asset_id"), _fields(lease)
    url = f"https:{action}" if action.startswith("//") else action
    key = dict(fields).get("key", "")
    if not name or len(name) > _LONGEST_ID or not key or not _is_storage(url, credentials.server):
        raise lease.unusable(NETWORK)
    sent = uploads.form(fields, [("file", f"picture.{ending}", file)])
    hidden = [value for field, value in fields if field != "key"]
    answer = await wire.call(http, "POST", url, headers=sent.headers, data=sent.body, secrets=hidden, seconds=_SECONDS)
    if not answer.is_success:
        raise meaning(answer)
    return name, f"{url}/{key}"[:_LONGEST_ADDRESS]


def _fields(lease: Answer) -> list[tuple[str, str]]:
    """What the storage wants in the form, in its order."""
    told = lease.at("args", "fields")
    named = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    return [(str(one.get("name", "")), str(one.get("value", ""))) for one in named]


def _is_storage(url: str, server: str) -> bool:
    """Whether a file may go there: to Reddit's storage, or to the server itself."""
    try:
        parts, own = urlsplit(url), urlsplit(server)
        is_same = (parts.scheme, parts.netloc) == (own.scheme, own.netloc)
        return is_same or (parts.scheme == "https" and (parts.hostname or "").endswith(_STORAGE))
    except ValueError:
        return False
