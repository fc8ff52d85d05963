"""What sorts of claims there are, and what is known of one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ClaimKind(StrEnum):
    """What sort of proof a claim asks for."""

    NUMBER = "number"
    PERCENT = "percentage"
    MULTIPLE = "multiple"
    PRICE = "price"
    DATE = "date"
    SUPERLATIVE = "superlative"
    COMPARISON = "comparison"
    GUARANTEE = "guarantee"
    CUSTOMER = "customer"
    AWARD = "award"
    PRESS = "press"
    QUOTATION = "quotation"


NUMERIC = frozenset({ClaimKind.NUMBER, ClaimKind.PERCENT, ClaimKind.MULTIPLE, ClaimKind.PRICE})


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim and where it stands.

    `key` is what a fact must have: the number as plain digits, the day as YYYY-MM-DD with zeros for what is not said,
    the name of a prize or a paper, or the words in lower case. `head` is the first word that counts after it, `about`
    the ones around it.
    """

    kind: ClaimKind
    start: int
    end: int
    key: str
    head: str = ""
    about: frozenset[str] = frozenset()
    at_least: bool = False
    """Whether it says "more than": a somewhat greater number proves it, too."""
    hedges: frozenset[str] = frozenset()
    """What keeps it from being said outright: see `hedges`."""
    terms: frozenset[str] = frozenset()
    """Of a price: the currency, and what it is paid for. Of a quotation: the name of who is said to have said it.
    Of an award: whether it was only a nomination.
    """
