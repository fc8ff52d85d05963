"""A feed out of bytes: RSS and Atom by feedparser, JSON Feed by its few fields. Runs in the child process.

Whatever is HTML in it goes the way of any page: hidden text, scripts and markup fall away, words stay.
"""

from __future__ import annotations

import calendar
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import feedparser

from aipromote.reading.decoding import decoded
from aipromote.reading.errors import Unreadable
from aipromote.reading.feeds.article import read_article
from aipromote.reading.feeds.shapes import MAX_BLOCK, MAX_BLOCKS, MAX_ITEMS, FeedItem, FeedReading
from aipromote.reading.page import absolute, read_page
from aipromote.reading.passages import clean

_HTML = re.compile(rb"<(!doctype\s+html|html)\b", re.IGNORECASE)
_XML = re.compile(rb"<(\?xml|rss|feed|(\w+:)?RDF)\b", re.IGNORECASE)
_MARKUP = re.compile(r"<\w|</|<!--|&\w+;|&#")
_LONGEST_HTML = 400_000
_HEAD = 2048
_LOOKED_AT = 500
"""Entries of a feed that are looked at for the newest. Most feeds name those first anyway."""


def read_source(content: bytes, *, media_type: str, charset: str, source: str) -> FeedReading:
    """The feed or the article in these bytes. What it says about itself counts less than what it is."""
    head = content[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"{"):
        return _json_feed(content, source)
    if _HTML.match(head) or (_HTML.search(head) and not _XML.match(head)):
        return read_article(decoded(content, declared=charset or None), source=source)
    return _xml_feed(content, media_type, charset, source)


def _xml_feed(content: bytes, media_type: str, charset: str, source: str) -> FeedReading:
    told = f"{media_type or 'application/xml'}{f'; charset={charset}' if charset else ''}"
    headers = {"content-type": told, "content-location": source if "://" in source else ""}
    try:
        found = feedparser.parse(content, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError):
        raise Unreadable(_no_feed(source)) from None
    if not found.version and not found.entries:
        raise Unreadable(_no_feed(source))
    items = [item for entry in found.entries[:_LOOKED_AT] if (item := _entry(entry, source)) is not None]
    return FeedReading(
        address=source[:2000],
        form="atom" if found.version.startswith("atom") else "rss",
        title=_line(found.feed.get("title")),
        items=_newest(items),
        is_damaged=bool(found.bozo) and not isinstance(found.bozo_exception, feedparser.CharacterEncodingOverride),
    )


def _entry(entry: Any, source: str) -> FeedItem | None:
    link = absolute(source, entry.get("link"))
    known_by = str(entry.get("id") or link)[:2000].strip()
    title = _line(entry.get("title"))
    content = [part.get("value") or "" for part in entry.get("content") or ()]
    summary = entry.get("summary") or ""
    if summary and content and summary == content[0]:
        summary = ""  # feedparser shows the content as the summary where there is none
    blocks = _blocks(content, source)
    if not known_by or not (title or summary or blocks):
        return None
    when = entry.get("published_parsed") or entry.get("updated_parsed")
    return FeedItem(
        id=known_by,
        link=link,
        title=title,
        summary=_blocks([summary], source),
        body=blocks,
        published=_instant(when),
    )


def _json_feed(content: bytes, source: str) -> FeedReading:
    try:
        found = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Unreadable(_no_feed(source)) from None
    version = found.get("version") if isinstance(found, dict) else None
    if not (isinstance(version, str) and "jsonfeed.org" in version and isinstance(found.get("items"), list)):
        raise Unreadable(_no_feed(source))
    entries = [entry for entry in found["items"][:_LOOKED_AT] if isinstance(entry, dict)]
    items = [item for entry in entries if (item := _json_item(entry, source)) is not None]
    return FeedReading(address=source[:2000], form="json", title=_line(_text(found, "title")), items=_newest(items))


def _json_item(entry: Mapping[str, Any], source: str) -> FeedItem | None:
    link = absolute(source, _text(entry, "url"))
    known_by = str(entry["id"]) if isinstance(entry.get("id"), str | int) else link
    title = clean(_text(entry, "title"))[:500]
    body = _blocks([_text(entry, "content_html")], source) or _plain(_text(entry, "content_text"))
    summary = _plain(_text(entry, "summary"))
    if not known_by.strip() or not (title or summary or body):
        return None
    published = None
    with suppress(ValueError):
        published = datetime.fromisoformat(_text(entry, "date_published"))
    return FeedItem(
        id=known_by.strip()[:2000],
        link=link,
        title=title,
        summary=summary,
        body=body,
        published=published if published and published.tzinfo else None,
    )


def _newest(items: Iterable[FeedItem]) -> list[FeedItem]:
    """Newest first where all say when; otherwise in the feed's own order. Of two with one id the first counts."""
    distinct = list({item.id: item for item in reversed(list(items))}.values())[::-1]
    if all(item.published for item in distinct):
        distinct.sort(key=lambda item: item.published or datetime.min.replace(tzinfo=UTC), reverse=True)
    return distinct[:MAX_ITEMS]


def _blocks(texts: Iterable[str], source: str) -> list[str]:
    """The paragraphs of HTML, or of text. Lists, headings and tables are no sentences, and are left out."""
    found: list[str] = []
    for text in texts:
        if not _MARKUP.search(text):
            found += _plain(text)
        elif text.strip():
            with suppress(Unreadable):
                page = read_page(f"<html><body>{text[:_LONGEST_HTML]}</body></html>", source=source)
                found += [one.text[:MAX_BLOCK] for one in page.of("text", "quote")]
    return found[:MAX_BLOCKS]


def _plain(text: str) -> list[str]:
    blocks = (clean(block)[:MAX_BLOCK] for block in re.split(r"\n\s*\n", text[:_LONGEST_HTML]))
    return [block for block in blocks if block][:MAX_BLOCKS]


def _line(text: Any) -> str:
    """A title, without the markup that some feeds put there."""
    return " ".join(_blocks([text if isinstance(text, str) else ""], ""))[:500]


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""


def _instant(parsed: Any) -> datetime | None:
    """The times of feedparser are in UTC."""
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError, TypeError):
        return None


def _no_feed(source: str) -> str:
    return f"{source} is neither a feed (RSS, Atom, JSON Feed) nor a page that can be read. Is the address right?"
