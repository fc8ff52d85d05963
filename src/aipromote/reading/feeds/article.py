"""One article out of a page: its title, its description and how it begins. Runs in the child process.

Menus, other articles' teasers and what is hidden are left out; the rest is read as any page is.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from lxml import html

from aipromote.reading.errors import Unreadable
from aipromote.reading.feeds.shapes import MAX_BLOCK, MAX_BLOCKS, MAX_FEEDS, FeedItem, FeedReading
from aipromote.reading.page import absolute, read_root, root_of
from aipromote.reading.passages import Reading

_ARTICLES = {"Article", "BlogPosting", "NewsArticle", "TechArticle", "Report"}
_FEEDS = {"application/rss+xml", "application/atom+xml", "application/feed+json"}
_ASIDE = ("nav", "aside", "footer", "menu", "figcaption")
_PROSE = 60
"""Characters that make a paragraph of an article, rather than a label."""


def read_article(text: str, *, source: str) -> FeedReading:
    """The page at that address as one item, and the feeds that it declares. Raises Unreadable."""
    root = root_of(text)
    declared = read_root(root, source=source)
    feeds = _feeds(root, source)
    is_article = _says_article(declared) or (len(root.xpath("//article")) == 1 and urlsplit(source).path.strip("/"))
    _keep_only_prose(root)
    seen = read_root(root, source=source)
    blocks = [one.text[:MAX_BLOCK] for one in seen.of("text", "quote") if len(one.text) >= _PROSE][:MAX_BLOCKS]
    summary = _said(declared, "og:description") or _said(declared, "description")
    item = FeedItem(
        id=_address(declared, source) or source[:2000],
        link=_address(declared, source),
        title=_title(declared, seen)[:500],
        summary=[summary[:MAX_BLOCK]] if summary else [],
        body=blocks,
        published=_published(declared),
    )
    if not blocks and not summary and not feeds:
        raise Unreadable("There is no article at this address that can be read. Name its feed, or paste the text.")
    return FeedReading(
        address=source[:2000],
        form="article",
        title=_said(declared, "og:site_name")[:500],
        items=[item] if blocks or summary else [],
        feeds=feeds,
        is_article=bool(is_article),
    )


def _feeds(root: html.HtmlElement, source: str) -> list[str]:
    """Those of the page itself first: feeds of comments are named after them, or say so."""
    found = []
    for link in root.iter("link"):
        if "alternate" in (link.get("rel") or "").lower().split() and (link.get("type") or "").lower() in _FEEDS:
            target = absolute(source, link.get("href"))
            if target and "comment" not in f"{target} {link.get('title') or ''}".lower():
                found.append(target)
    return list(dict.fromkeys(found))[:MAX_FEEDS]


def _says_article(page: Reading) -> bool:
    data = {one.name.split(".", 1)[0] for one in page.of("data")}
    return _said(page, "og:type").lower() == "article" or len(data & _ARTICLES) > 0


def _keep_only_prose(root: html.HtmlElement) -> None:
    """Take away what is not the article: siblings of it on every level, and what stands aside within it."""
    body = root.find("body")
    if body is None:
        return
    for element in [one for one in body.iter(*_ASIDE) if one.getparent() is not None]:
        element.drop_tree()
    kept = _main(body)
    while kept is not body and (parent := kept.getparent()) is not None:
        for other in [one for one in parent if one is not kept]:
            parent.remove(other)
        parent.text, kept.tail, kept = None, None, parent


def _main(body: html.HtmlElement) -> html.HtmlElement:
    """The element that holds the prose: what the page calls its article, or the parent of most of its paragraphs."""
    for path in (".//article", ".//main", ".//*[@role='main']", ".//*[@itemprop='articleBody']"):
        found = body.xpath(path)
        if found:
            return max(found, key=lambda one: len(one.text_content()))
    weights: dict[html.HtmlElement, int] = {}
    for paragraph in body.iter("p"):
        parent = paragraph.getparent()
        weights[parent] = weights.get(parent, 0) + len(paragraph.text_content())
    return max(weights, key=lambda one: weights[one]) if weights else body


def _title(declared: Reading, seen: Reading) -> str:
    """The article's own heading; otherwise what the page declares."""
    first = next((one.text for one in seen.of("heading") if one.level == 1), "")
    return first or _said(declared, "og:title") or next((one.text for one in declared.of("title")), "")


def _address(page: Reading, source: str) -> str:
    """The address that the page calls its own, where it is of the same host: it may not send readers elsewhere."""
    own = absolute(source, _said(page, "og:url"))
    if own and urlsplit(own).hostname == urlsplit(source).hostname:
        return own
    return source if source.startswith(("http://", "https://")) else ""


def _published(page: Reading) -> datetime | None:
    told = _said(page, "article:published_time") or next(
        (one.text for one in page.of("data") if one.name.endswith(".datePublished")), ""
    )
    try:
        found = datetime.fromisoformat(told)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _said(page: Reading, name: str) -> str:
    return next((one.text for one in page.of("meta", name=name)), "")
