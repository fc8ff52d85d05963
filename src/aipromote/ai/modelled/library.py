"""The passages of one request to a model: numbered for it, and back from its numbers to what it was really given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from aipromote.ai.writer import Slot
from aipromote.documents.content import PieceSource
from aipromote.documents.passages import Passage

MOST = 24
"""Passages of one request: more would cost more than they tell."""
_LONGEST_QUOTE = 300
_LONGEST_SOURCE = 500


@dataclass(frozen=True, slots=True)
class Library:
    """Passages by their numbers, from 1."""

    passages: tuple[Passage, ...] = ()

    @classmethod
    def of(cls, slots: Sequence[Slot]) -> Library:
        """The best of each slot first, then the second best of each, each passage once; without facts that expired."""
        in_turn = (one for turn in zip_longest(*(slot.passages for slot in slots)) for one in turn)
        return cls.best(one for one in in_turn if one is not None)

    @classmethod
    def best(cls, passages: Iterable[Passage]) -> Library:
        """The first of these, each once; without facts that expired."""
        usable: dict[tuple[str, str, str], Passage] = {}
        for one in passages:
            if not one.expired:
                usable.setdefault(_key(one), one)
        return cls(tuple(usable.values())[:MOST])

    def told(self) -> list[dict[str, Any]]:
        """What a model is told of them."""
        rows = [
            {"number": number, "kind": one.kind.value, "source": one.source, "text": one.text, "result": one.outcome}
            for number, one in enumerate(self.passages, 1)
        ]
        return [{name: value for name, value in row.items() if value is not None} for row in rows]

    def numbers(self, slot: Slot) -> list[int]:
        """Those that were found for this slot."""
        places = {_key(one): number for number, one in enumerate(self.passages, 1)}
        return [places[key] for one in slot.passages if (key := _key(one)) in places]

    def sources(self, numbers: Iterable[int]) -> list[PieceSource]:
        """What a model says that it used, as far as it was handed over; other numbers are ignored."""
        known = [number for number in dict.fromkeys(numbers) if 1 <= number <= len(self.passages)]
        return [source_of(self.passages[number - 1]) for number in known]


def source_of(passage: Passage) -> PieceSource:
    """As it is kept with the piece."""
    text = passage.text
    quote = text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1].rsplit(" ", 1)[0] + "…"
    source = passage.source[:_LONGEST_SOURCE]
    return PieceSource(kind=passage.kind, source=source, quote=quote, reference=passage.reference)


def _key(passage: Passage) -> tuple[str, str, str]:
    return passage.kind, str(passage.reference), passage.text
