"""Finding the claims of a text.

A claim is a number (count, percentage, factor, price), a day since or until when something is so, a superlative, a
comparison, a guarantee, the name of a customer, an award, press that wrote, or a quotation. Digits that carry no claim
(hours, versions, list numbering) are silenced first; in a question only what promises counts: percentages, factors and
prices.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from aipromote.documents.claims import words
from aipromote.documents.claims.customers import find_customers
from aipromote.documents.claims.dates import find_dates
from aipromote.documents.claims.hedges import hedges
from aipromote.documents.claims.kinds import NUMERIC, Claim, ClaimKind
from aipromote.documents.claims.money import terms
from aipromote.documents.claims.numerals import WORDED, WordedNumbers, meaning
from aipromote.documents.claims.outlines import may_have, may_have_worded_numbers
from aipromote.documents.claims.praise import find_praise
from aipromote.documents.claims.silence import DIGIT, counts_nothing, without_passages, without_silent
from aipromote.documents.claims.subjects import DOWN, UP, around, subjects
from aipromote.documents.phrases import language_of

_MAGNITUDES = "|".join(sorted(words.MAGNITUDES, key=len, reverse=True))
_NUMBER = re.compile(
    rf"(?<!#)(?P<before>(?:{words.CURRENCY})\s?)?(?P<digits>\d+(?:[.,'’\u00a0\u202f ]\d{{3}}(?!\d))*(?:[.,]\d+)?)"
    rf"(?:\s?(?P<magnitude>{_MAGNITUDES})(?!\w)\.?)?\+?"
    rf"(?:\s?(?:(?P<percent>{words.PERCENT})|(?P<multiple>{words.MULTIPLE})|(?P<after>{words.CURRENCY})))?",
    re.IGNORECASE,
)
_GROUPED = re.compile(r"[.,'’\u00a0\u202f ](?=\d{3}(?!\d))")
_MORE = re.compile(
    r"(?:more than|over|at least|above|über|mehr als|mindestens|más de|plus de|mais de)\s?[^\w\s]?$", re.IGNORECASE
)
_QUESTION = re.compile(r"[^.!?\n…]{0,300}\?")
_SENTENCE_START = re.compile(r"[.!?\n…]\s")
_OURSELVES = re.compile(
    r"\b(?:we|our|us|i|my|wir|unser\w*|uns|nosotros|nuestr\w+|somos|nous|notre|nos|nós|noss\w+)\b|\x00", re.IGNORECASE
)

_UNHEDGED = {ClaimKind.DATE, ClaimKind.CUSTOMER, ClaimKind.QUOTATION}
_NEVER_ASKED = {
    ClaimKind.PERCENT,
    ClaimKind.MULTIPLE,
    ClaimKind.PRICE,
    ClaimKind.DATE,
    ClaimKind.CUSTOMER,
    ClaimKind.QUOTATION,
}


def find_claims(text: str, *, language: str, spoken_for: Sequence[str] = ()) -> list[Claim]:
    """The claims of a text in their order.

    `spoken_for` are passages that need no proof: the startup's name, its declared prices, its legal disclaimer.
    """
    tag = language_of(language)
    addressed = without_passages(text, spoken_for)
    silenced = without_silent(addressed)
    folded = silenced.casefold()
    found = [
        *find_dates(addressed),
        *(claim for claim in _numbers(silenced) if not _only_numbers(silenced, claim)),
        *(_worded_numbers(silenced, WORDED[tag]) if may_have_worded_numbers(folded, tag) else ()),
        *_worded(silenced, folded, language=tag),
        *find_customers(silenced, language=tag),
        *find_praise(silenced, original=text, language=tag),
    ]
    if not found:
        return []
    told = [_placed(silenced, claim, tag) for claim in found if not _is_asked(silenced, claim)]
    return sorted(told, key=lambda claim: (claim.start, claim.end))


def _placed(text: str, claim: Claim, language: str) -> Claim:
    head, about = around(text, claim.start, claim.end)
    if claim.kind is ClaimKind.GUARANTEE and not about - {DOWN, UP}:
        about = _of_the_sentence(text, claim)
    more = claim.kind in NUMERIC and (
        text[claim.start : claim.end].rstrip().endswith("+")
        or _MORE.search(text[max(0, claim.start - 20) : claim.start]) is not None
    )
    return replace(
        claim,
        head=head,
        about=about,
        at_least=more,
        hedges=hedges(text, claim.start, claim.end, language) if claim.kind not in _UNHEDGED else frozenset(),
        terms=terms(text, claim.start, claim.end) if claim.kind is ClaimKind.PRICE else claim.terms,
    )


def _of_the_sentence(text: str, claim: Claim) -> frozenset[str]:
    """What is guaranteed where no word near it says so: the words of the sentence, or those of the one before."""
    begins = [0, *(end.end() for end in _SENTENCE_START.finditer(text, 0, claim.start))]
    end = _SENTENCE_START.search(text, claim.end)
    own = f"{text[begins[-1] : claim.start]} {text[claim.end : end.start() if end else len(text)]}"
    before = text[begins[-2] : begins[-1]] if len(begins) > 1 else ""
    return next((found for found in (frozenset(subjects(said)) for said in (own, before)) if found), frozenset())


def _is_asked(text: str, claim: Claim) -> bool:
    """Whether it only stands in a question about others."""
    if claim.kind in _NEVER_ASKED:
        return False
    rest = _QUESTION.match(text, claim.end)
    if rest is None:
        return False
    begin = 0
    for end in _SENTENCE_START.finditer(text, 0, claim.start):
        begin = end.end()
    return _OURSELVES.search(text, begin, rest.end()) is None


def _only_numbers(text: str, claim: Claim) -> bool:
    return claim.kind is ClaimKind.NUMBER and counts_nothing(text, claim.start, claim.end)


def _numbers(text: str) -> Iterator[Claim]:
    for found in _NUMBER.finditer(text) if DIGIT.search(text) else ():
        if found["before"] or found["after"]:
            kind = ClaimKind.PRICE
        elif found["percent"]:
            kind = ClaimKind.PERCENT
        else:
            kind = ClaimKind.MULTIPLE if found["multiple"] else ClaimKind.NUMBER
        yield Claim(kind, found.start(), found.end(), _plain(found["digits"], found["magnitude"]))


def _plain(digits: str, magnitude: str | None) -> str:
    """The number as plain digits: "1200" of "1.200", "1500000" of "1,5 Mio."."""
    plain = _GROUPED.sub("", digits).replace(",", ".")
    if magnitude is None and plain.isascii() and plain.isdigit():
        return plain
    try:
        value = Decimal(plain).scaleb(words.MAGNITUDES[magnitude.casefold()] if magnitude else 0)
    except ArithmeticError:  # several points: no number that could be compared
        return plain
    return f"{value.normalize():f}"


def _worded_numbers(text: str, written: WordedNumbers) -> Iterator[Claim]:
    for found in written.multiple.finditer(text):
        value = str(written.units[found["unit"].casefold()]) if found["unit"] else meaning(found[0], written.multiples)
        yield Claim(ClaimKind.MULTIPLE, found.start(), found.end(), value)
    for found in written.fraction.finditer(text):
        yield Claim(ClaimKind.PERCENT, found.start(), found.end(), meaning(found[0], written.fractions))
    for found in written.count.finditer(text):
        if unit := found["unit"]:
            yield _counted(found, written.units[unit.casefold()])
        else:
            yield Claim(ClaimKind.NUMBER, found.start(), found.end(), meaning(found[0], written.vague))


def _counted(found: re.Match[str], value: int) -> Claim:
    """A number in words with what it counts: the word itself stays outside of the claim, as behind digits."""
    counted = found["counted"].casefold()
    if counted in words.MAGNITUDES:
        return Claim(ClaimKind.NUMBER, found.start(), found.end(), _plain(str(value), counted))
    kind = ClaimKind.PERCENT if re.fullmatch(words.PERCENT, counted) else ClaimKind.NUMBER
    end = found.end() if kind is ClaimKind.PERCENT else found.end("unit")
    return Claim(kind, found.start(), end, str(value))


def _worded(text: str, folded: str, *, language: str) -> Iterator[Claim]:
    for kind, patterns in _WORDED.items():
        pattern = patterns.get(language) if may_have(kind, folded, language) else None
        for found in pattern.finditer(text) if pattern else ():
            before = _SENTENCE_START.split(text[max(0, found.start() - 60) : found.start()])[-1]
            if kind is ClaimKind.GUARANTEE and words.NEGATIONS.search(before):
                continue
            yield Claim(kind, found.start(), found.end(), found[0].casefold())


def _compiled(patterns: dict[str, str]) -> dict[str, re.Pattern[str]]:
    return {language: re.compile(pattern, re.IGNORECASE) for language, pattern in patterns.items()}


_WORDED = {
    ClaimKind.SUPERLATIVE: _compiled(words.SUPERLATIVES),
    ClaimKind.COMPARISON: _compiled(words.COMPARISONS),
    ClaimKind.GUARANTEE: _compiled(words.GUARANTEES),
}
