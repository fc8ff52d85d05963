"""Spans of time, as people are told them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aipromote.publishing.words import duration


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 second"), (119, "119 seconds"), (120, "2 minutes"), (7100, "118 minutes"), (7199, "2 hours"),
        (7200, "2 hours"), (5400, "90 minutes"), (172_799, "2 days"), (160_000, "44 hours"),
    ],
)  # fmt: skip
def test_a_span_is_said_in_the_largest_unit_of_which_there_are_two(seconds: int, words: str) -> None:
    assert duration(timedelta(seconds=seconds)) == words
