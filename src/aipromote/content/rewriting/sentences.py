"""A text as its sentences, from which the same text can be put together again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from aipromote.connectors import links

_END = re.compile(r"(?<=[.!?…])[\"'”»)]*(?P<gap>[^\S\n]+)(?=\S)|(?<=[。！？])(?=[^\s。！？])")
_HASHTAG = re.compile(r"(?<![\w/&])#\w*[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence or line. `gap` is what stands before it: nothing at the start, a space, a line end, or two."""

    text: str
    gap: str

    @property
    def is_hashtags(self) -> bool:
        """Whether it says nothing but hashtags."""
        return bool(_HASHTAG.search(self.text)) and not _HASHTAG.sub("", self.text).strip()

    @property
    def has_link(self) -> bool:
        """Whether an address stands in it."""
        return bool(links.find(self.text))


def sentences(text: str) -> list[Sentence]:
    """All of them, in order. Spaces between them are evened out; no other character is lost."""
    found: list[Sentence] = []
    blank = False
    for line in text.strip().split("\n"):
        if not line.strip():
            blank = True
            continue
        for number, (part, gap) in enumerate(_in_line(line.strip())):
            before = gap if number else "\n\n" if blank else "\n"
            found.append(Sentence(part, before if found else ""))
        blank = False
    return found


def _in_line(line: str) -> list[tuple[str, str]]:
    """The sentences of one line, each with the space before it (none in scripts without spaces)."""
    found, position, gap = [], 0, ""
    for end in _END.finditer(line):
        at = end.start("gap") if end["gap"] else end.start()
        found.append((line[position:at], gap))
        position, gap = end.end(), " " if end["gap"] else ""
    return [*found, (line[position:], gap)]


def joined(parts: Sequence[Sentence]) -> str:
    """The text of these sentences; the first one's gap is left out."""
    return "".join(f"{one.gap if number else ''}{one.text}" for number, one in enumerate(parts))


def protected_spans(text: str) -> list[tuple[int, int]]:
    """Where addresses and hashtags stand, which nothing may cut; in order, and without overlaps."""
    spans = [(link.start, link.end) for link in links.find(text)]
    spans += [tag.span() for tag in _HASHTAG.finditer(text)]
    kept: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if kept and start < kept[-1][1]:
            kept[-1] = (kept[-1][0], max(end, kept[-1][1]))
        else:
            kept.append((start, end))
    return kept
