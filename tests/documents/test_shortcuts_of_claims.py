"""What is not looked for in texts that cannot have it would not have been found there."""

from hypothesis import given
from hypothesis import strategies as st

from aipromote.connectors import links
from aipromote.documents.claims import dates, finding, silence

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


@given(_TEXTS)
def test_claimed_days_are_the_same_with_and_without_the_shortcut(text: str) -> None:
    assert len(list(dates.find_dates(text))) == len(list(dates._CUED.finditer(text)))
