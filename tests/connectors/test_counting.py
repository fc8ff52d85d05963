"""The published vectors of each network's way to count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipromote.connectors import limits, links
from aipromote.connectors.contract import Counting
from aipromote.connectors.counting import fits, graphemes, length, measure
from aipromote.documents.vocabulary import Platform

FAMILY = "👨\u200d👩\u200d👧\u200d👦"
RAINBOW = "🏳\ufe0f\u200d🌈"
ADDRESS = "https://example.com/very/long/path?x=1"
TYPOGRAPHIC = "smart “quotes” — dash…"


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("hello", 5),
        ("a" * 280, 280),
        ("日本語", 6),
        ("👍", 2),
        ("👍🏽", 2),
        (FAMILY, 2),
        ("🇺🇸", 2),
        (RAINBOW, 2),
        ("1\ufe0f\u20e3", 2),
        ("é", 1),
        ("e\u0301", 1),
        (ADDRESS, 23),
        ("see example.com now", 31),
        ("Visit http://a.co", 29),
        ("x.com", 23),
        ("t.co/abc", 23),
        ("foo.co.uk/x", 23),
        ("AIPromote.py", 23),
        ("node.js", 7),
        ("a.b", 3),
        (TYPOGRAPHIC, 23),
        ("★", 2),
        ("①", 2),
        ("ﬁ", 2),
        ("\u200d", 1),
        ("me@example.com", 14),
        ("1.5 million", 11),
        ("(https://en.wikipedia.org/wiki/A_(b))", 25),
        ("Read https://a.co/x, then b.io.", 59),
        ("“example.com”", 25),
        ("https://example.com:8080/a!", 24),
        ("http://twitter.com/これは日本語です。example.com中国語", 70),
        ("https://t.co/abc日本", 27),
        ("#x.com $x.com @x.com", 20),
    ],
)
def test_x_weighs_a_text_like_its_published_grammar(text, weight):
    assert length(text, Counting.WEIGHTED) == weight


@pytest.mark.parametrize(
    ("text", "clusters", "size", "units", "points"),
    [
        ("hello", 5, 5, 5, 5),
        ("日本語", 3, 9, 3, 3),
        ("👍", 1, 4, 2, 1),
        ("👍🏽", 1, 8, 4, 2),
        (FAMILY, 1, 25, 11, 7),
        ("🇺🇸", 1, 8, 4, 2),
        (RAINBOW, 1, 14, 6, 4),
        ("é", 1, 2, 1, 1),
        ("e\u0301", 1, 3, 2, 2),
        (ADDRESS, 38, 38, 38, 38),
        (TYPOGRAPHIC, 22, 30, 22, 22),
        ("★", 1, 3, 1, 1),
        ("①", 1, 3, 1, 1),
        ("ﬁ", 1, 3, 1, 1),
        ("\u200d", 1, 3, 1, 1),
        ("see example.com now", 19, 19, 19, 19),
        ("Visit http://a.co", 17, 17, 17, 17),
        ("a\r\nb", 3, 4, 4, 4),
    ],
)
def test_each_unit_counts_as_its_name_says(text, clusters, size, units, points):
    assert length(text, Counting.GRAPHEMES) == clusters
    assert length(text, Counting.BYTES) == size
    assert length(text, Counting.UTF16) == units
    assert length(text, Counting.CHARACTERS) == points


def test_x_takes_280_and_refuses_281():
    assert fits("a" * 280, limits.of(Platform.TWITTER))
    assert not fits("a" * 281, limits.of(Platform.TWITTER))
    assert measure("a" * 281, limits.of(Platform.TWITTER)).left == -1


def test_a_text_can_be_short_enough_in_graphemes_and_still_too_many_bytes():
    assert fits(FAMILY * 100, limits.of(Platform.BLUESKY))
    assert not fits(FAMILY * 121, limits.of(Platform.BLUESKY))


def test_threads_counts_an_emoji_by_its_bytes():
    assert length("ok 👍", Counting.EMOJI_BYTES) == 7


def test_mastodon_counts_a_link_as_23_and_a_remote_mention_without_its_host():
    assert length("https://example.com/a/very/long/path/indeed", Counting.LINKS_AS_23) == 23
    assert length("hi @ada@example.social", Counting.LINKS_AS_23) == len("hi @ada")
    assert length("example.com", Counting.LINKS_AS_23) == 11


SHORT, LONG = "http://a.co", "https://example.com/" + "path/" * 60 + "?x=1&y=2"


@pytest.mark.parametrize("unit", [Counting.WEIGHTED, Counting.LINKS_AS_23])
@given(before=st.text("ab é日👍.\n", max_size=20), after=st.text("ab é日👍.\n", max_size=20))
def test_a_link_counts_the_same_however_long_it_is(unit, before, after):
    around = length(f"{before} \n {after}", unit) - length("\n", unit)
    assert {length(f"{before} {link} {after}", unit) for link in (SHORT, LONG)} == {around + 23}


def test_a_text_that_fits_only_with_its_links_shortened_fits():
    text = " ".join([LONG] * 5)
    assert length(text, Counting.WEIGHTED) == 5 * 23 + 4
    assert fits(text, limits.of(Platform.TWITTER))
    assert fits(text, limits.of(Platform.MASTODON))
    assert not fits(text, limits.of(Platform.BLUESKY))  # counts every letter of a link
    assert not fits("a" * 255 + f" {SHORT} x", limits.of(Platform.TWITTER))  # short, but 23 on X


def test_a_bare_name_takes_its_query_along_only_with_a_path():
    assert [(link.start, link.end) for link in links.find("a.com?b=c a.com/?b=c")] == [(0, 5), (10, 20)]


@given(st.text(alphabet=st.sampled_from("a.:/é日👍 -_@#?&=()1xcom\n\u200d\ufe0f"), max_size=60))
def test_links_never_overlap_and_lengths_never_fail(text):
    ends = 0
    for link in links.find(text):
        assert ends <= link.start < link.end <= len(text)
        ends = link.end
    assert "".join(graphemes(text)) == text
    assert all(length(text, unit) >= 0 for unit in Counting)


_PIECES = st.sampled_from(
    ["x.com", "node.js", "https://a.co/b?c=1.", "t.co/abc", "1", "#", "*", "\r\n", "\r", "\n", " ", ".", "@a", "a-b"]
)


@given(st.lists(_PIECES | st.characters(max_codepoint=127), max_size=30).map("".join))
def test_text_that_is_all_ascii_counts_as_it_would_beside_other_letters(text: str) -> None:
    # A letter that weighs as much as any, and stands apart, sends the text through the count for all scripts.
    for counting in (Counting.WEIGHTED, Counting.GRAPHEMES):
        assert length(text, counting) == length(f"{text} \u00e9", counting) - 2
