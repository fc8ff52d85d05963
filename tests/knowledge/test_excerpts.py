"""A cut text is an unbroken stretch of the source, of bounded length."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aipromote.knowledge.excerpts import excerpt

WORDS = st.lists(st.sampled_from(["oven", "rye", "é", "东京", "a" * 400, "x"]), max_size=400).map(" ".join)


@given(text=st.one_of(WORDS, st.text(max_size=2000)), asked=st.sampled_from(["", "oven", "rye é", "东京"]))
def test_an_excerpt_is_a_stretch_of_the_text_and_never_too_long(text: str, asked: str) -> None:
    cut = excerpt(text, asked)
    assert len(cut) <= 700
    if cut != text.strip():
        assert len(text.strip()) > 700
        assert cut.startswith("…") or cut.endswith("…")
        # The text's own ellipses aside.
        assert cut.removeprefix("…").removesuffix("…") in text


def test_the_stretch_with_the_most_of_what_was_asked_for_is_taken() -> None:
    text = "The oven. " + "Plain flour. " * 100 + "An old oven of brick, the oldest. " + "Plain flour. " * 100
    cut = excerpt(text, "old ovens of bricks")
    assert "An old oven of brick, the oldest." in cut
    assert cut.startswith("…")
    assert cut.endswith("…")
