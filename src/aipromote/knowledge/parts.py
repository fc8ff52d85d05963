"""A text as the parts that get a vector each: a vector of a whole page would be about everything on it."""

from __future__ import annotations

import hashlib

from aipromote.knowledge.excerpts import LONGEST

_FEWEST = LONGEST // 2


def parts_of(text: str) -> list[str]:
    """Unbroken stretches of at most LONGEST characters which together hold all words, in their order.

    Cut at the end of a paragraph, else of a line, a sentence, a word. A text without words has none.
    """
    rest, parts = text.strip(), []
    while len(rest) > LONGEST:
        end = _cut(rest)
        parts.append(rest[:end].strip())
        rest = rest[end:].strip()
    return [part for part in (*parts, rest) if any(map(str.isalnum, part))]


def digest(text: str) -> bytes:
    """By which a text is known again."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _cut(text: str) -> int:
    for mark in ("\n\n", "\n", ". ", "! ", "? ", "。", " "):
        at = text.rfind(mark, _FEWEST, LONGEST)
        if at >= 0:
            return at + len(mark)
    return LONGEST
