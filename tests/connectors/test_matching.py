"""Our own post is found in a list by its text alone, and never another's."""

import html
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aipromote.connectors.contract import Armed, Part, Published, Undecided
from aipromote.connectors.matching import AFTER, BEFORE, Candidate, find, fingerprint, normal

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
ARMED = Armed("key", NOW)
TEXT = "We shipped it & it works: https://aipromote.com/blog?a=1&b=2\n\nRead #more — café."


def listed(text, *, number=1, after=timedelta(seconds=1), reply_to=None, full_links=None) -> Candidate:
    post = Published(f"p{number}", f"https://example.com/p{number}", NOW + after)
    return Candidate(post, text, reply_to, full_links or {})


words = st.text(alphabet=st.sampled_from("abcé& <>;#amplt日👍.\n\t-'\"1"), min_size=1, max_size=30)
addresses = st.sampled_from(
    ["https://aipromote.com", "https://aipromote.com/a?x=1&y=2", "http://example.org/b/", "https://a.co/x"]
)
texts = st.lists(words | addresses, min_size=1, max_size=6).map(" ".join).filter(lambda text: text.strip())


@st.composite
def mangled(draw, text):
    """What a network may make of a text, and what it says about the links."""
    full_links = {}
    for number, address in enumerate(sorted({word for word in text.split() if word.startswith("http")}, key=len)[::-1]):
        if draw(st.booleans()):
            short = f"https://t.co/{number}{'xYz' * 3}"
            text = " ".join(short if word == address else word for word in text.split())
            full_links[short] = address
    if draw(st.booleans()):
        space = draw(st.sampled_from([" ", "\n", "  ", "\u00a0", " \r\n "]))
        text = draw(st.sampled_from(["", " ", "\n"])) + space.join(text.split()) + draw(st.sampled_from(["", "\n\n"]))
    text = unicodedata.normalize(draw(st.sampled_from(["NFC", "NFD"])), text)
    return (html.escape(text, quote=draw(st.booleans())) if draw(st.booleans()) else text), full_links


@given(data=st.data(), text=texts)
def test_a_text_is_found_whatever_the_network_makes_of_it(data, text):
    theirs, full_links = data.draw(mangled(text))
    candidate = listed(theirs, full_links=full_links)
    assert find(Part(text), ARMED, [candidate]) == candidate.post


@given(ours=texts, others=st.lists(texts, max_size=5))
def test_another_text_is_never_taken_for_ours(ours, others):
    assume(fingerprint(ours) not in map(fingerprint, others))
    candidates = [listed(text, number=number) for number, text in enumerate(others)]
    assert find(Part(ours), ARMED, candidates) is None
    mine = listed(ours, number=99)
    for place in range(len(candidates) + 1):  # wherever it stands in the list
        assert find(Part(ours), ARMED, [*candidates[:place], mine, *candidates[place:]]) == mine.post


@given(text=texts, count=st.integers(2, 4))
def test_several_that_fit_are_not_decided(text, count):
    found = find(Part(text), ARMED, [listed(text, number=number) for number in range(count)])
    assert found == Undecided(found.reason, final=True)


@given(text=texts, seconds=st.integers(-7200, 7200))
def test_only_what_came_about_when_it_was_sent_is_ours(text, seconds):
    after = timedelta(seconds=seconds)
    found = find(Part(text), ARMED, [listed(text, after=after)])
    assert (found is not None) == (-BEFORE <= after <= AFTER)


@given(st.text())
def test_the_normal_form_of_a_normal_form_is_itself(text):
    assert normal(normal(text)) == normal(text)


def test_the_same_post_on_two_pages_of_a_list_is_one():
    mine = listed(TEXT)
    assert find(Part(TEXT), ARMED, [mine, mine]) == mine.post


def test_an_answer_to_another_post_is_not_ours():
    assert find(Part(TEXT, 1, reply_to="p7"), ARMED, [listed(TEXT), listed(TEXT, number=2, reply_to="p8")]) is None
    mine = listed(TEXT, number=3, reply_to="p7")
    assert find(Part(TEXT, 1, reply_to="p7"), ARMED, [listed(TEXT), mine]) == mine.post


@pytest.mark.parametrize(
    "theirs",
    [
        TEXT.replace("works", "worked"),
        TEXT.replace("blog", "blog2"),
        TEXT + "!",
        TEXT.replace("W", "w", 1),
        TEXT.removesuffix("."),
        "",
    ],
)
def test_a_changed_word_letter_or_link_is_another_post(theirs):
    assert find(Part(TEXT), ARMED, [listed(theirs)]) is None


def test_a_link_that_the_network_hides_leaves_it_undecided():
    """Two posts that differ only in their link look the same then."""
    candidate = listed(TEXT.replace("https://aipromote.com/blog?a=1&b=2", "https://lnkd.in/eXaMpLe"))
    assert find(Part(TEXT), ARMED, [candidate]) is None
    found = find(Part(TEXT), ARMED, [candidate], shorteners=["lnkd.in"])
    assert found == Undecided(found.reason, final=True)
    other = listed(candidate.text.replace("shipped", "sold"))
    assert find(Part(TEXT), ARMED, [other], shorteners=["lnkd.in"]) is None


def test_a_post_without_words_is_never_guessed():
    found = find(Part(" \n"), ARMED, [listed("")])
    assert found == Undecided(found.reason, final=True)
