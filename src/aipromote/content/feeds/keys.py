"""By what an item is known, so that it comes once: what the feed calls it, and where it can be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from aipromote.reading.feeds.shapes import FeedItem

_TRACKING = ("utm_", "fbclid", "gclid", "mc_cid", "mc_eid")


def item_key(item: FeedItem) -> bytes:
    """Of what the feed knows it by: SHA-256. An address there is taken without what only tracks its readers."""
    return _digest(plain(item.id) if item.id.startswith(("http://", "https://")) else item.id)


def link_keys(items: Sequence[FeedItem]) -> list[bytes | None]:
    """Of the address of each: SHA-256; None for no address, and for one that several items of a feed share."""
    links = [plain(item.link) if item.link else "" for item in items]
    times = Counter(links)
    return [_digest(link) if link and times[link] == 1 else None for link in links]


def untracked(address: str) -> str:
    """The address without what only tracks its readers: posts are given marks of their own. As it is, if it is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    asked = parse_qsl(parts.query, keep_blank_values=True)
    if not any(_tracks(name) for name, _ in asked):
        return address
    return urlunsplit(parts._replace(query=urlencode([(name, value) for name, value in asked if not _tracks(name)])))


def plain(address: str) -> str:
    """The same without fragment and last slash; its host in lower case."""
    try:
        parts = urlsplit(untracked(address))
    except ValueError:
        return address
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path.rstrip("/"), parts.query, ""))


def _tracks(name: str) -> bool:
    return name.lower().startswith(_TRACKING)


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()
