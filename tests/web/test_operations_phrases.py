"""How the operations pages put things: whatever a queue holds, it is safe to read."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipromote.jobs.throughput import Minute
from aipromote.web.operations.charts import chart
from aipromote.web.operations.phrases import commands, listed, pointed, readable, reason

_BEGIN = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)
_JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=9)


@given(st.text())
def test_nothing_that_cannot_be_seen_is_shown(text: str) -> None:
    assert all(sign.isprintable() or sign in "\n\t" for sign in readable(text))


@given(st.text(), st.integers(1, 50))
def test_what_is_too_long_is_cut_and_says_so(text: str, longest: int) -> None:
    shown = readable(text, longest)
    assert shown.endswith("more characters)") if len(text) > longest else len(shown) == len(text)


@given(_JSON)
def test_any_pointer_can_be_shown_in_one_line(pointer: object) -> None:
    assert "\n" not in pointed(pointer)
    assert pointed(pointer).isascii() or "…" in pointed(pointer)


@given(st.text())
def test_commands_are_the_only_markup_in_a_sentence(text: str) -> None:
    assert not re.search(r"[<>]", re.sub(r"</?code>", "", str(commands(text))))


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("did not finish within 120 s", "It hung: it was ended after 120 s."),
        ("job stalled more than allowable limit", "Workers died of it again and again"),
        ("dropped: no handler for 'x'", "No worker of this release knows this kind of job."),
        ("\n  The network said no.\nmore", "The network said no."),
        ("", "It says nothing."),
    ],
)
def test_reasons_are_told_in_words_where_we_know_them(raw: str, words: str) -> None:
    assert reason(raw).startswith(words)


def test_things_are_listed_as_people_do() -> None:
    assert [listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=120))
def test_a_chart_stays_inside_its_frame_and_draws_each_minute_in_which_something_was(
    amounts: list[tuple[int, int]],
) -> None:
    minutes = [Minute(_BEGIN + timedelta(minutes=n), *amount) for n, amount in enumerate(amounts)]
    drawn = chart(minutes, zone="Europe/Lisbon")
    for path, kind in ((drawn.done, 0), (drawn.failed, 1)):
        bars = [tuple(map(float, bar)) for bar in re.findall(r"M([\d.]+) ([\d.]+)v(-?[\d.]+)", path)]
        assert len(bars) == sum(amount[kind] > 0 for amount in amounts)
        for across, middle, length in bars:
            assert 0 <= across <= drawn.width
            assert 0 <= middle + length <= drawn.height


def test_a_chart_says_how_much_was_done_when_and_what_failed() -> None:
    minutes = [Minute(_BEGIN + timedelta(minutes=n), done, failed) for n, (done, failed) in enumerate([(2, 0), (5, 1)])]
    assert chart(minutes, zone="UTC").words == "7 done, 5 of them at 02:01; 1 failed."
    assert chart(minutes[:1], zone="UTC").words == "2 done, all at 02:00; none failed."
    assert chart([], zone="UTC").words == "Nothing was finished."
