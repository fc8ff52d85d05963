"""What is a claim, what only looks like one, and which fact backs it."""

import pytest

from aipromote.documents.claims import ClaimKind, backing, find_claims
from aipromote.documents.facts import Fact


def said(text: str, *, language: str = "en", own: tuple[str, ...] = ("Pagerlane",)) -> list[tuple[str, str]]:
    return [
        (claim.kind.value, text[claim.start : claim.end])
        for claim in find_claims(text, language=language, spoken_for=own)
    ]


def backed(text: str, fact: str, *, language: str = "en") -> bool:
    (claim,) = find_claims(text, language=language, spoken_for=("Pagerlane",))
    return backing(claim, [Fact(fact, "report")], language=language) is not None


def test_numbers_in_words_count() -> None:
    assert said("Half of our users pay.") == [("percentage", "Half of")]
    assert said("Signups doubled.") == [("multiple", "doubled")]
    assert said("We double-check twice a day.") == []
    assert said("Dozens of clinics.") == [("number", "Dozens of")]
    assert said("A million thanks!") == []
    assert said("Three years ago we met.") == []


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("1.200 teams", "1200"),
        ("1,200 teams", "1200"),
        ("1 200 teams", "1200"),
        ("1.2k teams", "1200"),
        ("2 million rows", "2000000"),
        ("1.5M rows", "1500000"),
        ("two million rows", "2000000"),
        ("0.40 seconds", "0.4"),
    ],
)
def test_a_number_is_the_same_however_it_is_written(text: str, key: str) -> None:
    (claim,) = find_claims(text, language="en")
    assert (claim.kind, claim.key) == (ClaimKind.NUMBER, key)


def test_the_own_name_and_networks_are_no_customers() -> None:
    assert said("We work with LinkedIn. Trusted by Pagerlane.") == []
    assert said("We work with Acme.") == [("customer", "Acme")]
    assert said("Trusted by teams everywhere. Customers like You.") == []


def test_a_question_about_others_claims_no_rank_but_promises_a_percentage() -> None:
    assert said("Is your site the fastest?") == []
    assert said("Did you know that we are the fastest?") == [("superlative", "fastest")]
    assert said("Want 40% more?") == [("percentage", "40%")]


@pytest.mark.parametrize("word", ["Marketing", "Decent", "Setup", "Juniper"])
def test_a_word_that_begins_like_a_month_is_none(word: str) -> None:
    assert [kind for kind, _ in said(f"since {word} 2")] == ["number"]


def test_a_number_proves_only_what_it_is_about() -> None:
    assert backed("40 % fewer tickets", "40 % fewer tickets in 2026")
    assert not backed("40 % cheaper", "40 % fewer tickets in 2026")
    assert not backed("40 % more tickets", "40 % fewer tickets in 2026")


def test_more_than_a_number_is_proven_by_a_somewhat_greater_one() -> None:
    assert backed("More than 300 exporters", "312 exporters had an account")
    assert not backed("300 exporters", "312 exporters had an account")
    assert not backed("More than 300 exporters", "299 exporters had an account")


def test_a_day_is_proven_by_the_same_day_of_the_same_sort() -> None:
    assert backed("Founded in 2019.", "Founded on 3 March 2019")
    assert not backed("Founded on 4 March 2019.", "Founded on 3 March 2019")
    assert not backed("Launching 3 March 2027.", "Founded on 3 March 2027")


def test_a_part_of_a_name_proves_no_customer() -> None:
    assert backed("Trusted by Acme.", "Acme signed the reference")
    assert not backed("Trusted by Acme.", "Acmeworks signed the reference")


def test_praise_that_nobody_gave_is_asked_for_its_proof() -> None:
    text = (
        "We won the German Founders Award, Forbes wrote about us, and Anna Weber says: “It changed my bakery.”"
        " It cuts waste in half and is loved by thousands."
    )
    found = [(claim.kind.value, text[claim.start : claim.end]) for claim in find_claims(text, language="en")]
    assert found == [
        ("award", "won the German Founders Award"),
        ("press", "Forbes wrote about us"),
        ("quotation", "It changed my bakery."),
        ("multiple", "in half"),
        ("number", "by thousands"),
    ]
