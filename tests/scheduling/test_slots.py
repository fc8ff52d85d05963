"""Times are inside the windows, apart from each other, real on the clocks of the zone, and the same every time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipromote.documents.strategy import PostingWindow
from aipromote.documents.vocabulary import Platform
from aipromote.scheduling.slots import (
    ACCOUNT_GAP,
    DAY,
    HORIZON_DAYS,
    ORGANIZATION_GAP,
    Choice,
    Diary,
    Wish,
    choose,
    exists,
    instant,
    wall_clock,
)

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 11, 23)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
ACCOUNTS = [UUID(int=number) for number in range(1, 4)]
PLATFORMS = [Platform.TWITTER, Platform.LINKEDIN, Platform.BLUESKY]


def at_home(text: str) -> datetime:
    """A time on the clocks of some zone."""
    return datetime.fromisoformat(text)


def window(
    weekday: int = 0, start: str = "09:00", end: str = "12:00", platform: Platform = Platform.TWITTER
) -> PostingWindow:
    return PostingWindow.model_validate(
        {"platform": platform, "weekday": weekday, "from": start, "to": end, "time_zone": "Europe/Berlin"}
    )


def wish(number: int = 0, day: date = MONDAY, account: int = 0) -> Wish:
    return Wish(UUID(int=1000 + number), f"{day}/{number}", day, PLATFORMS[account], ACCOUNTS[account])


def times(
    wishes: Sequence[Wish],
    *windows: PostingWindow,
    zone: ZoneInfo = BERLIN,
    taken: Diary | None = None,
    earliest: datetime = LONG_AGO,
) -> list[Choice]:
    return choose(wishes, windows=windows, zone=zone, taken=taken or Diary(), earliest=earliest)


def test_a_post_stands_in_the_window_of_its_weekday_on_the_clocks_of_the_zone() -> None:
    (choice,) = times([wish()], window(), window(1, "18:00", "20:00"))
    assert time(9) <= choice.local.time() < time(12)
    assert choice.local.date() == MONDAY
    assert choice.at == choice.local.replace(tzinfo=BERLIN)
    assert choice.at.tzinfo is UTC
    assert choice.reason is None


def test_the_same_wishes_get_the_same_times_in_whatever_order_they_come() -> None:
    wishes = [wish(number, MONDAY + timedelta(days=number // 2), number % 3) for number in range(12)]
    there, back = times(wishes, window()), times(wishes[::-1], window())
    assert there == back


def test_posts_are_spread_and_do_not_all_go_out_on_the_hour() -> None:
    choices = times([wish(0, MONDAY + timedelta(days=7 * week)) for week in range(12)], window())
    assert len({choice.local.time() for choice in choices}) > 6


def test_a_day_without_a_window_takes_the_hours_of_the_others_and_an_unknown_platform_office_hours() -> None:
    (choice,) = times([wish(day=MONDAY + timedelta(days=2))], window(start="18:00", end="20:00"))
    assert (choice.local.date(), choice.reason) == (MONDAY + timedelta(days=2), None)
    assert time(18) <= choice.local.time() < time(20)
    (other,) = times([wish(account=2)], window())
    assert time(9) <= other.local.time() < time(17)


def test_what_finds_no_place_in_its_window_moves_within_the_day_and_then_to_the_next() -> None:
    choices = times([wish(number) for number in range(9)], window(end="09:30"))
    assert [choice.reason for choice in choices[:2]] == [
        None,
        "Moved out of its posting window, which had no free time.",
    ]
    assert choices[-1].reason == "Moved from Monday, 23 November: Monday had no free time."
    assert choices[-1].local.date() == MONDAY + timedelta(days=1)


def test_nine_fifty_nine_and_ten_o_one_are_in_conflict() -> None:
    at = datetime(2026, 11, 23, 9, 59, tzinfo=UTC)
    taken = Diary([(at, ACCOUNTS[0])])
    assert not taken.is_free(at + timedelta(minutes=2), ACCOUNTS[0])
    assert not taken.is_free(at + timedelta(minutes=2), ACCOUNTS[1])
    assert taken.is_free(at + timedelta(minutes=5), ACCOUNTS[1])
    assert taken.is_free(at - ACCOUNT_GAP, ACCOUNTS[0])
    assert not taken.is_free_minute(at + timedelta(seconds=59))
    assert taken.is_free_minute(at + timedelta(minutes=1))


def test_nothing_is_put_into_the_past() -> None:
    earliest = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)  # 11:30 in Berlin
    (late,) = times([wish()], window(), earliest=earliest)
    assert (late.at >= earliest, late.local.date(), late.reason) == (True, MONDAY, None)
    (past,) = times([wish(day=MONDAY - timedelta(days=3))], window(), earliest=earliest)
    assert past.at >= earliest
    assert past.reason == "Moved from Friday, 20 November: its day has passed."


def test_a_wish_without_a_place_within_the_horizon_is_left_out() -> None:
    every_hour = [
        (datetime(2026, 11, 23, tzinfo=UTC) + timedelta(hours=hour), ACCOUNTS[0])
        for hour in range(24 * (HORIZON_DAYS + 1))
    ]
    assert times([wish()], window(), taken=Diary(every_hour)) == []


SPRING, AUTUMN = date(2027, 3, 28), date(2027, 10, 31)


def test_a_time_that_the_clocks_skip_is_never_chosen() -> None:
    (choice,) = times([wish(day=SPRING)], window(6, "02:00", "03:00"))
    assert exists(choice.local, BERLIN)
    assert wall_clock(choice.at, BERLIN) == choice.local
    assert choice.reason == "Moved out of its posting window, which had no free time."


def test_a_time_that_comes_twice_is_never_chosen() -> None:
    (choice,) = times([wish(day=AUTUMN)], window(6, "02:00", "03:00"))
    assert not time(2) <= choice.local.time() < time(3)


def test_a_clock_change_does_not_move_the_posts_around_it() -> None:
    days = [SPRING - timedelta(days=7), SPRING, SPRING + timedelta(days=7)]
    choices = times([Wish(UUID(int=9), "same", day, PLATFORMS[0], ACCOUNTS[0]) for day in days], window(6))
    assert all(time(9) <= choice.local.time() < time(12) for choice in choices)
    offsets = {choice.local.replace(tzinfo=UTC) - choice.at for choice in choices}
    assert offsets == {timedelta(hours=1), timedelta(hours=2)}


@pytest.mark.parametrize(
    ("local", "at", "is_real"),
    [
        (at_home("2027-03-28 02:30"), datetime(2027, 3, 28, 1, 30, tzinfo=UTC), False),  # 03:30 by then
        (at_home("2027-10-31 02:30"), datetime(2027, 10, 31, 0, 30, tzinfo=UTC), False),  # the first of the two
        (at_home("2027-10-31 03:30"), datetime(2027, 10, 31, 2, 30, tzinfo=UTC), True),
    ],
)
def test_times_that_do_not_exist_or_come_twice_have_one_meaning(local, at, is_real) -> None:
    assert instant(local, BERLIN) == at
    assert exists(local, BERLIN) is is_real


zones = st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"])
days = st.dates(date(2027, 3, 20), date(2027, 4, 5)) | st.dates(date(2027, 10, 25), date(2027, 11, 8))
orders = st.lists(st.tuples(days, st.integers(0, 2)), max_size=12)
edges = st.tuples(st.integers(0, 22), st.integers(1, 3)).map(
    lambda e: (f"{e[0]:02}:00", f"{min(23, e[0] + e[1]):02}:30")
)
plans = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 6), edges), max_size=8)


@settings(max_examples=60, deadline=None)
@given(
    orders=orders,
    plan=plans,
    zone_name=zones,
    earliest=st.datetimes(at_home("2027-03-01 00:00"), at_home("2027-11-01 00:00")),
)
def test_no_two_posts_are_closer_than_allowed_and_every_move_has_its_reason(orders, plan, zone_name, earliest) -> None:
    zone, now = ZoneInfo(zone_name), earliest.replace(tzinfo=UTC)
    wishes = [wish(number, day, account) for number, (day, account) in enumerate(orders)]
    windows = [window(weekday, start, end, PLATFORMS[p]) for p, weekday, (start, end) in plan]
    choices = times(wishes, *windows, zone=zone, earliest=now)
    assert {choice.wish for choice in choices} == set(wishes)
    for choice in choices:
        assert choice.at >= now
        assert wall_clock(choice.at, zone) == choice.local
        assert choice.local.date() == choice.wish.day or choice.reason is not None
        assert _is_in_a_window(choice, windows) or (choice.reason and DAY[0] <= choice.local.time() < DAY[1])
    for one, other in ((a, b) for a in choices for b in choices if a is not b):
        apart = abs(one.at - other.at)
        assert apart >= (ACCOUNT_GAP if one.wish.account_id == other.wish.account_id else ORGANIZATION_GAP)


def _is_in_a_window(choice: Choice, windows: Sequence[PostingWindow]) -> bool:
    own = [w for w in windows if w.platform is choice.wish.platform]
    now = choice.local.time()
    bands = [(time.fromisoformat(w.from_), time.fromisoformat(w.to)) for w in own] or [(time(9), time(17))]
    return any(start <= now < end for start, end in bands)
