"""Which claims of a text have no proof: numbers, superlatives, comparisons, guarantees and customers' names.

A claim is proven by a fact that has not expired and whose statement contains the same number, of the same sort, or the
same words. A customer may be named while an unexpired fact names them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from aipromote.documents.claims import ClaimKind, find_claims, unproven
from aipromote.documents.facts import Fact, FactKind

_ABOUT = {
    ClaimKind.NUMBER: "the number",
    ClaimKind.PERCENT: "the percentage",
    ClaimKind.MULTIPLE: "the factor",
    ClaimKind.PRICE: "the price",
    ClaimKind.SUPERLATIVE: "the superlative",
    ClaimKind.COMPARISON: "the comparison",
    ClaimKind.GUARANTEE: "the guarantee",
}
# Capitalised words in a row, or one that does not begin a sentence: a name, in scripts that have capitals.
_PROPER = re.compile(r"(?<!^)(?<![.!?] )\b[A-ZÀ-ÞĀ-Ž][\w&'’\-]+|\b[A-ZÀ-ÞĀ-Ž][\w&'’\-]+(?: [A-ZÀ-ÞĀ-Ž][\w&'’\-]+)+")


@dataclass(frozen=True, slots=True)
class Unproven:
    """A passage (characters `start` to `end`) that no fact backs, and why."""

    start: int
    end: int
    reason: str


def unproven_claims(
    text: str, facts: Sequence[Fact], *, language: str, today: date, spoken_for: Sequence[str] = ()
) -> Iterator[Unproven]:
    """The claims that no unexpired fact backs.

    `spoken_for` needs no proof: the startup's own name, its declared prices, its legal disclaimer.
    """
    current = [fact for fact in facts if fact.holds_on(today)]
    expired = [fact for fact in facts if not fact.holds_on(today)]
    for claim in unproven(find_claims(text, language=language, spoken_for=spoken_for), current, language=language):
        said = text[claim.start : claim.end].strip()
        old = next((fact for fact in expired if not any(unproven([claim], [fact], language=language))), None)
        why = f"the fact that proves it expired on {old.expires}" if old else "no fact in the library proves it"
        yield Unproven(claim.start, claim.end, f"{_ABOUT[claim.kind]} “{said}” needs a proof: {why}")
    yield from _customers(text, current, expired, spoken_for)


def _customers(
    text: str, current: Sequence[Fact], expired: Sequence[Fact], spoken_for: Sequence[str]
) -> Iterator[Unproven]:
    """Customers whose only facts have expired: their permission may have ended with them."""
    known = " ".join([*(fact.statement for fact in current), *spoken_for]).casefold()
    for fact in expired:
        if fact.kind is not FactKind.CUSTOMER:
            continue
        for name in dict.fromkeys(_PROPER.findall(fact.statement)):
            if name.casefold() in known:
                continue
            for found in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text):
                reason = f"“{name}” is named by a fact that expired on {fact.expires}"
                yield Unproven(found.start(), found.end(), reason)
