"""Claims in a text: what a reader could ask proof for, and whether a fact gives that proof.

A claim is a number (count, percentage, multiple, price), a superlative, a comparison or a guarantee. Dates, years,
times of day, list numbering, addresses, handles and words such as "B2B" carry digits and claim nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from aipromote.documents import claim_words as words
from aipromote.documents.facts import Fact
from aipromote.documents.phrases import language_of


class ClaimKind(StrEnum):
    """What sort of proof a claim asks for."""

    NUMBER = "number"
    PERCENT = "percent"
    MULTIPLE = "multiple"
    PRICE = "price"
    SUPERLATIVE = "superlative"
    COMPARISON = "comparison"
    GUARANTEE = "guarantee"


NUMERIC = {ClaimKind.NUMBER, ClaimKind.PERCENT, ClaimKind.MULTIPLE, ClaimKind.PRICE}


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim and where it stands. A fact must contain its `key`: the number's digits, or the words in lower case."""

    kind: ClaimKind
    start: int
    end: int
    key: str


# Texts come from outside: every repetition here is bounded, or starts only where the one before it could not.
_ADDRESS = (
    r"https?://\S+|www\.\S+|(?<![\w.+\-])[\w.+\-]{1,64}@[\w\-.]{1,255}|[@#](?=[\d.\-]{0,30}[^\W\d])[\w.\-]+"
    r"|(?<![\w\-.])[\w\-]{1,63}(?:\.[\w\-]{1,63}){0,4}\.[a-z]{2,24}\b(?:/\S*)?"
)
_CLOCK = (
    r"\b(?:[01]?\d|2[0-4])[:h][0-5]\d\b(?!\s*(?:%|x\b))(?:\s?(?:am|pm|uhr|h)\b)?"
    r"|\b(?:[01]?\d|2[0-4])\.[0-5]\d\s?(?:am|pm|uhr|h)\b"
    r"|\b(?:1[0-2]|[1-9])\s?(?:am|pm|a\.m\.|p\.m\.)(?!\w)|\b(?:2[0-4]|1?\d)\s?uhr\b|\b24/7\b"
)
_DATE = (
    r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})?(?!\d)"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th|\.|er|º)?\s(?:de\s)?(?:{words.MONTHS})\b(?:\s(?:de\s)?\d{{4}})?"
    rf"|\b(?:{words.MONTHS})\s\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s\d{{4}})?"
    rf"|(?<![\d.,$€£¥])\b(?:19|20)\d{{2}}\b(?!\s?(?:{words.PERCENT}|{words.CURRENCY})|[.,]\d)|\bq[1-4]\b"
)
_NUMBERING = r"^[ \t]*[(\[]?\d{1,2}(?:[.):\]]|/\d{1,2})(?=\s|$)|(?<=\s)\(?\d{1,2}/\d{1,2}\)?\s*$"
_LABEL = r"(?<![\w\-])(?:v\d+(?:\.\d+)*|[a-zà-ž][a-zà-ž\-]*\d[a-zà-ž\d\-]*|\d[dg](?!\w))"
_SILENT = re.compile(f"{_ADDRESS}|{_DATE}|{_CLOCK}|{_NUMBERING}|{_LABEL}", re.IGNORECASE | re.MULTILINE)
_ADDRESSES = re.compile(_ADDRESS, re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_IN_ADDRESSES = re.compile(r"[@#]|://|www\.|[\w\-]\.[a-z\d]", re.IGNORECASE)
_NUMBER = re.compile(
    rf"(?P<before>(?:{words.CURRENCY})\s?)?(?P<digits>\d+(?:[.,'’\u00a0\u202f ]\d{{3}})*(?:[.,]\d+)?)"
    rf"(?:\s?(?:(?P<percent>{words.PERCENT})|(?P<multiple>{words.MULTIPLE})|(?P<after>{words.CURRENCY})))?",
    re.IGNORECASE,
)
_GROUPED = re.compile(r"[.,'’\u00a0\u202f ](?=\d{3}(?!\d))")


def find_claims(text: str, *, language: str, spoken_for: Sequence[str] = ()) -> list[Claim]:
    """The claims of a text in their order.

    `spoken_for` are passages that need no proof: the startup's name, its declared prices, its legal disclaimer.
    """
    masked = _mask(text, spoken_for)
    found = [*_numbers(masked), *_worded(masked, language=language_of(language))]
    return sorted(found, key=lambda claim: (claim.start, claim.end))


def unproven(claims: Iterable[Claim], facts: Sequence[Fact], *, language: str) -> Iterator[Claim]:
    """Those of the claims that no fact in `facts` (pass only facts that hold) backs."""
    open_claims = list(claims)
    if not open_claims:
        return
    proofs = {proof for fact in facts for proof in _proofs(fact.statement, language)}
    statements = [fact.statement.casefold() for fact in facts]
    for claim in open_claims:
        if claim.kind in NUMERIC:
            proven = (claim.kind, claim.key) in proofs
        else:
            proven = any(claim.key in statement for statement in statements)
        if not proven:
            yield claim


@lru_cache(maxsize=1024)
def _proofs(statement: str, language: str) -> frozenset[tuple[ClaimKind, str]]:
    return frozenset((claim.kind, claim.key) for claim in find_claims(statement, language=language))


def _mask(text: str, spoken_for: Sequence[str]) -> str:
    """The text with everything that claims nothing turned into spaces, so that positions stay."""
    for passage in sorted(filter(None, spoken_for), key=len, reverse=True):
        text = _passage(passage).sub(_blank, text)
    # All that is silent but addresses has a digit. Most texts have neither, and a search for one character is cheap.
    if _DIGIT.search(text):
        return _SILENT.sub(_blank, text)
    return _ADDRESSES.sub(_blank, text) if _IN_ADDRESSES.search(text) else text


@lru_cache(maxsize=4096)
def _passage(words_of_it: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(words_of_it)}(?!\w)", re.IGNORECASE)


def _blank(found: re.Match[str]) -> str:
    # A character that is neither part of a word nor of a number, and not a space that could glue two numbers together.
    return "\x00" * len(found[0])


def _numbers(text: str) -> Iterator[Claim]:
    for found in _NUMBER.finditer(text) if _DIGIT.search(text) else ():
        if found["before"] or found["after"]:
            kind = ClaimKind.PRICE
        elif found["percent"]:
            kind = ClaimKind.PERCENT
        else:
            kind = ClaimKind.MULTIPLE if found["multiple"] else ClaimKind.NUMBER
        digits = _GROUPED.sub("", found["digits"]).replace(",", ".")
        yield Claim(kind, found.start(), found.end(), digits)


def _worded(text: str, *, language: str) -> Iterator[Claim]:
    for kind, patterns in _WORDED.items():
        pattern = patterns.get(language)
        for found in pattern.finditer(text) if pattern else ():
            if kind is ClaimKind.GUARANTEE and words.NEGATIONS.search(text[max(0, found.start() - 60) : found.start()]):
                continue
            yield Claim(kind, found.start(), found.end(), found[0].casefold())


def _compiled(patterns: dict[str, str]) -> dict[str, re.Pattern[str]]:
    return {language: re.compile(pattern, re.IGNORECASE) for language, pattern in patterns.items()}


_WORDED = {
    ClaimKind.SUPERLATIVE: _compiled(words.SUPERLATIVES),
    ClaimKind.COMPARISON: _compiled(words.COMPARISONS),
    ClaimKind.GUARANTEE: _compiled(words.GUARANTEES),
}
