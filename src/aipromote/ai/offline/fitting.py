"""Making a text fit: first without its optional paragraphs, then shorter at a sentence, a clause, a word."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import regex

from aipromote.connectors.contract import Limits
from aipromote.connectors.counting import fits
from aipromote.documents.phrases import writes_without_spaces

_CLAUSE = re.compile(r"(?<=[,;:、，；：])")
KEEP = 0


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of a post. The highest `drop` goes first, 0 stays; only `cuttable` ones are ever shortened."""

    role: str
    text: str
    drop: int = KEEP
    cuttable: bool = False


def joined(paragraphs: Sequence[Paragraph]) -> str:
    """The text as it would be sent."""
    return "\n\n".join(paragraph.text for paragraph in paragraphs)


def fitted(paragraphs: Sequence[Paragraph], limits: Limits) -> list[Paragraph] | None:
    """As many of the paragraphs as the platform takes, or None where not even the shortest form fits."""
    kept = list(paragraphs)
    while not fits(joined(kept), limits):
        optional = [paragraph for paragraph in kept if paragraph.drop > KEEP]
        if not optional:
            return _cut(kept, limits)
        kept.remove(max(optional, key=lambda paragraph: paragraph.drop))
    return kept


def _cut(paragraphs: list[Paragraph], limits: Limits) -> list[Paragraph] | None:
    at = next((at for at, paragraph in enumerate(paragraphs) if paragraph.cuttable), None)
    if at is None:
        return None

    def with_text(text: str) -> list[Paragraph]:
        return [*paragraphs[:at], replace(paragraphs[at], text=text), *paragraphs[at + 1 :]]

    for pieces, between in _ways_to_cut(paragraphs[at].text):
        text = _longest(pieces, between, lambda text: fits(joined(with_text(text)), limits))
        if text:
            return with_text(text)
    return None


def _ways_to_cut(text: str) -> list[tuple[list[str], str]]:
    """The text in pieces, from the coarsest to the finest that still leave every word whole."""
    ways = [(text.split(" "), " ")]
    if writes_without_spaces(text):
        ways = [(_CLAUSE.split(text), ""), (regex.findall(r"\X", text), "")]
    return ways


def _longest(pieces: list[str], between: str, accepts: Callable[[str], bool]) -> str:
    """The longest beginning that is accepted with an ellipsis, "" where none is. Fewer pieces are never longer."""
    low, high = 0, len(pieces) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if accepts(_ellipsis(between.join(pieces[:middle]))):
            low = middle
        else:
            high = middle - 1
    text = _ellipsis(between.join(pieces[:low])) if low else ""
    return text if text and accepts(text) else ""


def _ellipsis(text: str) -> str:
    return text.rstrip(" ,;:、，；：.") + "…"
