"""What of a page people do not see: it is not read. Text for machines alone has no place in a brief."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from lxml.html import HtmlElement

UNREAD = {
    "script",
    "style",
    "noscript",
    "template",
    "iframe",
    "object",
    "svg",
    "math",
    "canvas",
    "audio",
    "video",
    "select",
} | {
    "form",
    "button",
    "input",
    "textarea",
    "dialog",
}
"""Elements whose text is not the page's prose."""

_SAME_AS_PAPER = {
    "#fff",
    "#ffff",
    "#ffffff",
    "#ffffffff",
    "white",
    "transparent",
    "rgb(255,255,255)",
    "rgba(255,255,255,1)",
}
_SIMPLE = re.compile(r"[.#][\w-]{1,100}")
_SELF_CLOSED = re.compile(r"rgba\([^)]{0,40},0?\.?0*\)")
_GONE = [
    re.compile(pattern)
    for pattern in (
        r"(^|;)display:none",
        r"(^|;)visibility:(hidden|collapse)",
        r"(^|;)opacity:0?(\.0+)?(;|$|!)",
        r"(^|;)font-size:(0|0?\.\d+|1)(px|em|rem|pt|%)?(;|$|!)",
        r"(^|;)(left|top|right|bottom|text-indent|margin-left|margin-top):-\d{3,}",
        r"(^|;)clip(-path)?:(rect\((0|1)|inset\((50|100)%|circle\(0)",
        r"(^|;)transform:scale\(0",
    )
]
_FLAT = re.compile(r"(^|;)(max-)?(height|width):0(px)?(;|$|!)")
SHEETS_READ = 200_000
"""Characters of a page's own style elements together. Each of them costs, so many sheets are no way around it."""
_LONGEST_RULE = 2000


@lru_cache(maxsize=4096)
def hides(style: str) -> bool:
    """Whether these declarations take an element from people's eyes: gone, empty, off the sheet, or in its colour."""
    told = re.sub(r"\s+", "", style[:2000].lower()).replace("!important", "")
    if any(pattern.search(told) for pattern in _GONE):
        return True
    if "overflow:hidden" in told and _FLAT.search(told):
        return True
    declared = dict(part.split(":", 1) for part in told.split(";") if ":" in part)
    colour = declared.get("color", "")
    paper = declared.get("background-color") or declared.get("background") or ""
    if not colour:
        return False
    if _SELF_CLOSED.fullmatch(colour) or colour == paper:
        return True
    return colour in _SAME_AS_PAPER and (not paper or paper in _SAME_AS_PAPER)


def hiding_names(sheets: Iterable[str]) -> set[str]:
    """The classes (`.x`) and ids (`#x`) that the page's own style elements hide."""
    found: set[str] = set()
    for selectors, style in _rules(sheets):
        if "@" not in selectors and hides(style):
            found |= {one.strip() for one in selectors.split(",") if _SIMPLE.fullmatch(one.strip())}
    return found


def within_reach(sheets: Iterable[str]) -> Iterator[str]:
    """As much of the style elements as is read of a page."""
    left = SHEETS_READ
    for sheet in sheets:
        if left <= 0:
            return
        yield sheet[:left]
        left -= len(sheet)


def _rules(sheets: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Selectors and declarations. Split and not matched: a sheet that never opens a rule costs no more than another."""
    for sheet in within_reach(sheets):
        *parts, _unclosed = sheet.split("}")
        for part in parts:
            before, opened, style = part.rpartition("{")
            if opened and len(style) <= _LONGEST_RULE:
                yield before.rpartition("{")[2], style


def is_hidden(element: HtmlElement, names: set[str]) -> bool:
    """Whether people do not see this element, as far as the page itself says so."""
    if element.get("hidden") is not None or element.tag in UNREAD:
        return True
    if (style := element.get("style")) and hides(style):
        return True
    if not names:
        return False
    own = {f".{one}" for one in (element.get("class") or "").split()} | {f"#{element.get('id')}"}
    return not own.isdisjoint(names)
