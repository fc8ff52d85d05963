"""The simulated audience: repeatable, cumulative, silent where a platform is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipromote.sandbox.engagement import Subject, counters, followers_gained
from aipromote.sandbox.platforms import COUNTERS, STAND_INS

MONDAY = datetime(2026, 5, 4, 14, tzinfo=UTC)
SUBJECT = Subject(12345, 678, "SANDBOX", 5000, "How do you plan a week?", has_media=False, created_at=MONDAY)


def after(hours, subject=SUBJECT):
    return counters(subject, at=subject.created_at + timedelta(hours=hours))


def test_the_same_post_has_the_same_counters_every_time():
    assert after(24) == after(24)
    assert after(24) == {
        "impressions": 1394,
        "reach": 1087,
        "likes": 48,
        "comments": 13,
        "shares": 6,
        "saves": 9,
        "clicks": 0,
        "followers_delta": 1,
    }


@given(
    st.integers(0, 2**48 - 1),
    st.sampled_from(sorted(STAND_INS)),
    st.text(max_size=300),
    st.floats(0, 5000),
    st.floats(0, 5000),
)
def test_counters_only_grow_with_age(seed, platform, text, one, other):
    subject = replace(SUBJECT, seed=seed, platform=platform, text=text)
    early, late = after(min(one, other), subject), after(max(one, other), subject)
    for name in COUNTERS:
        assert (early[name] is None) == (name in STAND_INS[platform].hidden)
        if early[name] is not None:
            assert 0 <= early[name] <= late[name]


def test_a_post_that_is_not_out_yet_has_nothing():
    assert set(after(-5).values()) == {0}
    assert followers_gained(SUBJECT, at=MONDAY) == 0


def test_a_platform_that_reports_nothing_says_nothing():
    assert set(after(24, replace(SUBJECT, platform="TELEGRAM")).values()) == {None}


@pytest.mark.parametrize(
    ("better", "worse", "counter"),
    [
        ({"text": "Read this https://example.com now"}, {"text": "Read this example now, please"}, "clicks"),
        ({"created_at": MONDAY.replace(day=5)}, {"created_at": MONDAY.replace(day=5, hour=3)}, "impressions"),
        ({"text": "Plan a week?"}, {"text": "Plan a week."}, "comments"),
        ({"followers": 50_000}, {"followers": 500}, "impressions"),
        ({"text": "One #tag"}, {"text": "One #a #b #c #d #e #f"}, "impressions"),
    ],
)
def test_the_audience_reacts_to_what_the_formula_names(better, worse, counter):
    assert after(48, replace(SUBJECT, **better))[counter] > after(48, replace(SUBJECT, **worse))[counter]
