"""The six parts of a strategy must agree with each other, or the document is refused."""

from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from aipromote.documents.content import MediaRef, PostDraft
from aipromote.documents.learning import KeyInsight, Recommendation, RecommendationStatus
from aipromote.documents.strategy import PostingWindow, StrategyDocument
from aipromote.documents.vocabulary import Platform

START = date(2027, 1, 4)


def document() -> dict:
    """A valid strategy, as JSON: one post a week on X."""
    days = [START + timedelta(days=7 * week) for week in range(13)]
    return {
        "positioning": {"brief": "b", "primary_message": "p"},
        "audience_segments": [{"name": "all", "share": 100}],
        "content_pillars": [{"name": "a", "share": 50}, {"name": "b", "share": 30}, {"name": "c", "share": 20}],
        "channel_plan": [{"platform": "TWITTER", "role": "primary", "posts_per_week": 1}],
        "cadence": {
            "posts_per_week": 1,
            "by_platform": {"TWITTER": 1},
            "windows": [{"platform": "TWITTER", "weekday": 1, "from": "09:00", "to": "12:00", "time_zone": "UTC"}],
        },
        "calendar_skeleton": [
            {"date": str(day), "platform": "TWITTER", "pillar": "a", "theme": "t", "format": "POST"} for day in days
        ],
    }


def refusal(changed: dict) -> str:
    with pytest.raises(ValidationError) as caught:
        StrategyDocument.model_validate(changed)
    return str(caught.value)


def test_a_document_comes_back_as_the_same_json():
    read = StrategyDocument.model_validate(document())
    again = read.model_dump(mode="json")
    assert again["cadence"]["windows"][0]["from"] == "09:00"
    assert StrategyDocument.model_validate(again) == read


def test_pillar_shares_that_do_not_make_100_are_refused():
    changed = document()
    changed["content_pillars"][0]["share"] = 51
    assert "content_pillars add up to 101" in refusal(changed)


def test_a_cadence_whose_parts_do_not_make_the_whole_is_refused():
    changed = document()
    changed["cadence"]["posts_per_week"] = 2
    assert "by_platform adds up to 1, not to 2" in refusal(changed)


def test_a_channel_plan_that_contradicts_the_cadence_is_refused():
    changed = document()
    changed["channel_plan"][0]["posts_per_week"] = 2
    assert "channel_plan and cadence.by_platform disagree" in refusal(changed)


def test_a_slot_for_an_unknown_pillar_is_refused():
    changed = document()
    changed["calendar_skeleton"][0]["pillar"] = "z"
    assert "unknown pillars: z" in refusal(changed)


def test_a_slot_for_an_unplanned_platform_is_refused():
    changed = document()
    changed["calendar_skeleton"][0]["platform"] = "LINKEDIN"
    assert "differ in platforms" in refusal(changed)


def test_a_calendar_that_does_not_span_ninety_days_is_refused():
    changed = document()
    changed["calendar_skeleton"][-1]["date"] = str(START + timedelta(days=90))
    assert "spans 91 days instead of 90" in refusal(changed)


def test_more_slots_than_the_cadence_allows_are_refused():
    changed = document()
    changed["calendar_skeleton"].append(changed["calendar_skeleton"][0])
    assert "14 posts on TWITTER, at 1 a week" in refusal(changed)


def test_a_window_ends_after_it_begins():
    with pytest.raises(ValidationError, match="must end after"):
        PostingWindow(platform=Platform.TWITTER, weekday=0, from_="10:00", to="09:00", time_zone="UTC")


def test_a_media_reference_names_a_file_or_a_prompt():
    assert MediaRef(prompt="A loaf").prompt == "A loaf"
    with pytest.raises(ValidationError, match="asset_id or a prompt"):
        MediaRef(alt_text="A loaf")


def test_a_draft_cannot_be_more_than_certain():
    with pytest.raises(ValidationError, match="less than or equal to 1"):
        PostDraft(platform=Platform.TWITTER, body="b", pillar="p", confidence=1.2, generated_by="w")


def test_an_insight_lies_within_its_interval():
    KeyInsight(statement="s", metric="m", value=1.0, interval=(0.5, 1.5), sample=12)
    with pytest.raises(ValidationError, match="does not contain"):
        KeyInsight(statement="s", metric="m", value=2.0, interval=(0.5, 1.5), sample=12)


def test_a_recommendation_begins_as_a_proposal():
    assert Recommendation(id="r1", change="c", reason="r").status is RecommendationStatus.PROPOSED
