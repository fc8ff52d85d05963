"""Builds the record of a post: its key, its time, what is attached, and the facets that make plain text clickable."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import regex

from aipromote.connectors import links
from aipromote.connectors.bluesky.handles import Blob, Ready
from aipromote.connectors.contract import Media, Part

COLLECTION = "app.bsky.feed.post"
_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_KEY_LENGTH = 13
_TAG = regex.compile(r"(?<![^\s(])#(?=\w*\p{L})([\p{L}\p{N}\p{M}_]{1,64})(?![\p{L}\p{N}\p{M}_])")
_MENTION = regex.compile(
    r"(?<![^\s(])@((?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z][a-zA-Z0-9-]{0,61})\b"
)
_LONGEST_HANDLE = 253


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


def post(part: Part, *, created_at: datetime, ready: Ready) -> dict[str, Any]:
    """The record. The same part, time and preparation give the same record, whenever it is built."""
    record: dict[str, Any] = {"$type": COLLECTION, "text": part.text, "createdAt": stamp(created_at)}
    if found := facets(part.text, ready.mentions):
        record["facets"] = found
    if part.reply_to is not None:
        record["reply"] = {"root": _reference(part.root or part.reply_to), "parent": _reference(part.reply_to)}
    if embed := _embed(part, ready.blobs):
        record["embed"] = embed
    return record


def handles(text: str) -> list[str]:
    """The handles that the text mentions, in lower case, each once."""
    found = (mention.group(1).lower() for mention in _MENTION.finditer(text))
    return list(dict.fromkeys(handle for handle in found if len(handle) <= _LONGEST_HANDLE))


def facets(text: str, mentions: Mapping[str, str]) -> list[dict[str, Any]]:
    """Links, hashtags and the mentions whose account is known, by UTF-8 byte offsets as the protocol wants them."""
    found = []
    for link in links.find(text):
        feature = {"$type": "app.bsky.richtext.facet#link", "uri": _uri(text, link)}
        found.append(_facet(text, link.start, link.end, feature))
    for mention in _MENTION.finditer(text):
        if did := mentions.get(mention.group(1).lower()):
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": did}
            found.append(_facet(text, mention.start(), mention.end(), feature))
    for tag in _TAG.finditer(text):
        feature = {"$type": "app.bsky.richtext.facet#tag", "tag": tag.group(1)}
        found.append(_facet(text, tag.start(), tag.end(), feature))
    return sorted(found, key=lambda facet: int(facet["index"]["byteStart"]))


def split_id(platform_post_id: str) -> tuple[str, str]:
    """Address and content hash of a `platform_post_id`."""
    uri, _, cid = platform_post_id.partition("#")
    return uri, cid


def _embed(part: Part, blobs: tuple[Blob, ...]) -> dict[str, Any] | None:
    """The files, or else a card for the first link, which says no more than is known: where it leads."""
    if part.media and part.media[0].is_video:
        return {"$type": "app.bsky.embed.video", "video": blobs[0], **_described(part.media[0])}
    if part.media:
        images = [{"image": blob, **_described(file)} for blob, file in zip(blobs, part.media, strict=True)]
        return {"$type": "app.bsky.embed.images", "images": images}
    for link in links.find(part.text)[:1]:
        uri = _uri(part.text, link)
        title = (part.title or "").strip() or (urlsplit(uri).hostname or "").removeprefix("www.")
        external = {"uri": uri, "title": title, "description": ""}
        return {"$type": "app.bsky.embed.external", "external": external}
    return None


def _described(file: Media) -> dict[str, Any]:
    """What is said about a file: words for those who do not see it, and its shape where that is known."""
    shape = {"width": file.width, "height": file.height}
    return {"alt": file.alt_text} | ({"aspectRatio": shape} if file.width and file.height else {})


def _uri(text: str, link: links.Link) -> str:
    address = text[link.start : link.end]
    return address if link.has_scheme else f"https://{address}"


def _facet(text: str, start: int, end: int, feature: dict[str, str]) -> dict[str, Any]:
    index = {"byteStart": len(text[:start].encode()), "byteEnd": len(text[:end].encode())}
    return {"index": index, "features": [feature]}


def _reference(platform_post_id: str) -> dict[str, str]:
    uri, cid = split_id(platform_post_id)
    return {"uri": uri, "cid": cid}
