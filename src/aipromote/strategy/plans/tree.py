"""A plan as a tree of values, each with an identity: pillars by name, channels by platform, slots by their place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from aipromote.documents.strategy import StrategyDocument
from aipromote.documents.vocabulary import Platform
from aipromote.errors import InvalidInput

POSITIONING = "positioning"
AUDIENCES = "audience_segments"
PILLARS = "content_pillars"
CHANNELS = "channel_plan"
WINDOWS = "cadence.windows"
SLOTS = "calendar_skeleton"
SECTIONS = (POSITIONING, AUDIENCES, PILLARS, CHANNELS, WINDOWS, SLOTS)
NAMED = (AUDIENCES, PILLARS)
"""Their parts go by a name, which may change, and have shares that add up to 100."""
ORDERED = (AUDIENCES, PILLARS, CHANNELS)
"""In these the order is part of the plan; windows and slots are ordered by their times."""
WHOLE = ""
"""The key of the one part that a section without a list has."""

FIELDS: Mapping[str, tuple[str, ...]] = {
    POSITIONING: ("brief", "primary_message", "messaging_hierarchy", "value_props", "differentiators"),
    AUDIENCES: ("description", "share", "pain_points", "key_messages", "platforms"),
    PILLARS: ("description", "share", "topics"),
    CHANNELS: ("role", "posts_per_week", "best_times", "formats", "focus"),
    WINDOWS: ("hours",),
    SLOTS: ("pillar", "theme", "format"),
}
"""The fields of a part, without those that are its identity."""

Part = dict[str, Any]
"""Values by field, as JSON has them."""
Tree = dict[str, dict[str, Part]]
"""Section → key → part; the order of the keys counts where the section is ordered."""

_BEHIND = re.compile(r"(?:\[(.+)\])?(?:\.(\w+))?", re.DOTALL)
"""What follows the section in a path: the key in brackets, the field behind a dot."""
_DAY, _PLATFORM = r"\d{4}-\d\d-\d\d", "|".join(Platform)
_KEYS = {
    CHANNELS: re.compile(_PLATFORM),
    WINDOWS: re.compile(rf"(?:{_PLATFORM})/[0-6]/\d{{1,3}}"),
    SLOTS: re.compile(rf"{_DAY}/(?:{_PLATFORM})/\d{{1,3}}"),
}


def tree_of(document: StrategyDocument) -> Tree:
    """The document's values by section and key. How often posts go out stands in the channels, and only there."""
    data = document.model_dump(mode="json", by_alias=True)
    return {
        POSITIONING: {WHOLE: data["positioning"]},
        AUDIENCES: {row.pop("name"): row for row in data["audience_segments"]},
        PILLARS: {row.pop("name"): row for row in data["content_pillars"]},
        CHANNELS: {row.pop("platform"): row for row in data["channel_plan"]},
        WINDOWS: {
            key: {"hours": {name: row[name] for name in ("from", "to", "time_zone")}}
            for key, row in _keyed(data["cadence"]["windows"], "platform", "weekday")
        },
        SLOTS: {
            key: {name: row[name] for name in FIELDS[SLOTS]}
            for key, row in _keyed(sorted(data["calendar_skeleton"], key=lambda row: row["date"]), "date", "platform")
        },
    }


def document_of(tree: Tree) -> StrategyDocument:
    """The document of these values, whose cadence follows from its channels. Raises InvalidInput, in plain words."""
    weekly = {platform: row["posts_per_week"] for platform, row in tree[CHANNELS].items()}
    values = {
        "positioning": tree[POSITIONING][WHOLE],
        "audience_segments": [{"name": name, **row} for name, row in tree[AUDIENCES].items()],
        "content_pillars": [{"name": name, **row} for name, row in tree[PILLARS].items()],
        "channel_plan": [{"platform": platform, **row} for platform, row in tree[CHANNELS].items()],
        "cadence": {
            "posts_per_week": sum(weekly.values()),
            "by_platform": weekly,
            "windows": [_window(key, tree[WINDOWS][key]) for key in _arranged(tree, WINDOWS)],
        },
        "calendar_skeleton": [_slot(key, tree[SLOTS][key]) for key in _arranged(tree, SLOTS)],
    }
    try:
        return StrategyDocument.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        words = str(first["msg"]).removeprefix("Value error, ")
        for name, spoken in _SPOKEN.items():
            words = words.replace(name, spoken)
        where = ".".join(str(part) for part in first["loc"]) or None
        raise InvalidInput(f"{words[:1].upper()}{words[1:]}.", field=where) from error


def arranged(document: StrategyDocument) -> StrategyDocument:
    """The same plan, its windows and slots in the order of their times, and within a day in that of the channels."""
    return document_of(tree_of(document))


def path_of(section: str, key: str, field: str | None) -> str:
    """`content_pillars[Bread].share`, `positioning.brief`, `content_pillars.order`, `channel_plan[TWITTER]`."""
    part = f"{section}[{key}]" if key else section
    return f"{part}.{field}" if field else part


def parsed(path: str) -> tuple[str, str, str | None]:
    """Section, key and field of a path; no field for a part as a whole. Raises InvalidInput."""
    section = next((one for one in SECTIONS if path.startswith((f"{one}[", f"{one}."))), "")
    found = _BEHIND.fullmatch(path[len(section) :])
    if section and found:
        key, field = found[1] or WHOLE, found[2]
        is_key = bool(key) != (section == POSITIONING) and (section not in _KEYS or _KEYS[section].fullmatch(key))
        if is_key and (field in (*FIELDS[section], *_IDENTITY.get(section, ())) or (key and field is None)):
            return section, key, field
    raise InvalidInput(
        f"A plan has no “{path}”. Paths look like positioning.brief, content_pillars[Name].share or "
        "channel_plan[LINKEDIN].posts_per_week.",
        field=path[:200],
    )


def place_of(key: str) -> tuple[str, str, int]:
    """The three parts of a window's or slot's key: "2026-11-23/TWITTER/0", "TWITTER/0/0"."""
    first, second, number = key.split("/")
    return first, second, int(number)


_SPOKEN = {
    "cadence.by_platform": "the posts a week",
    "cadence.windows": "the posting windows",
    "cadence": "the posts a week",
    AUDIENCES: "the audiences",
    PILLARS: "the pillars",
    CHANNELS: "the list of networks",
    SLOTS: "the calendar",
}
_IDENTITY = {AUDIENCES: ("name",), PILLARS: ("name",), SLOTS: ("date", "platform"), WINDOWS: ("weekday",)}
"""What a part is known by, and may be given anew."""


def _keyed(rows: Sequence[Part], *names: str) -> list[tuple[str, Part]]:
    """Each row with its key, which counts rows that are alike in these fields."""
    seen: Counter[str] = Counter()
    found = []
    for row in rows:
        place = "/".join(str(row[name]) for name in names)
        found.append((f"{place}/{seen[place]}", row))
        seen[place] += 1
    return found


def _arranged(tree: Tree, section: str) -> list[str]:
    rank = {platform: at for at, platform in enumerate(tree[CHANNELS])}

    def order(key: str) -> tuple[Any, ...]:
        first, second, number = place_of(key)
        day, platform = (first, second) if section == SLOTS else ("", first)
        return (day, rank.get(platform, len(rank)), platform, second, number)

    return sorted(tree[section], key=order)


def _window(key: str, part: Part) -> Part:
    platform, weekday, _ = place_of(key)
    return {"platform": platform, "weekday": int(weekday), **part["hours"]}


def _slot(key: str, part: Part) -> Part:
    day, platform, _ = place_of(key)
    return {"date": day, "platform": platform, **part}
