"""Where networks fold a text, what of it they take, and which links become cards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipromote.connectors import counting, limits, showing
from aipromote.documents.vocabulary import Platform

TEXTS = st.text(max_size=400) | st.lists(st.sampled_from(["👩‍👩‍👧", "é", "e\u0301", "\n", " ", "שלום", "word "])).map(
    "".join
)


@given(TEXTS, st.sampled_from(list(Platform)))
def test_nothing_of_a_text_is_lost_or_changed_by_showing_it(text: str, platform: Platform) -> None:
    seen, behind = showing.folded(text, platform)
    assert seen + behind == text
    taken, beyond = showing.within(text, limits.of(platform))
    assert taken + beyond == text
    assert counting.fits(taken, limits.of(platform))


def test_linkedin_folds_after_three_lines_or_some_two_hundred_characters() -> None:
    assert showing.folded("One.\nTwo.\nThree.\nFour.", Platform.LINKEDIN) == ("One.\nTwo.\nThree.", "\nFour.")
    seen, behind = showing.folded("word " * 100, Platform.LINKEDIN)
    assert 190 < len(seen) <= 210
    assert not seen.endswith("wor")
    assert behind


def test_a_family_is_one_character_and_is_not_torn_apart() -> None:
    seen, _ = showing.folded("👩‍👩‍👧" * 130, Platform.INSTAGRAM)
    assert seen == "👩‍👩‍👧" * 125


@pytest.mark.parametrize("platform", [Platform.TWITTER, Platform.BLUESKY, Platform.TELEGRAM, Platform.DEVTO])
def test_where_no_fold_is_known_nothing_is_folded(platform: Platform) -> None:
    assert showing.folded("A line.\n" * 60, platform) == ("A line.\n" * 60, "")


def test_a_card_says_no_more_than_is_known() -> None:
    text = "Read https://www.kornblume.com/rye?x=1 now"
    ours = showing.card_of(text, Platform.BLUESKY)
    assert ours is not None
    assert (ours.host, ours.title) == ("kornblume.com", "kornblume.com")
    theirs = showing.card_of(text, Platform.TWITTER, title="A title that X never gets")
    assert theirs is not None
    assert theirs.title == ""
    assert showing.card_of(text, Platform.INSTAGRAM) is None
    assert showing.card_of(text, Platform.BLUESKY, has_files=True) is None
    assert showing.card_of("Read kornblume.com now", Platform.BLUESKY) is None
