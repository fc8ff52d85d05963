"""A fact that is nearly the claim backs it not: "around" is no number, and a guarantee is one of something."""

from __future__ import annotations

import pytest

from aipromote.documents.claims import find_claims
from aipromote.documents.claims.proofs import backing
from aipromote.documents.facts import Fact, FactKind


def backed(text: str, statement: str, language: str = "en") -> list[bool]:
    fact = Fact(statement=statement, source="Register", kind=FactKind.OTHER)
    claims = find_claims(text, language=language)
    assert claims, text
    return [backing(claim, [fact], language=language) is not None for claim in claims]


@pytest.mark.parametrize(
    ("language", "outright", "around"),
    [
        ("en", "100 customers bake with us.", "Around 100 customers bake with us."),
        ("en", "We save 40 % of the time.", "We save about 40 % of the time."),
        ("de", "100 Kunden backen mit uns.", "Rund 100 Kunden backen mit uns."),
        ("es", "100 clientes hornean con nosotros.", "Aproximadamente 100 clientes hornean con nosotros."),
        ("fr", "100 clients cuisent avec nous.", "Environ 100 clients cuisent avec nous."),
    ],
)
def test_a_rough_number_backs_no_exact_one(language: str, outright: str, around: str) -> None:
    assert backed(outright, around, language) == [False]
    assert backed(around, outright, language) == [True]
    assert backed(around, around, language) == [True]


def test_a_guarantee_is_one_of_the_same_thing() -> None:
    assert backed("We guarantee uptime for every plan.", "We guarantee delivery in two days.") == [False]
    assert backed("We guarantee delivery.", "We guarantee delivery in two days.") == [True]
    assert all(backed("Money-back guarantee for every plan.", "There is a money-back guarantee for 30 days."))


def test_a_guarantee_of_nothing_named_is_one_of_what_the_sentence_or_the_one_before_is_about() -> None:
    known = "We guarantee delivery in two days. Delivery is guaranteed."
    assert backed("Your site never goes down. Guaranteed.", known) == [False]
    assert backed("Delivery takes days, not weeks. Guaranteed.", known) == [True]
    assert backed("Uptime for every plan, we promise: guaranteed.", known) == [False]
    assert backed("Guaranteed.", known) == [False]
