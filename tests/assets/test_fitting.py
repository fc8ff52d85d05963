"""How a picture is made to fit: laws over any picture and any rules, and the decisions one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipromote.assets import fitting
from aipromote.assets.fitting import Look, Unfit
from aipromote.connectors.capabilities import GIF, JPEG, PNG, WEBP, ImageRules

FORMATS = st.sampled_from([JPEG, PNG, GIF, WEBP])
LOOKS = st.builds(
    Look,
    FORMATS,
    st.integers(1, 9000),
    st.integers(1, 9000),
    st.integers(1, 20_000_000),
    is_transparent=st.booleans(),
    has_metadata=st.booleans(),
)
RULES = st.builds(
    ImageRules,
    st.frozensets(FORMATS, min_size=1),
    st.integers(1000, 8_000_000),
    min_width=st.integers(1, 400),
    min_height=st.integers(1, 400),
    max_width=st.none() | st.integers(400, 4000),
    max_height=st.none() | st.integers(400, 4000),
    min_ratio=st.none() | st.floats(0.3, 0.9),
    max_ratio=st.none() | st.floats(1.1, 3),
)
INSTAGRAM = ImageRules(frozenset({JPEG}), 8_000_000, 320, 320, max_width=1440, min_ratio=0.8, max_ratio=1.91)


@given(LOOKS, RULES)
def test_whatever_is_planned_keeps_the_rules_and_the_picture_whole(look: Look, rules: ImageRules) -> None:
    try:
        plan = fitting.plan(look, rules)
    except Unfit:
        return
    width, height = plan.frame
    assert plan.mime_type in rules.mime_types
    assert rules.min_width <= width <= (rules.max_width or width)
    assert rules.min_height <= height <= (rules.max_height or height)
    tolerance = 1 + 2 / min(width, height)
    assert rules.min_ratio is None or width / height * tolerance >= rules.min_ratio
    assert rules.max_ratio is None or width / height <= rules.max_ratio * tolerance
    assert 1 <= plan.width <= min(width, look.width)  # never enlarged, always inside its frame
    assert 1 <= plan.height <= min(height, look.height)
    assert plan.changes or (plan.frame == (look.width, look.height) and look.size <= rules.max_bytes)


@given(LOOKS, RULES)
def test_a_picture_that_was_made_to_fit_needs_nothing_more(look: Look, rules: ImageRules) -> None:
    try:
        plan = fitting.plan(look, rules)
        made = Look(plan.mime_type, *plan.frame, 1, is_transparent=look.is_transparent)
        again = fitting.plan(made, rules)
    except Unfit:
        return
    assert min(again.frame[0] / plan.frame[0], again.frame[1] / plan.frame[1]) > 1 - 3 / min(plan.frame)


@pytest.mark.parametrize(
    ("look", "frame", "changes"),
    [
        (Look(JPEG, 1080, 1080, 900_000), (1080, 1080), ()),
        (Look(JPEG, 4000, 3000, 900_000), (1440, 1080), ("smaller",)),
        (Look(PNG, 1080, 1080, 900_000), (1080, 1080), ("as JPEG",)),
        (Look(JPEG, 1080, 1920, 900_000), (1536 * 1440 // 1536, 1800), ("smaller", "with a margin")),
        (Look(JPEG, 1080, 1080, 9_000_000), (1080, 1080), ("compressed",)),
        (Look(JPEG, 1080, 1080, 900_000, has_metadata=True), (1080, 1080), ("without place and camera",)),
    ],
)
def test_what_becomes_of_usual_pictures(look: Look, frame: tuple[int, int], changes: tuple[str, ...]) -> None:
    plan = fitting.plan(look, INSTAGRAM)
    assert plan.changes == changes
    assert abs(plan.frame[0] - frame[0]) <= 96
    assert plan.mime_type == JPEG


@pytest.mark.parametrize(
    ("look", "words"),
    [
        (Look(JPEG, 200, 200, 1000), "320 × 320 are needed"),
        (Look(JPEG, 4000, 400, 1000), "Cut it to what matters"),
        (Look(GIF, 500, 500, 1000, is_moving=True), "moving GIF"),
    ],
)
def test_what_cannot_be_made_to_fit_is_said(look: Look, words: str) -> None:
    with pytest.raises(Unfit, match=words):
        fitting.plan(look, INSTAGRAM)


def test_the_name_of_a_rendition_changes_with_the_picture_and_with_any_rule() -> None:
    names = {
        fitting.digest(b"a" * 32, INSTAGRAM),
        fitting.digest(b"b" * 32, INSTAGRAM),
        fitting.digest(b"a" * 32, ImageRules()),
        fitting.digest(b"a" * 32, ImageRules(max_bytes=1)),
    }
    assert len(names) == 4
    assert fitting.digest(b"a" * 32, ImageRules(frozenset({PNG, JPEG}))) == fitting.digest(
        b"a" * 32, ImageRules(frozenset({JPEG, PNG}))
    )
