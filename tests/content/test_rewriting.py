"""Texts made shorter, begun otherwise, for other platforms, and as threads: nothing is invented, nothing breaks."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipromote.connectors import limits, links
from aipromote.connectors.counting import fits, length
from aipromote.content.actions.texts import split_parts
from aipromote.content.rewriting import threads
from aipromote.content.rewriting.adapting import adapted
from aipromote.content.rewriting.hooks import other_hooks
from aipromote.content.rewriting.sentences import joined, sentences
from aipromote.content.rewriting.shortening import fitting, shorter
from aipromote.documents.vocabulary import Platform
from aipromote.errors import Conflict, InvalidInput
from factories.organizations import brief

X = limits.of(Platform.TWITTER)
LONG = (
    "Supermarket bread goes stale in a day. Nobody asks why (“it is only bread.”) when it does.\n\nWe bake with old "
    "grains. The dough rests for two nights. So a loaf keeps for a week.\n– no yeast\n– no sugar\n\n"
    "What do you look for in a loaf?\n\nhttps://kornblume.example.com/loaves?day=monday\n\n#bread #hamburg #rye"
)
THREADED = [Platform.TWITTER, Platform.BLUESKY, Platform.MASTODON, Platform.THREADS]

WORDS = st.sampled_from(
    [
        "bread",
        "Brot.",
        "loaf?",
        "日本語の文。",
        "😀",
        "👩‍👩‍👧‍👦!",
        "#rye",
        "#Hafer",
        "kornblume.com/a",
        "https://kornblume.com/b?c=d",
        "x" * 40,
        "“so.”",
    ]
)
TEXTS = st.lists(st.tuples(WORDS, st.sampled_from([" ", " ", " ", "\n", "\n\n"])), min_size=1, max_size=160).map(
    lambda parts: "".join(word + gap for word, gap in parts).strip()
)


def squeezed(text: str) -> str:
    return "".join(text.split())


@given(TEXTS)
def test_sentences_put_together_are_the_text(text: str) -> None:
    assert squeezed(joined(sentences(text))) == squeezed(text)


@given(TEXTS, st.sampled_from(THREADED), st.booleans())
def test_a_thread_fits_loses_nothing_and_breaks_no_address_or_hashtag(
    text: str, platform: Platform, numbered: bool
) -> None:
    known = limits.of(platform)
    parts = threads.split(text, known, numbered=numbered)
    assert 1 <= len(parts) <= known.max_parts
    assert all(fits(part, known) for part in parts)
    plain = [re.sub(rf" \d+/{len(parts)}$", "", part) for part in parts] if numbered and len(parts) > 1 else parts
    assert squeezed("".join(plain)) == squeezed(text)
    for token in text.split():
        if token.startswith(("#", "https://", "kornblume")):
            assert any(token in part.split() for part in parts), token
    assert split_parts("\n\n".join(parts)) == parts, "as the piece keeps it"
    assert squeezed(threads.join(parts)) == squeezed(text)


def test_a_thread_is_split_between_sentences_where_it_can_be() -> None:
    text = " ".join(f"Sentence {word} is one of several in this text." for word in "abcdefghijklm")
    parts = threads.split(text, X, numbered=True)
    assert len(parts) == 3
    assert [part[-4:] for part in parts] == [" 1/3", " 2/3", " 3/3"]
    assert all(part[:-4].endswith("text.") for part in parts)
    assert threads.join(parts) == "\n\n".join(part[:-4] for part in parts)


def test_what_is_no_thread_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no threads"):
        threads.split(LONG, limits.of(Platform.LINKEDIN))
    with pytest.raises(InvalidInput, match="where 25 are accepted"):
        threads.split("A sentence of some words that goes on. " * 300, X)
    with pytest.raises(InvalidInput, match="alone is longer"):
        threads.split("https://kornblume.com/" + "a" * 400, limits.of(Platform.BLUESKY))
    assert threads.split("https://kornblume.com/" + "a" * 400, X), "X counts an address as 23"


def test_shorter_leaves_whole_sentences_out_and_keeps_the_first_and_the_disclaimer() -> None:
    before = length(LONG, X.counting)
    for percent in (10, 30, 50):
        text = shorter(LONG, X, percent=percent)
        assert length(text, X.counting) <= before * (100 - percent) / 100
        assert text.startswith("Supermarket bread goes stale in a day.")
        assert {one.text for one in sentences(text)} <= {one.text for one in sentences(LONG)}
    kept = shorter(f"{LONG}\n\nNo advice.", X, percent=80, keep=["No advice."])
    assert kept.endswith("No advice.")
    assert "What do you look for" in shorter(LONG, X, percent=30), "the close goes late"


def test_what_cannot_be_shorter_is_said() -> None:
    with pytest.raises(Conflict, match="no sentence"):
        shorter("One sentence only.", X, percent=20)
    with pytest.raises(InvalidInput):
        shorter(LONG, X, percent=0)


@given(TEXTS, st.sampled_from(list(Platform)))
def test_an_adapted_text_fits_and_every_address_in_it_is_whole(text: str, platform: Platform) -> None:
    try:
        made = adapted(f"Bread keeps. {text}", platform)
    except Conflict:
        return
    assert fits(made, limits.of(platform))
    original = {text[link.start : link.end] for link in links.find(text)}
    assert {made[link.start : link.end] for link in links.find(made)} <= original


def test_a_long_post_becomes_one_for_x_with_its_few_hashtags() -> None:
    made = adapted(LONG * 1, Platform.TWITTER)
    assert fits(made, X)
    assert made.startswith("Supermarket bread")
    assert "kornblume" not in adapted(LONG, Platform.INSTAGRAM), "nobody could follow it there"
    assert fitting("A very long sentence " * 40, X).endswith("…")


def test_another_first_line_comes_from_the_pack_or_from_the_text() -> None:
    given_brief = brief(icp={"pain_points": ["Supermarket bread goes stale in a day"]})
    first, *_ = other_hooks(LONG, brief=given_brief, facts=())
    assert first == f"A problem worth a closer look:\n\n{joined(sentences(LONG))}"
    second, *_ = other_hooks(first, brief=given_brief, facts=())
    assert second.startswith("This one is familiar to many:\n\nSupermarket"), "it takes the place of the one before"
    own, *_ = other_hooks(LONG, brief=brief(), facts=())
    assert own.startswith("What do you look for in a loaf?\n\nSupermarket bread")
    with pytest.raises(Conflict):
        other_hooks("One sentence only.", brief=brief(), facts=())
