"""Any two plans, for laws that hold of all: the second shares some of its parts with the first, as versions do."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from aipromote.documents.strategy import StrategyDocument

_PLATFORMS = ("TWITTER", "LINKEDIN", "BLUESKY", "MASTODON")
_NAMES = ("Bread", "Grain", "Bakers", "Ovens", "Rye [old].share", "People")
_WORDS = st.sampled_from(["", "Rye keeps.", "Old grains", "Warm", "By bicycle"])
_LINES = st.lists(_WORDS.filter(bool), max_size=2, unique=True)
_START = date(2026, 11, 23)


def _shares(draw: st.DrawFn, count: int) -> list[int]:
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=count - 1, max_size=count - 1)))
    return [high - low for low, high in zip([0, *cuts], [*cuts, 100], strict=True)]


@st.composite
def plans(draw: st.DrawFn) -> StrategyDocument:
    names = draw(st.lists(st.sampled_from(_NAMES), min_size=3, max_size=5, unique=True))
    people = draw(st.lists(st.sampled_from(_NAMES), min_size=1, max_size=4, unique=True))
    platforms = draw(st.lists(st.sampled_from(_PLATFORMS), min_size=1, max_size=3, unique=True))
    start = _START + timedelta(days=draw(st.sampled_from([0, 0, 0, 21])))
    weekly = {one: draw(st.integers(1, 3)) for one in platforms}
    days = {one: draw(st.lists(st.integers(0, 6), min_size=n, max_size=n)) for one, n in weekly.items()}
    slots = [
        {"date": day, "platform": one, "pillar": draw(st.sampled_from(names)), "theme": draw(_WORDS)}
        for one in platforms
        for offset in range(90)
        for weekday in days[one]
        if (day := start + timedelta(days=offset)).weekday() == weekday
    ]
    values: dict[str, Any] = {
        "positioning": {"brief": draw(_WORDS), "primary_message": draw(_WORDS), "differentiators": draw(_LINES)},
        "audience_segments": [
            {"name": name, "share": share, "description": draw(_WORDS), "pain_points": draw(_LINES)}
            for name, share in zip(people, _shares(draw, len(people)), strict=True)
        ],
        "content_pillars": [
            {"name": name, "share": share, "description": draw(_WORDS), "topics": draw(_LINES)}
            for name, share in zip(names, _shares(draw, len(names)), strict=True)
        ],
        "channel_plan": [
            {"platform": one, "role": draw(st.sampled_from(["primary", "secondary"])), "posts_per_week": n}
            for one, n in weekly.items()
        ],
        "cadence": {
            "posts_per_week": sum(weekly.values()),
            "by_platform": weekly,
            "windows": [
                {"platform": one, "weekday": day, "from": "09:00", "to": draw(st.sampled_from(["12:00", "13:00"])),
                 "time_zone": "Europe/Berlin"}
                for one in platforms for day in days[one]
            ],
        },
        "calendar_skeleton": draw(st.permutations(slots)) if draw(st.booleans()) else slots,
    }  # fmt: skip
    return StrategyDocument.model_validate(values)


@st.composite
def versions(draw: st.DrawFn) -> tuple[StrategyDocument, StrategyDocument]:
    """Two plans, often with most parts in common."""
    before, after = draw(plans()), draw(plans())
    kept = draw(st.sets(st.sampled_from(["positioning", "audience_segments", "pillars", "calendar"])))
    values = after.model_dump()
    if kept & {"positioning", "audience_segments"}:
        values |= {name: before.model_dump()[name] for name in kept & {"positioning", "audience_segments"}}
    if "calendar" in kept and {one.name for one in before.content_pillars} <= {o.name for o in after.content_pillars}:
        values |= {
            name: before.model_dump()[name] for name in ("channel_plan", "cadence", "calendar_skeleton")
        }  # they agree with each other, and have pillars of their own names
    return before, StrategyDocument.model_validate(values)
