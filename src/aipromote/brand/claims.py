"""The claims of a text, each with the fact that backs it, or with why none does.

What backs a claim is decided by `documents.claims`; here come the day, the expired facts and the words for people. A
customer may also be named anywhere in a text only while an unexpired fact names them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from aipromote.documents.claims import ClaimKind, backing, find_claims
from aipromote.documents.facts import Fact, FactKind

_ABOUT = {
    ClaimKind.NUMBER: "the number",
    ClaimKind.PERCENT: "the percentage",
    ClaimKind.MULTIPLE: "the factor",
    ClaimKind.PRICE: "the price",
    ClaimKind.DATE: "the date",
    ClaimKind.SUPERLATIVE: "the superlative",
    ClaimKind.COMPARISON: "the comparison",
    ClaimKind.GUARANTEE: "the guarantee",
    ClaimKind.CUSTOMER: "the customer",
    ClaimKind.AWARD: "the award",
    ClaimKind.PRESS: "the press",
    ClaimKind.QUOTATION: "the quotation",
}
# Capitalised words in a row, or one that does not begin a sentence: a name, in scripts that have capitals.
_PROPER = re.compile(r"(?<!^)(?<![.!?] )\b[A-ZÀ-ÞĀ-Ž][\w&'’\-]+|\b[A-ZÀ-ÞĀ-Ž][\w&'’\-]+(?: [A-ZÀ-ÞĀ-Ž][\w&'’\-]+)+")


@dataclass(frozen=True, slots=True)
class Linked:
    """A claim (characters `start` to `end`) and its fact. Without a fact it is unproven, for the `reason`.

    `expired` is the fact that would back it, had it not expired.
    """

    start: int
    end: int
    kind: ClaimKind
    fact: Fact | None
    reason: str = ""
    expired: Fact | None = None


def linked_claims(
    text: str, facts: Sequence[Fact], *, language: str, today: date, spoken_for: Sequence[str] = ()
) -> list[Linked]:
    """The claims of the text in their order, each with the first unexpired fact that backs it.

    `spoken_for` needs no proof: the startup's own name, its declared prices, its legal disclaimer.
    """
    claims = find_claims(text, language=language, spoken_for=spoken_for)
    expired = [fact for fact in facts if not fact.holds_on(today)]
    if not claims and not expired:
        return []
    current = [fact for fact in facts if fact.holds_on(today)] if expired else facts
    linked = []
    for claim in claims:
        fact = backing(claim, current, language=language)
        old = backing(claim, expired, language=language) if fact is None else None
        said = text[claim.start : claim.end].strip()
        why = f"the fact that proves it expired on {old.expires}" if old else "no fact in the library proves it"
        reason = "" if fact else f"{_ABOUT[claim.kind]} “{said}” needs a proof: {why}"
        linked.append(Linked(claim.start, claim.end, claim.kind, fact, reason, old))
    linked += _former_customers(text, current, expired, spoken_for, {(one.start, one.end) for one in linked})
    return sorted(linked, key=lambda one: (one.start, one.end))


def _former_customers(
    text: str, current: Sequence[Fact], expired: Sequence[Fact], spoken_for: Sequence[str], known: set[tuple[int, int]]
) -> Iterator[Linked]:
    """Customers whose only facts have expired: their permission may have ended with them."""
    former = [fact for fact in expired if fact.kind is FactKind.CUSTOMER]
    if not former:
        return
    allowed = " ".join([*(fact.statement for fact in current), *spoken_for]).casefold()
    for fact in former:
        for name in dict.fromkeys(_PROPER.findall(fact.statement)):
            if name.casefold() in allowed:
                continue
            for found in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text):
                if found.span() not in known:
                    reason = f"“{name}” is named by a fact that expired on {fact.expires}"
                    yield Linked(*found.span(), ClaimKind.CUSTOMER, None, reason, fact)
