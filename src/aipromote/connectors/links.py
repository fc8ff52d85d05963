"""Finds web addresses in a text the way X's published grammar does (twitter-text, configuration 3).

A bare name counts when it is ASCII and ends in a real top-level domain, so `x.com` is an address and `node.js` is not.
Top-level domains come from the public suffix list, which its package updates several times a month.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import regex
from publicsuffixlist import PublicSuffixList

# Letters of a host name: anything but punctuation, spaces, and characters that no text may have or that turn direction.
_LETTER = r"[^!'#%&()*+,\\\-./:;<=>?@\[\]^_{|}~$\s\u180E\uFFFE\uFEFF\uFFFF\u202A-\u202E\u061C\u200E\u200F\u2066-\u2069]"
_LABEL = rf"{_LETTER}(?:[_-]*{_LETTER})*+"
_HOST = regex.compile(
    rf"(?<![A-Za-z0-9@＠$#＃\uFFFE\uFEFF\uFFFF])(?P<scheme>https?://)?(?P<host>{_LABEL}(?:\.{_LABEL})++)",
    regex.IGNORECASE,
)
_POSSIBLE = regex.compile(r"[^\s.]\.[^\s.]")
"""In every host name. Most texts have dots at the ends of sentences only, and this is a hundred times cheaper."""
_ACCENTED = r"\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u024F\u0300-\u036F\u1E00-\u1EFF"
_ASCII_NAME = regex.compile(rf"[a-z0-9{_ACCENTED}-]++(?:\.[a-z0-9{_ACCENTED}-]++)+", regex.IGNORECASE)
_IN_PATH = rf"[a-z0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&\u0400-\u04FF{_ACCENTED}]"
_IN_BRACKETS = rf"\((?:{_IN_PATH}|\({_IN_PATH}+\))+\)"
_REST = regex.compile(
    rf"(?::\d+)?(?P<path>/(?:{_IN_PATH}|{_IN_BRACKETS})*+)?(?P<query>\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*+)?",
    regex.IGNORECASE,
)
_PATH_ENDS_BEFORE = "!*';:,.$%[]~@|&\u2013"
_QUERY_ENDS_BEFORE = "!?*'@();:+$%[].,~|"
_SHORTENED = regex.compile(r"/(?P<slug>[a-z0-9]+)(?:\?[a-z0-9\-_&=#/.,;:%+]*[a-z0-9\-_&=#/])?", regex.IGNORECASE)
_LONGEST_SLUG = 40
_AFTER_NO_NAME = ("@", "-", "+")


@dataclass(frozen=True, slots=True)
class Link:
    """An address at `text[start:end]`, in code points."""

    start: int
    end: int
    has_scheme: bool


def find(text: str) -> list[Link]:
    """All addresses in the text, in order."""
    return list(_find(text)) if _POSSIBLE.search(text) else []


def _find(text: str) -> Iterator[Link]:
    position = 0
    while match := _HOST.search(text, position):
        found = _with_scheme(text, match) if match["scheme"] else _bare(text, match, after=position)
        yield from found
        position = found[-1].end if found else match.end()


def _with_scheme(text: str, match: regex.Match[str]) -> list[Link]:
    start, host_start = match.start(), match.start("host")
    length = _length_of_name(match["host"], followed_by=text[match.end() : match.end() + 1])
    if not length:
        return []
    end = host_start + length
    if match["host"].lower() == "t.co":
        return _shortened(text, start, end)
    return [Link(start, _end_of_rest(text, end) if end == match.end() else end, has_scheme=True)]


def _bare(text: str, match: regex.Match[str], *, after: int) -> list[Link]:
    """Bare names in a run of letters and dots; `after` is where the address before ended, which may be by a slash."""
    if match.start() != after and text[match.start() - 1 : match.start()] in {"-", "_", ".", "/"}:
        return []
    links = []
    for name in _ASCII_NAME.finditer(text, match.start("host"), match.end()):
        length = _length_of_name(name.group(), followed_by=text[name.end() : name.end() + 1])
        if length:
            links.append(Link(name.start(), name.start() + length, has_scheme=False))
    if links and links[-1].end == match.end():
        # A bare name takes port and query along only together with a path.
        rest = _REST.match(text, match.end())
        if rest and rest["path"]:
            links[-1] = Link(links[-1].start, _end_of_rest(text, match.end()), has_scheme=False)
    return links


def _shortened(text: str, start: int, host_end: int) -> list[Link]:
    """X's own short links take letters and digits only; a longer slug than it ever makes is no address."""
    rest = _SHORTENED.match(text, host_end)
    if rest and len(rest["slug"]) > _LONGEST_SLUG:
        return []
    return [Link(start, rest.end() if rest else host_end, has_scheme=True)]


def _length_of_name(host: str, *, followed_by: str) -> int:
    """How much of the host, from its beginning, is a name with a real top-level domain; 0 for none."""
    dot = host.rfind(".")
    while dot > 0:
        label = host[dot + 1 :]
        ascii_part = regex.match(r"[A-Za-z]*", label)
        assert ascii_part is not None
        after = (label[ascii_part.end() :] or followed_by)[:1]
        if _is_top_level(label) and followed_by not in _AFTER_NO_NAME:
            return 0 if _is_underscored(host, dot) else len(host)
        if (
            _is_top_level(ascii_part.group())
            and not (after.isascii() and after.isalnum())
            and after not in _AFTER_NO_NAME
        ):
            return 0 if _is_underscored(host, dot) else dot + 1 + int(ascii_part.end())
        host, followed_by = host[:dot], "."
        dot = host.rfind(".")
    return 0


def _is_underscored(host: str, dot: int) -> bool:
    """Whether the label that was registered, the one before the top level, has an underscore: no register allows it."""
    return "_" in host[host.rfind(".", 0, dot) + 1 : dot]


def _end_of_rest(text: str, start: int) -> int:
    """Where port, path and query end; punctuation at the end belongs to the sentence."""
    rest = _REST.match(text, start)
    if rest is None:
        return start
    query = (rest["query"] or "").rstrip(_QUERY_ENDS_BEFORE)
    if len(query) > 1:
        return rest.start("query") + len(query)
    if rest["path"]:
        return rest.start("path") + max(1, len(rest["path"].rstrip(_PATH_ENDS_BEFORE)))
    return rest.start("query") if rest["query"] else rest.end()


def _is_top_level(label: str) -> bool:
    name = label.lower()
    return bool(name) and (name.startswith("xn--") or _suffixes().publicsuffix(name) == name)


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True, accept_unknown=False)
