"""The part of a long text that answers a question: an unbroken stretch of its own words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

LONGEST = 700
"""Characters of a passage that is shown or handed to a writer."""
_BEFORE = 120
_WORD = re.compile(r"\w{3,}")
_STEM = 5


def excerpt(text: str, asked: str, *, longest: int = LONGEST) -> str:
    """The stretch of at most `longest` characters with the most of what was asked for; an ellipsis where it is cut."""
    text = text.strip()
    if len(text) <= longest:
        return text
    wanted = set(_beginnings(asked))
    places = [match.start() for match in _WORD.finditer(text) if _beginning(match.group()) in wanted]
    windows = [sum(start <= other < start + longest - _BEFORE for other in places) for start in places]
    best = places[windows.index(max(windows))] if places else 0
    return _cut(text, max(0, best - _BEFORE), longest)


def _cut(text: str, start: int, longest: int) -> str:
    """From a word's beginning to a word's end, as far as there are spaces."""
    if start:
        start = min((at + 1 for at in (text.find(" ", start, start + _BEFORE),) if at >= 0), default=start)
    end = min(len(text), start + longest - 2)
    if end < len(text):
        end = max(text.rfind(" ", start + longest // 2, end), start + longest // 2)
    return ("…" if start else "") + text[start:end].strip() + ("…" if end < len(text) else "")


def _beginnings(text: str) -> Iterator[str]:
    return (_beginning(match.group()) for match in _WORD.finditer(text))


def _beginning(word: str) -> str:
    """Case, accents and endings evened out."""
    plain = unicodedata.normalize("NFD", word.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char))[:_STEM]
