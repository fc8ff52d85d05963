"""What is not looked for in texts that cannot have it would not have been found there."""

import json
import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from aipromote.connectors import links
from aipromote.documents.claims import dates, find_claims, finding, numerals, outlines, proofs, silence

_WORDS = st.sampled_from(
    ["we", "grew", "12%", "3x", "v2", "www.", "WWW.é", "a.b", "x.com", "http://", "HTTPS://é", "@ada", "#no1", "q3",
     "me@x.io", "2026-11-28", "10:30", ".", "…", "\n", "\u0663", "\u2167", "node.js", "K.ſt", "日.本", "a..b",
     "since", "2019", "March 3", "3. Mai", "launching", "until"]
)  # fmt: skip
_TEXTS = st.lists(_WORDS | st.text(max_size=4), max_size=12).flatmap(
    lambda parts: st.sampled_from(["", " "]).map(lambda glue: glue.join(parts))
)


@given(_TEXTS)
def test_silent_passages_are_the_same_with_and_without_the_shortcut(text: str) -> None:
    assert silence.without_silent(text) == silence.SILENT.sub(silence.blank, text)


@given(_TEXTS)
def test_numbers_are_the_same_with_and_without_the_shortcut(text: str) -> None:
    assert bool(list(finding._numbers(text))) == bool(finding._NUMBER.search(text))


@given(_TEXTS)
def test_addresses_are_the_same_with_and_without_the_shortcut(text: str) -> None:
    assert links.find(text) == list(links._find(text))


_CORPUS = Path(__file__).parents[1] / "data" / "claims"
_LANGUAGES = ("en", "de", "es", "fr", "pt")


def _words_of_corpus() -> list[str]:
    """Words and pairs of words of the labelled drafts: what the expressions look for is among them."""
    texts = [
        json.loads(line)["text"]
        for tag in _LANGUAGES
        for line in (_CORPUS / f"{tag}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    words = [re.sub(r"\[\[\w+\||\]\]", "", text).split() for text in texts]
    return sorted({" ".join(row[at : at + size]) for row in words for size in (1, 3) for at in range(len(row))})


_SPOKEN = st.lists(st.sampled_from(_words_of_corpus()), max_size=30).map(" ".join)


@given(_SPOKEN | _TEXTS, st.sampled_from(_LANGUAGES))
def test_a_text_without_the_parts_of_a_word_has_not_the_word(text: str, language: str) -> None:
    folded = text.casefold()
    for kind, patterns in finding._WORDED.items():
        if not outlines.may_have(kind, folded, language):
            assert patterns[language].search(text) is None
    if not outlines.may_have_worded_numbers(folded, language):
        assert list(finding._worded_numbers(text, numerals.WORDED[language])) == []


@given(_TEXTS | _SPOKEN)
def test_days_are_the_same_with_and_without_the_shortcut(text: str) -> None:
    if dates._DIGIT.search(text) is None:
        assert dates.days_in(text) == []


@given(st.lists(st.tuples(_SPOKEN, st.sampled_from(_LANGUAGES)), min_size=1, max_size=4))
def test_a_glance_at_a_fact_hides_none_that_backs(pairs: list[tuple[str, str]]) -> None:
    said, language = pairs[0]
    claims = find_claims(said, language=language)
    for statement in (said, *(text for text, _ in pairs)):
        for claim in claims:
            if not proofs._possible(claim, language)(statement):
                assert not proofs._backs(statement, claim, language)
