"""Two texts compared word by word: what went and what came, marked for eyes and said for ears."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

import regex
from markupsafe import Markup, escape

from aipromote.languages import lazy

_TOKEN = regex.compile(
    r"\s+|[\p{L}\p{N}\p{M}_'’--[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]]+|\X", regex.V1
)
"""Words, white space, and single characters as readers see them; scripts without spaces go by characters."""
_LINE = regex.compile(r"[^\n]*\n|[^\n]+")
_TOO_MANY = 4_000_000
"""Pairs of words; more would take seconds. Such passages are shown whole, as taken out and put in."""
_SAID = {"del": lazy("removed"), "ins": lazy("added")}


def between(old: str, new: str) -> Markup:
    """One text with both, escaped: `<del>` around what only the old one has, `<ins>` around what is new."""
    told = Markup("")
    for kind, was, now in _steps(old, new):
        told += escape(was) if kind == "equal" else _tagged("del", was) + _tagged("ins", now)
    return told


def _steps(old: str, new: str) -> Iterator[tuple[str, str, str]]:
    """Lines first, and words within the lines that differ: that is quick for long texts, too."""
    before, after = _LINE.findall(old), _LINE.findall(new)
    for kind, left, right in _compared(before, after):
        if kind == "equal":
            yield kind, left, right
            continue
        yield from _compared(_TOKEN.findall(left), _TOKEN.findall(right))


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    if len(old) * len(new) > _TOO_MANY:
        yield "replace", "".join(old), "".join(new)
        return
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, i, j, k, m in matcher.get_opcodes():
        yield ("equal" if kind == "equal" else "replace"), "".join(old[i:j]), "".join(new[k:m])


def _tagged(tag: str, text: str) -> Markup:
    if not text:
        return Markup("")
    said = Markup('<span class="hidden-words">[{}: </span>').format(str(_SAID[tag]))
    ended = Markup('<span class="hidden-words">]</span>')
    return Markup("<{0}>{1}{2}{3}</{0}>").format(Markup(tag), said, text, ended)  # noqa: S704 -- "del" or "ins"
