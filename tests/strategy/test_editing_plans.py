"""An edit changes what the person named, and what has to follow from it; nothing else."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest
from any_plan import plans
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aipromote.documents.strategy import StrategyDocument
from aipromote.errors import InvalidInput
from aipromote.strategy.plans.changes import diff
from aipromote.strategy.plans.editing import edit
from aipromote.strategy.plans.tree import arranged
from factories import strategy

SINCE = date(2026, 12, 14)
MANY = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


def _edited(edits: dict[str, Any], plan: StrategyDocument | None = None, **options: Any) -> StrategyDocument:
    return edit(plan or strategy.document(), edits, since=SINCE, time_zone="Europe/Berlin", **options)


def _paths(edits: dict[str, Any], **options: Any) -> list[str]:
    return [change.path for change in diff(strategy.document(), _edited(edits, **options))]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("positioning.brief", "Bread by bicycle."),
        ("positioning.differentiators", "Old grains\n\n  Bicycles"),
        ("audience_segments[Neighbours].pain_points", "Dry bread"),
        ("audience_segments[Neighbours].platforms", "X\nLinkedIn"),
        ("content_pillars[Grain].topics", "Rye\nSpelt"),
        ("content_pillars[Grain].name", "Old grain"),
        ("channel_plan[TWITTER].role", "experimental"),
        ("channel_plan[TWITTER].formats", "POST\nTHREAD"),
        ("calendar_skeleton[2026-11-23/TWITTER/0].theme", "Sourdough"),
        ("calendar_skeleton[2026-11-23/TWITTER/0].pillar", "Grain"),
    ],
)
def test_a_field_that_stands_for_itself_is_all_that_changes(path: str, value: str) -> None:
    assert _paths({path: value}) == [path]


def test_a_new_name_of_a_pillar_reaches_its_posts() -> None:
    after = _edited({"content_pillars[Bread].name": "Loaves"})
    assert {slot.pillar for slot in after.calendar_skeleton} == {"Loaves", "Bakers", "Grain"}


def test_the_other_shares_give_way_in_their_proportion() -> None:
    after = _edited({"content_pillars[Bread].share": "75"})
    assert [pillar.share for pillar in after.content_pillars] == [75, 15, 10]


def test_or_the_sum_is_said() -> None:
    with pytest.raises(InvalidInput, match="The shares add up to 125 %, not to 100 %") as refused:
        _edited({"content_pillars[Bread].share": 75}, adjust=False)
    assert refused.value.field == "content_pillars[Bread].share"
    with pytest.raises(InvalidInput, match="The shares add up to 110 %"):
        _edited(
            {
                f"content_pillars[{name}].share": share
                for name, share in zip(strategy.PILLARS, (50, 30, 30), strict=True)
            }
        )


def test_posts_of_the_past_keep_their_pillar_when_shares_change() -> None:
    before, after = strategy.document(), _edited({"content_pillars[Bread].share": 80})
    count = Counter(slot.pillar for slot in after.calendar_skeleton)
    assert count["Bread"] > Counter(slot.pillar for slot in before.calendar_skeleton)["Bread"]
    for was, now in zip(before.calendar_skeleton, after.calendar_skeleton, strict=True):
        assert was == now or now.date >= SINCE


def test_more_posts_a_week_add_days_and_leave_those_that_there_are() -> None:
    before, after = strategy.document(), _edited({"channel_plan[TWITTER].posts_per_week": "4"})
    assert after.cadence.posts_per_week == after.cadence.by_platform["TWITTER"] == 4
    assert len(after.cadence.windows) == 4
    assert len(after.channel_plan[0].best_times) == 4
    kept = {(slot.date, slot.pillar, slot.theme) for slot in before.calendar_skeleton}
    assert kept < {(slot.date, slot.pillar, slot.theme) for slot in after.calendar_skeleton}
    assert after == _edited({"channel_plan[TWITTER].posts_per_week": 4})


def test_fewer_posts_a_week_take_whole_weekdays() -> None:
    after = _edited({"channel_plan[TWITTER].posts_per_week": 2})
    days = {slot.date.weekday() for slot in after.calendar_skeleton}
    assert days == {window.weekday for window in after.cadence.windows}
    assert len(days) == 2
    assert days < {0, 2, 4}


def test_a_window_on_another_day_takes_its_posts_along() -> None:
    after = _edited({"cadence.windows[TWITTER/0/0].weekday": "1", "cadence.windows[TWITTER/2/0].hours": "10:00-11:30"})
    assert {slot.date.weekday() for slot in after.calendar_skeleton} == {1, 2, 4}
    assert after.channel_plan[0].best_times == ["Tue 09:00–12:00", "Wed 10:00–11:30", "Fri 09:00–12:00"]


def test_a_network_comes_with_windows_and_days_and_goes_with_them() -> None:
    more = _edited({"channel_plan[LINKEDIN]": {"role": "secondary", "posts_per_week": 2}})
    assert Counter(slot.platform for slot in more.calendar_skeleton)["LINKEDIN"] in {24, 25, 26}
    assert edit(more, {"channel_plan[LINKEDIN]": None}, since=SINCE, time_zone="UTC") == arranged(strategy.document())


def test_a_pillar_comes_with_its_share_of_the_days_and_goes_with_it() -> None:
    more = _edited({"content_pillars[Ovens]": {"share": 20, "topics": ["Stone"]}})
    assert sum(pillar.share for pillar in more.content_pillars) == 100
    assert Counter(slot.pillar for slot in more.calendar_skeleton)["Ovens"] > 3
    less = edit(more, {"content_pillars[Bread]": None}, since=SINCE, time_zone="UTC")
    assert {slot.pillar for slot in less.calendar_skeleton} == {"Bakers", "Grain", "Ovens"}


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ({"content_pillars[Cake].share": 5}, "The plan has no Pillar “Cake”"),
        ({"content_pillars[Bread].share": "much"}, "“much” does not fit: input should be a valid integer"),
        ({"content_pillars[Bread].share": 101}, "less than or equal to 100"),
        ({"content_pillars[Bread].name": "Grain"}, "Two parts of the plan would have one name"),
        ({"content_pillars[Bread].name": " "}, "at least 1 character"),
        ({"content_pillars[Bread]": None}, "at least 3 items"),
        ({"channel_plan[TWITTER].role": "boss"}, "'primary', 'secondary' or 'experimental'"),
        ({"channel_plan[TWITTER].posts_per_week": 0}, "greater than or equal to 1"),
        ({"cadence.windows[TWITTER/0/0].hours": "late"}, "like 09:00–12:00"),
        ({"cadence.windows[TWITTER/0/0].hours": "12:00–09:00"}, "must end after 12:00"),
        ({"cadence.windows[TWITTER/0/0].weekday": "7"}, "from 0 .Monday. to 6"),
        ({"calendar_skeleton[2026-11-23/TWITTER/0].date": "2027-06-01"}, "The calendar spans 189 days"),
        ({"calendar_skeleton[2026-11-23/TWITTER/0].platform": "LINKEDIN"}, "differ in platforms"),
        ({"calendar_skeleton[2026-11-23/TWITTER/0].pillar": "Cake"}, "unknown pillars: Cake"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(edits: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        _edited(edits)


@MANY
@given(plans(), st.data())
def test_whatever_number_is_edited_the_plan_agrees_with_itself(plan: StrategyDocument, data: st.DataObject) -> None:
    pillar = data.draw(st.sampled_from([one.name for one in plan.content_pillars]))
    channel = data.draw(st.sampled_from([one.platform.value for one in plan.channel_plan]))
    edits = {
        f"content_pillars[{pillar}].share": data.draw(st.integers(0, 100)),
        f"channel_plan[{channel}].posts_per_week": data.draw(st.integers(1, 9)),
    }
    after = _edited(edits, plan)
    assert (
        next(one.share for one in after.content_pillars if one.name == pillar)
        == edits[f"content_pillars[{pillar}].share"]
    )
    assert after.cadence.by_platform[channel] == edits[f"channel_plan[{channel}].posts_per_week"]
    assert _edited(edits, after) == after
