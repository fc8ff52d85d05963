"""From an address, or a file, to a feed: fetched safely, only when it changed, and read in a process of its own."""

from __future__ import annotations

from dataclasses import dataclass

from aipromote.reading.addresses import PUBLIC, Rules
from aipromote.reading.apart import read_feed_bytes
from aipromote.reading.errors import Unreadable
from aipromote.reading.feeds.shapes import FeedReading
from aipromote.reading.fetching import MAX_SECONDS, Fetched, Fetcher, Lookup, fetching, system_lookup

_KINDS = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/xml", "text/xml"}
    | {"application/feed+json", "application/json", "text/html", "application/xhtml+xml", "text/plain"}
)
_ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/html;q=0.8"
_ENOUGH = 3
"""Paragraphs that make an article of a page which does not say what it is."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What a server said of its feed the last time, to be asked whether that has changed."""

    etag: str = ""
    last_modified: str = ""

    def headers(self) -> dict[str, str]:
        """As a request says them."""
        told = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in told.items() if value}


@dataclass(frozen=True, slots=True)
class Look:
    """What was found. `reading` is None where nothing has changed."""

    reading: FeedReading | None
    marks: Marks


async def look(
    address: str,
    *,
    marks: Marks | None = None,
    prefers_feed: bool = False,
    rules: Rules = PUBLIC,
    lookup: Lookup = system_lookup,
    seconds: float = MAX_SECONDS,
) -> Look:
    """The feed at that address, or the one that its page declares, or the article that it is.

    A page that is one article is taken for that, unless `prefers_feed`. Raises Unreadable in words for whoever typed
    the address. No database is needed meanwhile: open no transaction around it.
    """
    async with fetching(rules=rules, lookup=lookup, seconds=seconds) as fetcher:
        fetched = await _get(fetcher, address, (marks or Marks()).headers())
        if fetched.is_unchanged:
            return Look(None, marks or Marks())
        found = await _read(fetched)
        if found.form != "article" or (_is_one(found) and not (prefers_feed and found.feeds)):
            return Look(_with_items(found), _marks(fetched))
        if not found.feeds:
            raise Unreadable("This page declares no feed, and is no article that can be read. Name the feed's address.")
        fetched = await _get(fetcher, found.feeds[0], {})
        found = await _read(fetched)
        if found.form == "article":
            raise Unreadable("The page's feed leads to another page. Name the feed's own address.")
        return Look(_with_items(found), _marks(fetched))


async def read_file(content: bytes, *, name: str) -> FeedReading:
    """The feed or the article in a file. Raises Unreadable."""
    return _with_items(await read_feed_bytes(content, source=name))


async def _get(fetcher: Fetcher, address: str, headers: dict[str, str]) -> Fetched:
    """Without a scheme, https is tried, and http where nobody answers there."""
    headers = {"Accept": _ACCEPT, **headers}
    try:
        return await fetcher.get(address, kinds=_KINDS, headers=headers)
    except Unreadable as problem:
        typed = address.strip()
        if "://" in typed or "could not be reached" not in problem.message:
            raise
    return await fetcher.get(f"http://{typed}", kinds=_KINDS, headers=headers)


async def _read(fetched: Fetched) -> FeedReading:
    return await read_feed_bytes(
        fetched.content, source=fetched.address, media_type=fetched.media_type, charset=fetched.charset or ""
    )


def _is_one(page: FeedReading) -> bool:
    if not page.items:
        return False
    return page.is_article or (not page.feeds and len(page.items[0].body) >= _ENOUGH)


def _with_items(found: FeedReading) -> FeedReading:
    if not found.items:
        raise Unreadable("The feed has no items that can be read yet.")
    return found


def _marks(fetched: Fetched) -> Marks:
    return Marks(fetched.etag, fetched.last_modified)
