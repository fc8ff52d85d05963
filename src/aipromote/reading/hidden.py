"""What of a page people do not see: it is not read. Text for machines alone has no place in a brief."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
_RULE = re.compile(r"([^{}]{1,400})\{([^{}]{0,2000})\}")
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
        r"(^|;)(max-)?(height|width):0(px)?(;|$|!).*overflow:hidden|(^|;)overflow:hidden.*(;)(max-)?(height|width):0(px)?(;|$|!)",
        r"(^|;)transform:scale\(0",
    )
]


def hides(style: str) -> bool:
    """Whether these declarations take an element from people's eyes: gone, empty, off the sheet, or in its colour."""
    told = re.sub(r"\s+", "", style[:2000].lower()).replace("!important", "")
    if any(pattern.search(told) for pattern in _GONE):
        return True
    declared = dict(part.split(":", 1) for part in told.split(";") if ":" in part)
    colour = declared.get("color", "")
    paper = declared.get("background-color") or declared.get("background") or ""
    if not colour:
        return False
    if _SELF_CLOSED.fullmatch(colour) or colour == paper:
        return True
    return colour in _SAME_AS_PAPER and (not paper or paper in _SAME_AS_PAPER)


def hiding_names(sheets: Iterator[str]) -> set[str]:
    """The classes (`.x`) and ids (`#x`) that the page's own style elements hide."""
    found: set[str] = set()
    for sheet in sheets:
        for selectors, style in _RULE.findall(sheet[:200_000]):
            if hides(style) and "@" not in selectors:
                found |= {one.strip() for one in selectors.split(",") if _SIMPLE.fullmatch(one.strip())}
    return found


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
