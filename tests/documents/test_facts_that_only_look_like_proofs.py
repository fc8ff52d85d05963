"""Facts that share words and numbers with a claim and do not prove it, each beside one that does."""

import json
from pathlib import Path

import pytest

from aipromote.documents.claims import ClaimKind, backing, find_claims
from aipromote.documents.facts import Fact, FactKind

_TRAPS = Path(__file__).parents[1] / "data" / "claims" / "traps.jsonl"
_PAIRS = [json.loads(line) for line in _TRAPS.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("pair", _PAIRS, ids=[f"{pair['id']}-{pair['fact']}" for pair in _PAIRS])
def test_a_fact_proves_what_it_says_and_not_what_looks_like_it(pair: dict) -> None:
    claims = find_claims(pair["text"], language=pair["language"])
    fact = Fact(pair["fact"], "report")
    assert claims
    assert all(backing(claim, [fact], language=pair["language"]) for claim in claims) is pair["backs"]


def test_a_fact_of_a_customer_needs_no_wording_but_must_not_say_that_they_left() -> None:
    (claim,) = find_claims("Trusted by Willowbank Care.", language="en")
    assert claim.kind is ClaimKind.CUSTOMER
    plans = Fact("Willowbank Care plans all nine homes with Rotaframe.", "letter", FactKind.CUSTOMER)
    left = Fact("Willowbank Care cancelled in May.", "letter", FactKind.CUSTOMER)
    assert backing(claim, [plans], language="en") is plans
    assert backing(claim, [left], language="en") is None
