"""Which fact backs a claim. Strict: a wrong yes lets an invented fact out, a wrong no asks a person.

A fact backs a claim when it states a claim of the same kind with the same value, about the same thing, going the same
way. About the same thing means:

- a count: the word behind the number ("1,200 teams") stands in the fact; without such a word, one word near it does;
- a percentage, a factor, a price: at least half of the words near it stand in the fact, or the other way round;
- a superlative: the fact has the same words, and the word behind them ("the best espresso");
- a comparison: the fact has the same words, and more than half of the words near it;
- a guarantee: the fact has the same words, and one word near them, or of the sentence;
- a customer: the fact has the name;
- an award, or press: the fact has its name, and says that it was won, or that they wrote (or is kept as such a fact);
- a quotation: the fact has the words as they stand, and the name of who said them;
- a date: the same sort of day (since, launch, until), or a fact that names the day and a word near it.

A fact that is bounded ("up to"), a goal ("we want to") or denied ("not") backs only what is said with the same bound,
as a goal, or denied as well.

Where the fact states several values of one kind, only the words of the value's own clause count as its words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from aipromote.documents.claims.counting import WIDE, Counted, counted
from aipromote.documents.claims.customers import names_customer
from aipromote.documents.claims.dates import days_in, same_day
from aipromote.documents.claims.finding import find_claims
from aipromote.documents.claims.hedges import hedges, is_as_outright
from aipromote.documents.claims.kinds import NUMERIC, Claim, ClaimKind
from aipromote.documents.claims.money import is_same_price
from aipromote.documents.claims.outlines import outline
from aipromote.documents.claims.praise import names_praise, quotes
from aipromote.documents.claims.subjects import DOWN, UP, clause_at, subjects
from aipromote.documents.facts import Fact, FactKind
from aipromote.documents.phrases import language_of

_WAYS = {DOWN, UP}
_PRAISE = {ClaimKind.AWARD: FactKind.AWARD, ClaimKind.PRESS: FactKind.PRESS}
_SHARED = 0.5
_SOMEWHAT_MORE = 1.5


def backing(claim: Claim, facts: Sequence[Fact], *, language: str) -> Fact | None:
    """The first of the facts (pass only facts that hold) that backs the claim; None where none does."""
    may = _possible(claim, language_of(language))
    return next(
        (fact for fact in facts if may(fact.statement) and _backs(fact.statement, claim, language, fact.kind)), None
    )


def unproven(claims: Iterable[Claim], facts: Sequence[Fact], *, language: str) -> Iterator[Claim]:
    """Those of the claims that no fact in `facts` (pass only facts that hold) backs."""
    for claim in claims:
        if backing(claim, facts, language=language) is None:
            yield claim


def _possible(claim: Claim, language: str) -> Callable[[str], bool]:
    """A quick look at a statement: where it answers False, the statement cannot back the claim.

    A library has hundreds of facts. To read the claims of each costs a hundred times what it costs to look for digits.
    """
    if claim.kind is ClaimKind.DATE:
        year, _, day = claim.key.split(" ")[1].split("-")
        wanted = year if int(year) else str(int(day))
        return lambda statement: wanted in outline(statement, language).digits
    if claim.kind is ClaimKind.QUOTATION:
        return lambda statement: quotes(statement, claim)
    if claim.kind not in NUMERIC:
        return lambda statement: claim.key in outline(statement, language).folded
    if claim.at_least or claim.key.startswith(">"):
        return lambda statement: bool(outline(statement, language).digits) or outline(statement, language).has_words
    wanted = claim.key.replace(".", "").strip("0")
    return lambda statement: wanted in outline(statement, language).digits or outline(statement, language).has_words


def _backs(statement: str, claim: Claim, language: str, kind: FactKind = FactKind.OTHER) -> bool:
    if claim.kind in NUMERIC:
        return any(
            known.kind is claim.kind
            and _same_value(claim, known.key)
            and is_as_outright(claim.hedges, known.hedges)
            and is_same_price(claim.terms, known.terms)
            and _about_the_same(claim, words, counts)
            for known, words, counts in _stated(statement, language)
        )
    if claim.kind is ClaimKind.DATE:
        return _names_the_day(statement, claim, language)
    if claim.kind is ClaimKind.CUSTOMER:
        return names_customer(statement, claim.key, language=language, is_known=kind is FactKind.CUSTOMER)
    if claim.kind is ClaimKind.QUOTATION:
        return quotes(statement, claim)
    if claim.kind in _PRAISE:
        is_known = kind is _PRAISE[claim.kind]
        return names_praise(statement, claim, language=language_of(language), is_known=is_known)
    return _has_outright(statement, claim, language) and _says_the_same(statement, claim)


def _has_outright(statement: str, claim: Claim, language: str) -> bool:
    """Whether the statement has the claim's words in a place where they are not denied, nor a goal."""
    places = re.finditer(re.escape(claim.key), statement, re.IGNORECASE)
    return any(is_as_outright(claim.hedges, hedges(statement, *place.span(), language)) for place in places)


def _says_the_same(statement: str, claim: Claim) -> bool:
    """Whether a statement that has the claim's words somewhere means what the claim means."""
    about, words = claim.about - _WAYS, {*subjects(statement)}
    if not about:
        return claim.kind is not ClaimKind.GUARANTEE
    if claim.kind is ClaimKind.GUARANTEE:
        return bool(about & words)
    if claim.kind is ClaimKind.SUPERLATIVE and claim.head:
        return claim.head in words
    return len(about & words) > _SHARED * len(about)


@lru_cache(maxsize=4096)
def _stated(statement: str, language: str) -> tuple[tuple[Claim, frozenset[str], Counted], ...]:
    """The numbers that a fact states, each with the words that say what it is about, and what it counts."""
    found = [claim for claim in find_claims(statement, language=language) if claim.kind in NUMERIC]
    kinds = [claim.kind for claim in found]
    return tuple(
        (
            claim,
            frozenset(
                subjects(clause_at(statement, claim.start, claim.end) if kinds.count(claim.kind) > 1 else statement)
            ),
            counted(statement, claim.start, claim.end) if claim.kind is ClaimKind.NUMBER else Counted(),
        )
        for claim in found
    )


def _same_value(claim: Claim, known: str) -> bool:
    if claim.key == known:
        return True
    try:
        said, value = float(claim.key.lstrip(">")), float(known.lstrip(">"))
    except ValueError:
        return False
    if claim.key.startswith(">"):  # "thousands of"
        return value >= said and not (known.startswith(">") and value < said)
    return said <= value <= said * _SOMEWHAT_MORE if claim.at_least else said == value


def _about_the_same(claim: Claim, words: frozenset[str], counts: Counted) -> bool:
    ways = {*claim.about} & _WAYS, {*words} & _WAYS
    if len(ways[0]) == 1 and len(ways[1]) == 1 and ways[0] != ways[1]:
        return False
    said, known = claim.about - _WAYS, words - _WAYS
    if not said or not known:
        return not said and not known
    shared = said & known
    if claim.kind is ClaimKind.NUMBER and not counts.is_meant_by(claim.head, claim.about):
        return False
    if claim.kind is ClaimKind.NUMBER and claim.head:
        return claim.head not in WIDE or bool(shared - WIDE) or not said - WIDE
    return len(shared) >= _SHARED * min(len(said), len(known)) and bool(shared)


def _names_the_day(statement: str, claim: Claim, language: str) -> bool:
    sort, said = claim.key.split(" ")
    claimed, named = _days(statement, language)
    if any(known_sort == sort and same_day(said, day) for known_sort, day in claimed):
        return True
    return any(same_day(said, day) for day in named) and bool(claim.about & {*subjects(statement)})


@lru_cache(maxsize=4096)
def _days(statement: str, language: str) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """The days that a fact claims, with their sorts, and all that it names."""
    dated = (claim for claim in find_claims(statement, language=language) if claim.kind is ClaimKind.DATE)
    claimed = (claim.key.split(" ") for claim in dated)
    return tuple((sort, day) for sort, day in claimed), tuple(days_in(statement))
