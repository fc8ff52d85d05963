"""Builds the record of a post: its key, its time, and the facets that make links and hashtags of plain text."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

import regex

from aipromote.connectors import links
from aipromote.connectors.contract import Part

COLLECTION = "app.bsky.feed.post"
_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_KEY_LENGTH = 13
_TAG = regex.compile(r"(?<![^\s(])#(?=\w*\p{L})([\p{L}\p{N}\p{M}_]{1,64})")


def fresh_key(armed_at: datetime) -> str:
    """A TID: 53 bits of microseconds and 10 of chance, in 13 letters that sort by time.

    Posts that are armed in one batch share their time, so the microseconds are drawn too: only the second is true.
    """
    micros = int(armed_at.timestamp()) * 1_000_000 + secrets.randbelow(1_000_000)
    number = micros << 10 | secrets.randbelow(1 << 10)
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_KEY_LENGTH)))


def stamp(instant: datetime) -> str:
    """A time as records have it: UTC, milliseconds, Z."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """The time in a record; the beginning of 1970 where other software wrote something unreadable."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def post(part: Part, *, created_at: datetime, images: list[dict[str, Any]]) -> dict[str, Any]:
    """The record. The same part and time give the same record, whenever it is built."""
    record: dict[str, Any] = {"$type": COLLECTION, "text": part.text, "createdAt": stamp(created_at)}
    if found := facets(part.text):
        record["facets"] = found
    if part.reply_to is not None:
        record["reply"] = {"root": _reference(part.root or part.reply_to), "parent": _reference(part.reply_to)}
    if images:
        record["embed"] = {"$type": "app.bsky.embed.images", "images": images}
    return record


def facets(text: str) -> list[dict[str, Any]]:
    """Links and hashtags, located by UTF-8 byte offsets as the protocol wants them."""
    found = []
    for link in links.find(text):
        address = text[link.start : link.end]
        uri = address if link.has_scheme else f"https://{address}"
        found.append(_facet(text, link.start, link.end, {"$type": "app.bsky.richtext.facet#link", "uri": uri}))
    for tag in _TAG.finditer(text):
        feature = {"$type": "app.bsky.richtext.facet#tag", "tag": tag.group(1)}
        found.append(_facet(text, tag.start(), tag.end(), feature))
    return sorted(found, key=lambda facet: int(facet["index"]["byteStart"]))


def split_id(platform_post_id: str) -> tuple[str, str]:
    """Address and content hash of a `platform_post_id`."""
    uri, _, cid = platform_post_id.partition("#")
    return uri, cid


def _facet(text: str, start: int, end: int, feature: dict[str, str]) -> dict[str, Any]:
    index = {"byteStart": len(text[:start].encode()), "byteEnd": len(text[:end].encode())}
    return {"index": index, "features": [feature]}


def _reference(platform_post_id: str) -> dict[str, str]:
    uri, cid = split_id(platform_post_id)
    return {"uri": uri, "cid": cid}
