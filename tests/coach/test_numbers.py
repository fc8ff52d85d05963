"""Estimates say how sure they are, and noise rarely looks like news."""

from __future__ import annotations

import random
from itertools import combinations
from statistics import fmean

import pytest

from aipromote.coach.numbers import difference_interval, is_unlikely_by_chance, mean_interval


def test_too_few_values_have_no_interval() -> None:
    assert mean_interval([0.1, 0.2, 0.3, 0.4]) is None
    assert difference_interval([0.1] * 5, [0.1] * 4) is None


def test_the_interval_of_a_mean_is_the_textbooks() -> None:
    low, high = mean_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    # t(0.975, 4) = 2.776; s = 1.5811; s / sqrt(5) = 0.7071
    assert (low, high) == (pytest.approx(3 - 1.963, abs=0.01), pytest.approx(3 + 1.963, abs=0.01))


def test_the_interval_of_a_difference_is_welchs() -> None:
    low, high = difference_interval([1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 4.0, 6.0, 8.0, 10.0])
    # difference -3, standard error 1.5811, 5.88 degrees of freedom: t = 2.459
    assert (low, high) == (pytest.approx(-3 - 3.888, abs=0.02), pytest.approx(-3 + 3.888, abs=0.02))


def test_equal_values_have_an_interval_of_one_point() -> None:
    assert mean_interval([0.25] * 6) == (0.25, 0.25)
    assert difference_interval([0.5] * 5, [0.25] * 5) == (0.25, 0.25)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    draws = random.Random(7)
    hits = 0
    for _ in range(2000):
        low, high = mean_interval([draws.gauss(3, 1) for _ in range(6)])
        hits += low <= 3 <= high
    assert 0.93 <= hits / 2000 <= 0.97


def test_a_clear_difference_is_told_from_chance_and_no_difference_is_not() -> None:
    low, high = [0.010, 0.012, 0.011, 0.013, 0.012, 0.011], [0.030, 0.032, 0.031, 0.029, 0.033, 0.030]
    assert is_unlikely_by_chance(low, high, seed="a", level=0.01)
    assert not is_unlikely_by_chance(low, low, seed="a", level=0.05)
    assert not is_unlikely_by_chance([0.1] * 5, [0.1] * 5, seed="a", level=0.05)


def test_noise_is_taken_for_news_no_more_often_than_the_level_allows() -> None:
    draws = random.Random(11)
    alarms = 0
    for number in range(1600):
        values = [draws.lognormvariate(-3, 0.8) for _ in range(16)]
        alarms += is_unlikely_by_chance(values[:6], values[6:], seed=str(number), level=0.05)
    assert alarms <= 106, "1600 draws at 5 % give 80; 106 is three standard deviations more"


def test_the_answer_is_that_of_counting_all_divisions() -> None:
    draws = random.Random(5)
    for number in range(20):
        first = [draws.lognormvariate(0.5, 0.6) for _ in range(5)]
        second = [draws.lognormvariate(0, 0.6) for _ in range(5)]
        values = [*first, *second]
        gaps = [abs(2 * sum(part) - sum(values)) for part in combinations(values, 5)]
        exact = sum(gap >= abs(sum(first) - sum(second)) - 1e-12 for gap in gaps) / len(gaps)
        assert not is_unlikely_by_chance(first, second, seed=str(number), level=exact * 0.5)
        assert is_unlikely_by_chance(first, second, seed=str(number), level=exact * 1.5)


def test_the_same_seed_gives_the_same_answer() -> None:
    draws = random.Random(3)
    values = [draws.random() for _ in range(12)]
    answers = {is_unlikely_by_chance(values[:6], values[6:], seed="s", level=0.3) for _ in range(3)}
    assert len(answers) == 1
    assert fmean(values) > 0
