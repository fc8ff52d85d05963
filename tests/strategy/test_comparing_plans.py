"""What differs between two plans is told completely, in words, and no more of it than differs."""

from __future__ import annotations

from typing import Any

import pytest
from any_plan import plans, versions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aipromote.documents.strategy import StrategyDocument
from aipromote.errors import InvalidInput
from aipromote.strategy.plans.changes import apply, diff
from aipromote.strategy.plans.groups import groups
from aipromote.strategy.plans.tree import arranged, parsed
from aipromote.strategy.plans.wording import spoken
from factories import strategy

MANY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
Versions = tuple[StrategyDocument, StrategyDocument]


@MANY
@given(versions())
def test_all_changes_lead_from_one_plan_to_the_other(pair: Versions) -> None:
    before, after = pair
    changes = diff(before, after)
    assert apply(before, changes) == arranged(after)
    assert apply(before, []) == arranged(before)
    assert len({change.path for change in changes}) == len(changes)
    assert all(change.before != change.after for change in changes)
    assert diff(before, after) == changes


@MANY
@given(plans())
def test_a_plan_does_not_differ_from_itself(plan: StrategyDocument) -> None:
    assert diff(plan, plan) == diff(plan, arranged(plan)) == []


@MANY
@given(versions(), st.data())
def test_whichever_groups_are_taken_over_the_plan_agrees_with_itself(pair: Versions, data: st.DataObject) -> None:
    before, after = pair
    found = groups(before, after, diff(before, after))
    assert sorted(one.path for group in found for one in group.changes) == sorted(c.path for c in diff(before, after))
    chosen = [group for group in found if data.draw(st.booleans())]
    apply(before, [change for group in chosen for change in group.changes])  # raises where they do not


@MANY
@given(versions())
def test_each_change_has_words_and_a_path_that_leads_to_it(pair: Versions) -> None:
    for change in diff(*pair):
        if change.field != "order":
            assert parsed(change.path) == (change.section, change.key, change.field)
        assert change.label
        for value in (change.before, change.after):
            assert isinstance(spoken(change.section, change.field, value), str)


def _changed(**parts: Any) -> StrategyDocument:
    return StrategyDocument.model_validate(strategy.document().model_dump() | parts)


def test_a_pillar_by_another_name_is_one_change_and_takes_its_posts_along() -> None:
    values = strategy.document().model_dump()
    values["content_pillars"][0]["name"] = "Loaves"
    for slot in values["calendar_skeleton"]:
        slot["pillar"] = slot["pillar"].replace("Bread", "Loaves")
    (change,) = diff(strategy.document(), StrategyDocument.model_validate(values))
    assert (change.path, change.before, change.after) == ("content_pillars[Bread].name", "Bread", "Loaves")
    assert change.label == "Pillar “Bread”: name"


def test_a_pillar_with_other_words_is_another_pillar() -> None:
    values = strategy.document().model_dump()
    values["content_pillars"][0] |= {"name": "Cake", "description": "Sweet.", "share": 40}
    values["content_pillars"][1]["share"] = 40
    for slot in values["calendar_skeleton"]:
        slot["pillar"] = slot["pillar"].replace("Bread", "Cake")
    found = diff(strategy.document(), StrategyDocument.model_validate(values))
    kinds = {change.path: change.kind for change in found if change.section == "content_pillars"}
    assert kinds["content_pillars[Bread]"] == "removed"
    assert kinds["content_pillars[Cake]"] == "added"


def test_shares_are_decided_on_together_and_the_reason_is_said() -> None:
    pillars = [row.model_dump() for row in strategy.document().content_pillars]
    pillars[0]["share"], pillars[1]["share"] = 40, 40
    before, after = strategy.document(), _changed(content_pillars=pillars)
    (group,) = groups(before, after, diff(before, after))
    assert [change.path for change in group.changes] == [
        "content_pillars[Bread].share",
        "content_pillars[Bakers].share",
    ]
    assert group.title == "Shares of the pillars"
    assert group.why == ("The shares of the pillars have to add up to 100 %.",)
    with pytest.raises(InvalidInput, match="add up to 90, not to 100"):
        apply(before, group.changes[:1])


def test_changes_that_have_nothing_to_do_with_each_other_are_decided_one_by_one() -> None:
    positioning = {"brief": "Bread by bicycle.", "primary_message": "Bread that remembers. And rolls."}
    before, after = strategy.document(), _changed(positioning=positioning)
    found = groups(before, after, diff(before, after))
    assert [group.title for group in found] == ["Positioning: in a paragraph", "Positioning: the one message"]
    assert all(group.why == () for group in found)


def test_a_plan_that_begins_later_brings_its_whole_calendar() -> None:
    before, after = strategy.document(), strategy.document(start=strategy.START.replace(month=12, day=14))
    (group,) = groups(before, after, diff(before, after))
    assert "The calendar spans ninety days, from another day on." in group.why
    assert group.title.endswith("days of the calendar")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "positioning",
        "positioning.order",
        "content_pillars.share",
        "content_pillars[A].shares",
        "cadence.windows[X/9/0].hours",
        "calendar_skeleton[tomorrow].theme",
        "channel_plan[FAX].role",
    ],
)
def test_a_path_that_no_plan_has_is_refused_in_words(path: str) -> None:
    with pytest.raises(InvalidInput, match="A plan has no"):
        parsed(path)
