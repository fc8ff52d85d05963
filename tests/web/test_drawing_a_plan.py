"""What is drawn of a plan: windows on the audience's clocks, and ninety days as weeks."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from aipromote.documents.strategy import PostingWindow
from aipromote.web.strategy_drawing import hours, weeks
from factories import strategy as plans

MONDAY = date(2026, 11, 23)


def _window(weekday: int, begin: str, end: str, zone: str = "Europe/Berlin") -> PostingWindow:
    values: dict[str, Any] = {"platform": "TWITTER", "weekday": weekday, "from": begin, "to": end, "time_zone": zone}
    return PostingWindow.model_validate(values)


def test_a_part_of_an_hour_is_paler() -> None:
    cells = hours([_window(0, "09:30", "11:00")], zone="Europe/Berlin", week=MONDAY)
    assert [(one.weekday, one.hour, one.part, one.shade) for one in cells] == [(0, 9, 0.5, 3), (0, 10, 1, 1)]


def test_a_window_of_another_zone_lies_where_the_audience_has_it_over_the_end_of_the_week_too() -> None:
    cells = hours([_window(6, "20:00", "21:00", "America/New_York")], zone="Europe/Berlin", week=MONDAY)
    assert [(one.weekday, one.hour) for one in cells] == [(0, 2)]


_clock = st.integers(0, 24 * 60 - 1)


@given(st.integers(0, 6), _clock, _clock)
def test_the_cells_of_a_window_last_as_long_as_it(weekday: int, one: int, other: int) -> None:
    begin, end = sorted((one, other))
    if begin == end:
        return
    clocks = [f"{at // 60:02d}:{at % 60:02d}" for at in (begin, end)]
    cells = hours([_window(weekday, *clocks)], zone="Europe/Berlin", week=MONDAY)
    assert round(sum(cell.part for cell in cells) * 60) == end - begin
    assert {cell.weekday for cell in cells} == {weekday}


def test_every_post_of_a_plan_is_in_its_week_with_the_shade_of_its_pillar() -> None:
    plan = plans.document()
    found = weeks(plan.calendar_skeleton, pillars=plans.PILLARS)
    assert sum(week.count for week in found) == len(plan.calendar_skeleton)
    assert (found[0].monday, found[0].count) == (MONDAY, 3)
    assert [post.shade for day in found[0].days for post in day.posts] == [1, 2, 3]
    assert weeks([], pillars=()) == []
