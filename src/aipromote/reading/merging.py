"""Suggestions put together: one set of values, as a brief would say them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from aipromote.reading.suggestion import Suggestion, identity_of

LISTS = {
    "languages",
    "markets",
    "founders",
    "icp.personas",
    "icp.jobs_to_be_done",
    "icp.pain_points",
    "icp.industries",
    "icp.priority_segments",
    "positioning.differentiators",
    "positioning.competitors",
    "proof_points",
    "brand.words_to_use",
    "brand.words_to_avoid",
    "brand.example_content",
    "goals.kpis",
    "goals.platforms",
    "constraints.claims_to_avoid",
    "assets",
}
"""Fields with many values: each suggestion adds one. In all others the first one counts."""


def merged(base: Mapping[str, Any], suggestions: Iterable[Suggestion]) -> tuple[dict[str, Any], list[Suggestion]]:
    """The values with the suggestions added, and those that found a place. What was there stays as it was."""
    values = deepcopy(dict(base))
    taken = [one for one in suggestions if _put(values, one)]
    return values, taken


def _put(values: dict[str, Any], suggestion: Suggestion) -> bool:
    *groups, last = suggestion.path.split(".")
    place = values
    for group in groups:
        inner = place.setdefault(group, {})
        if not isinstance(inner, dict):
            return False
        place = inner
    if suggestion.path not in LISTS:
        if place.get(last) not in (None, ""):
            return False
        place[last] = suggestion.value
        return True
    entries = place.setdefault(last, [])
    if not isinstance(entries, list) or identity_of(suggestion.value) in map(identity_of, entries):
        return False
    entries.append(deepcopy(suggestion.value))
    return True
