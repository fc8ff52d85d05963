"""Charts: a bar for a number, a gap for none, and titles that say only what the numbers bear."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from aipromote.analytics.breakdown import NOTHING
from aipromote.web.results import drawing, telling

START = date(2026, 3, 20)
VALUES = st.lists(st.none() | st.integers(-50, 100_000), min_size=1, max_size=90)


@given(VALUES)
def test_every_day_has_one_place_and_no_bar_leaves_the_chart(values: list[int | None]) -> None:
    by_day = {START + timedelta(days=place): value for place, value in enumerate(values)}
    made = drawing.bars(by_day, start=START, end=START + timedelta(days=len(values)))
    assert [bar.value for bar in made.bars] == values
    assert made.is_empty == all(value is None for value in values)
    for bar in made.bars:
        assert bar.y >= -drawing._LEAST
        assert bar.y + bar.height <= drawing.HEIGHT + drawing._LEAST
        assert bar.value is not None or bar.height == drawing.HEIGHT
        assert (bar.height > 0) == (bar.value != 0)
    for one, next_one in zip(made.bars, made.bars[1:], strict=False):
        assert one.x + one.width <= next_one.x + 0.01


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_is_never_shaded_less(one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert drawing.shade(less, 1.0) <= drawing.shade(more, 1.0)


def test_one_measurement_is_no_line() -> None:
    assert drawing.spark([None, 7]) == ""
    assert drawing.spark([3, None, 7]).startswith("M1")


def test_a_group_is_only_called_the_best_beside_another_with_enough_posts() -> None:
    strong = replace(NOTHING, posts=9, measured=9, rate=0.04, rated=9)
    few = replace(NOTHING, posts=2, measured=2, rate=0.9, rated=2)
    weak = replace(NOTHING, posts=30, measured=30, rate=0.01, rated=30)
    assert telling.best({"strong": strong, "few": few}) is None
    assert telling.best({"strong": strong, "few": few, "weak": weak}) == ("strong", strong)
    assert "few to build on" in telling.of_groups("strong", strong)
    assert "few to build on" not in telling.of_groups("weak", weak)


def change(now: int | None, whole: list[int], before: list[int]) -> telling.Change:
    return telling.Change(now, telling.Days(whole), telling.Days(before))


def test_a_change_from_nothing_or_from_few_days_is_no_percentage() -> None:
    assert change(100, [100], []).fraction is None
    assert change(100, [100], [0]).fraction is None
    assert "too few before" in telling.of_days(change(100, [100], [0]), 28)
    assert "too few before" in telling.of_days(change(900, [30] * 27, [30] * 9), 28)
    assert "No views" in telling.of_days(change(None, [], [100]), 28)


def test_today_counts_in_the_sum_and_not_in_the_comparison() -> None:
    told = telling.of_days(change(3_007, [150] * 20, [100] * 20), 28)
    assert told == "3,007 views in 28 days, 50.0 % more than in the 28 days before"
