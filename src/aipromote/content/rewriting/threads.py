"""One text as the posts of a thread, split at its sentences; and the posts of a thread as one text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aipromote.connectors.contract import Limits
from aipromote.connectors.counting import fits, graphemes
from aipromote.content.rewriting.sentences import Sentence, protected_spans, sentences
from aipromote.errors import InvalidInput

_NUMBER = re.compile(r" (\d+)/(\d+)$")
_TOKEN = re.compile(r"\S+")


def split(text: str, limits: Limits, *, numbered: bool = False) -> list[str]:
    """The posts, each of which fits by the platform's own counting, as few as possible without cutting a sentence.

    A sentence that is longer than a post is cut between words, and a word that is, between characters; addresses and
    hashtags never. With `numbered` each ends with " 2/5". Raises InvalidInput where an address does not fit into a
    post, or where the platform takes no thread of that length.
    """
    if limits.max_parts < 2:  # noqa: PLR2004 -- one post is no thread
        raise InvalidInput("This network has no threads.")
    parts = _packed(text, limits, suffix=" 0/0" if numbered else "")
    if numbered and len(parts) > 9:  # noqa: PLR2004 -- more digits need more room
        parts = _packed(text, limits, suffix=" 00/00")
    if len(parts) > limits.max_parts:
        raise InvalidInput(f"The thread would have {len(parts)} posts, where {limits.max_parts} are accepted.")
    if not numbered or len(parts) == 1:
        return parts
    return [f"{part} {number}/{len(parts)}" for number, part in enumerate(parts, 1)]


def join(parts: Sequence[str]) -> str:
    """The posts as one text, without their numbers where each has its own."""
    found = [_NUMBER.search(part) for part in parts]
    own = [(str(number), str(len(parts))) for number in range(1, len(parts) + 1)]
    if len(parts) > 1 and [one.groups() if one else None for one in found] == own:
        parts = [_NUMBER.sub("", part) for part in parts]
    return "\n\n".join(part.strip() for part in parts if part.strip())


def _packed(text: str, limits: Limits, *, suffix: str) -> list[str]:
    parts: list[str] = []
    for piece in _pieces(text, limits, suffix):
        gap = "\n" if "\n" in piece.gap else piece.gap  # a blank line would begin another post
        if parts and fits(f"{parts[-1]}{gap}{piece.text}{suffix}", limits):
            parts[-1] += gap + piece.text
        else:
            parts.append(piece.text)
    return parts


def _pieces(text: str, limits: Limits, suffix: str) -> Iterator[Sentence]:
    """The sentences; those that are too long in as large pieces as fit."""
    for sentence in sentences(text):
        if fits(sentence.text + suffix, limits):
            yield sentence
            continue
        gap = sentence.gap
        for word in _TOKEN.findall(sentence.text):
            for number, atom in enumerate([word] if fits(word + suffix, limits) else _atoms(word)):
                if not fits(atom + suffix, limits):
                    raise InvalidInput(f"“{atom[:60]}” alone is longer than a post there.")
                yield Sentence(atom, gap if number == 0 else "")
            gap = " "


def _atoms(word: str) -> list[str]:
    """What a word without spaces may be cut into: characters as readers see them, addresses and hashtags whole."""
    found, position = [], 0
    for start, end in protected_spans(word):
        found += [*graphemes(word[position:start]), word[start:end]]
        position = end
    return [*found, *graphemes(word[position:])]
