"""LinkedIn's "little text": plain text in which signs that could mean something are escaped, and hashtags are not."""

from __future__ import annotations

import regex

_RESERVED = regex.compile(r"[\\|{}@\[\]()<>#*_~]")
_TAG = regex.compile(r"(?<![\p{L}\p{N}\p{M}_&/#])#(?=[\p{N}\p{M}]*\p{L})[\p{L}\p{N}\p{M}]+")
_ESCAPED = regex.compile(r"\\([\\|{}@\[\]()<>#*_~])")
_KEPT = regex.compile(
    r"\\(?P<sign>[\\|{}@\[\]()<>#*_~])"
    r"|\{hashtag\\?\|\\?[#＃]\\?\|(?P<tag>(?:[^{}|\\]|\\.)+)\}"
    r"|@\[(?P<name>(?:[^\]\\]|\\.)*)\]\(urn:li:[^)]*\)"
)


def little(text: str) -> str:
    """The text as LinkedIn wants it: its hashtags become links, everything else stays what it is."""
    pieces, end = [], 0
    for tag in _TAG.finditer(text):
        pieces += [_escaped(text[end : tag.start()]), tag.group()]
        end = tag.end()
    return "".join([*pieces, _escaped(text[end:])])


def plain(little_text: str) -> str:
    """What people read, from what LinkedIn keeps."""
    return _KEPT.sub(_shown, little_text)


def _shown(found: regex.Match[str]) -> str:
    if found["sign"]:
        return found["sign"]
    told = f"#{found['tag']}" if found["tag"] else found["name"]
    return _ESCAPED.sub(r"\1", told)


def _escaped(text: str) -> str:
    return _RESERVED.sub(lambda found: f"\\{found.group()}", text)
