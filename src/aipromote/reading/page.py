"""An HTML page as passages: what people see of it, and what it declares about itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any
from urllib.parse import urljoin

from lxml import etree, html

from aipromote.reading.errors import Unreadable
from aipromote.reading.hidden import hiding_names, is_hidden, within_reach
from aipromote.reading.passages import Collector, Kind, Reading

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS: dict[str, Kind] = {
    **dict.fromkeys(_HEADINGS, "heading"),
    **dict.fromkeys(("li", "dt", "dd", "td", "th"), "item"),
    **dict.fromkeys(("blockquote", "q"), "quote"),
}
_OTHER_BLOCKS = {
    "p",
    "div",
    "section",
    "article",
    "main",
    "header",
    "footer",
    "aside",
    "nav",
    "body",
    "figure",
    "figcaption",
} | {
    *("tr", "table", "ul", "ol", "dl", "pre", "address", "br", "hr", "details", "summary", "center"),
}
_METAS = {"description", "keywords", "author", "application-name", "theme-color", "twitter:site", "twitter:creator"}
_HEX = re.compile(r"--([\w-]{1,100})\s{0,9}:\s{0,9}(#[0-9a-fA-F]{6})\b")
_OF_THE_BRAND = ("brand", "primary", "accent")
_DEEPEST_DATA = 6
_MAX_DATA = 400


def read_page(text: str, *, source: str) -> Reading:
    """The page at that address. Raises Unreadable when there is no HTML in it."""
    return read_root(root_of(text), source=source)


def root_of(text: str) -> html.HtmlElement:
    """The page's element. Raises Unreadable when there is no HTML in it."""
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        raise Unreadable("There is no page at this address that can be read. Paste the text, or upload it.") from None


def read_root(root: html.HtmlElement, *, source: str) -> Reading:
    """The same of a page that was parsed."""
    collected = Collector()
    _declared(root, collected, source)
    _data(root, collected)
    _seen(root, collected, source)
    language = (root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or "").strip()
    return Reading(
        source=source, form="page", language=language[:40], passages=collected.passages, is_cut=collected.is_cut
    )


def _declared(root: html.HtmlElement, collected: Collector, source: str) -> None:
    for title in root.xpath("/html/head/title")[:1]:
        collected.add("title", title.text_content(), place="title of the page")
    for meta in root.iter("meta"):
        name = (meta.get("property") or meta.get("name") or "").strip().lower()
        if name in _METAS or name.startswith(("og:", "article:author")):
            collected.add("meta", meta.get("content") or "", place=f"{name} of the page", name=name)
    for link in root.iter("link"):
        relation, target = (link.get("rel") or "").lower().split(), absolute(source, link.get("href"))
        if not target:
            continue
        if "alternate" in relation and link.get("hreflang"):
            collected.add("alternate", link.get("hreflang") or "", place="language of the page", name=target)
        elif {"icon", "apple-touch-icon", "mask-icon"} & set(relation):
            collected.add("image", target, place="icon of the page", name=relation[-1])
    for sheet in within_reach(sheet.text or "" for sheet in root.iter("style")):
        named = (colour for name, colour in _HEX.findall(sheet) if any(one in name for one in _OF_THE_BRAND))
        for colour in islice(named, 10):
            collected.add("colour", colour, place="style of the page")


def _data(root: html.HtmlElement, collected: Collector) -> None:
    """JSON-LD: flattened into one passage for each text in it. What hangs together has the same number."""
    group = 0
    for script in root.xpath('//script[@type="application/ld+json"]')[:20]:
        try:
            found = json.loads((script.text or "")[:100_000])
        except (ValueError, RecursionError):
            continue
        for thing, part in _things(found):
            group += 1
            kind = _type_of(thing)
            place = f"{part or kind} in the page's data"
            for name, value in _texts(thing, 0):
                collected.add("data", value, place=place, name=f"{kind}.{name}", group=group, under=part)
            if group >= _MAX_DATA:
                return


def _things(value: Any, part: str = "", depth: int = 0) -> Iterator[tuple[dict[str, Any], str]]:
    """Every object that has a type, wherever it stands, with what it is to the one around it (`founder`)."""
    if depth > _DEEPEST_DATA:
        return
    if isinstance(value, dict):
        if "@type" in value:
            yield value, part
        for key, item in list(value.items())[:_MAX_DATA]:
            yield from _things(item, "" if key.startswith("@") else str(key)[:60], depth + 1)
    if isinstance(value, list):
        for item in value[:_MAX_DATA]:
            yield from _things(item, part, depth + 1)


def _type_of(thing: dict[str, Any]) -> str:
    kind = thing["@type"]
    return str(kind[0] if isinstance(kind, list) and kind else kind)[:60]


def _texts(value: dict[str, Any], depth: int, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Its own texts by the path of their names. Things with a type of their own are told separately."""
    for key, item in list(value.items())[:60]:
        if key.startswith("@"):
            continue
        for one in item[:40] if isinstance(item, list) else [item]:
            if isinstance(one, str | int | float) and not isinstance(one, bool):
                yield f"{prefix}{key}"[:200], str(one)
            elif (
                isinstance(one, dict)
                and depth < _DEEPEST_DATA
                and key in {"logo", "image", "offers", "publisher", "worksFor"}
            ):
                yield from _texts(one, depth + 1, f"{prefix}{key}.")


def _seen(root: html.HtmlElement, collected: Collector, source: str) -> None:
    """The visible text in the order of the page, one passage for each block."""
    body = root.find("body")
    if body is None:
        return
    names = hiding_names(sheet.text or "" for sheet in root.iter("style"))
    blocks = _Blocks(collected)
    walker = etree.iterwalk(body, events=("start", "end"))
    for event, element in walker:
        hidden = is_hidden(element, names)
        if event == "start" and hidden:
            walker.skip_subtree()  # its end comes all the same, with the text after it, which is the parent's
        elif event == "start":
            blocks.open(str(element.tag), element.text or "")
            _pointed(element, str(element.tag), collected, source)
        else:
            if not hidden:
                blocks.close(str(element.tag))
            blocks.text.append((element.tail or "") if element is not body else "")
    blocks.flush()


class _Blocks:
    """The blocks that are open, and the text since the last edge of one."""

    def __init__(self, collected: Collector) -> None:
        self._collected = collected
        self._open: list[str] = []
        self.text: list[str] = []

    def open(self, tag: str, text: str) -> None:
        """An element begins."""
        if tag in _BLOCKS or tag in _OTHER_BLOCKS:
            self.flush()
        if tag in {"footer", "nav", "aside"}:
            self._collected.under = ""  # what stands there is not about the last heading
        if tag in _BLOCKS:
            self._open.append(tag)
        self.text.append(text)

    def close(self, tag: str) -> None:
        """An element ends."""
        if tag in _BLOCKS or tag in _OTHER_BLOCKS:
            self.flush()
        elif tag in {"a", "span", "img"}:
            self.text.append(" ")  # apart on the page, if often only by style
        if tag in _BLOCKS:
            self._open.pop()

    def flush(self) -> None:
        """What was gathered is a passage of the innermost block that has a kind."""
        tag = self._open[-1] if self._open else ""
        kind = _BLOCKS.get(tag, "text")
        place = _PLACES.get(kind, "text")
        self._collected.add(kind, "".join(self.text), place=place, level=_HEADINGS.get(tag, 0))
        self.text.clear()


_PLACES = {"heading": "heading", "quote": "quotation", "item": "list"}


def _pointed(element: html.HtmlElement, tag: str, collected: Collector, source: str) -> None:
    """Links, and images that look like a logo."""
    if tag == "a" and (target := absolute(source, element.get("href"))):
        label = element.text_content()[:200] or element.get("aria-label") or element.get("title") or target
        collected.add("link", label if label.strip() else target, place="link", name=target)
    if tag == "img" and (target := absolute(source, element.get("src"))):
        told = " ".join(element.get(name) or "" for name in ("class", "id", "alt", "src")).lower()
        if "logo" in told and not target.startswith("data:"):
            collected.add("image", target, place="image on the page", name="logo")


def absolute(source: str, target: str | None) -> str:
    """The address on the web that a link leads to, "" where it leads to none."""
    try:
        found = urljoin(source, (target or "").strip())
    except ValueError:
        return ""
    is_address = found.startswith(("http://", "https://")) and found.isprintable()
    return found if is_address and len(found) <= 2000 else ""  # noqa: PLR2004 -- as a brief takes
