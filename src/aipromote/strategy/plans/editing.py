"""A plan with some of its fields changed by a person, and what has to follow from these made to follow."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from typing import Any

from pydantic import TypeAdapter, ValidationError

from aipromote.documents.strategy import (
    AudienceSegment,
    ChannelPlan,
    ContentPillar,
    Positioning,
    SkeletonSlot,
    StrategyDocument,
)
from aipromote.documents.vocabulary import Platform
from aipromote.errors import InvalidInput
from aipromote.strategy.plans.changes import rename
from aipromote.strategy.plans.replanning import fit_days, fit_pillars, fit_windows, say_times, shared_out
from aipromote.strategy.plans.tree import (
    AUDIENCES,
    CHANNELS,
    FIELDS,
    NAMED,
    PILLARS,
    POSITIONING,
    SLOTS,
    WINDOWS,
    Part,
    Tree,
    document_of,
    parsed,
    path_of,
    place_of,
    tree_of,
)
from aipromote.strategy.plans.wording import label

_SHAPES: Mapping[str, Any] = {
    POSITIONING: Positioning,
    AUDIENCES: AudienceSegment,
    PILLARS: ContentPillar,
    CHANNELS: ChannelPlan,
    SLOTS: SkeletonSlot,
}
_HOURS = re.compile(r"\s*(\d\d:\d\d)\s*(?:-|–|to)\s*(\d\d:\d\d)\s*(?:\(.*\))?\s*")
_FULL = 100
_EMPTY: Mapping[str, Part] = {
    AUDIENCES: {"description": "", "share": 0, "pain_points": [], "key_messages": [], "platforms": []},
    PILLARS: {"description": "", "share": 0, "topics": []},
    CHANNELS: {"role": "experimental", "posts_per_week": 1, "best_times": [], "formats": ["POST"], "focus": ""},
}


def edit(
    document: StrategyDocument, edits: Mapping[str, Any], *, since: date, time_zone: str, adjust: bool = True
) -> StrategyDocument:
    """The plan with these values by path. Texts are read as what the field holds: numbers, or a list line by line.

    None removes a whole part (`content_pillars[Bread]`), a mapping adds one. With `adjust`, shares that nobody gave are
    scaled so that all add up to 100; without, a wrong sum is refused. What follows is recomputed: the calendar of a
    platform from its posts a week and its windows; how many slots a pillar has from its share, none before `since`; the
    slots' pillar from its new name. A new window or channel goes by `time_zone`. Raises InvalidInput.
    """
    desk = _Desk(tree_of(document), since, time_zone)
    for path, value in edits.items():
        desk.take(path, value)
    desk.share_out(adjust=adjust)
    desk.follow()
    return document_of(desk.tree)


class _Desk:
    """The tree that is changed, and what was touched."""

    def __init__(self, tree: Tree, since: date, time_zone: str) -> None:
        self.tree = deepcopy(tree)
        self._since, self._zone = since, time_zone
        self._start = min(date.fromisoformat(place_of(key)[0]) for key in tree[SLOTS])
        self._before = self._pillars()
        self._names: dict[str, dict[str, str]] = {section: {} for section in NAMED}
        self._shares: dict[str, set[str]] = {section: set() for section in NAMED}
        self._resized: set[str] = set()
        """Platforms with another number of posts a week."""
        self._rewindowed: set[str] = set()
        """With windows on other days."""
        self._retimed: set[str] = set()
        """With windows at other hours: their days stay."""

    def take(self, path: str, value: Any) -> None:
        """One edit."""
        section, key, field = parsed(path)
        parts = self.tree[section]
        if field is None:
            self._whole(section, key, value, path)
        elif key not in parts:
            raise InvalidInput(f"The plan has no {label(section, key, None)}.", field=path)
        elif field == "name":
            self._names[section][key] = _checked(section, "name", str(value).strip(), path)
        elif section == WINDOWS:
            self._window(key, field, value, path)
        elif section == SLOTS and field in {"date", "platform"}:
            self._move_slot(key, field, str(value), path)
        else:
            self._field(section, key, field, _checked(section, field, value, path))

    def _field(self, section: str, key: str, field: str, value: Any) -> None:
        part = self.tree[section][key]
        if field == "share":
            self._shares[section].add(key)
        if field == "posts_per_week" and part[field] != value:
            self._resized.add(key)
        part[field] = value

    def share_out(self, *, adjust: bool) -> None:
        """Make the shares of a section add up, where one was given or a part came or went."""
        for section, given in self._shares.items():
            parts = self.tree[section]
            total = sum(part["share"] for part in parts.values())
            if not given or total == _FULL:
                continue
            others = {key: part["share"] for key, part in parts.items() if key not in given}
            rest = _FULL - sum(parts[key]["share"] for key in given if key in parts)
            if not adjust or not others or rest < 0:
                where = path_of(section, min(given), "share")
                raise InvalidInput(f"The shares add up to {total} %, not to 100 %.", field=where)
            for key, share in shared_out(others, total=rest).items():
                parts[key]["share"] = share

    def follow(self) -> None:
        """Everything that has to agree with what was changed."""
        for platform in sorted(self._resized & self.tree[CHANNELS].keys()):
            fit_windows(self.tree, platform, time_zone=self._zone)
        for platform in sorted((self._rewindowed | self._retimed) & self.tree[CHANNELS].keys()):
            say_times(self.tree, platform)
        for platform in sorted((self._resized | self._rewindowed) & self.tree[CHANNELS].keys()):
            fit_days(self.tree, platform, start=self._start)
        if self._pillars() != self._before:
            fit_pillars(self.tree, since=self._since)
        self.tree = rename(self.tree, self._names)

    def _pillars(self) -> dict[str, int]:
        return {name: part["share"] for name, part in self.tree[PILLARS].items()}

    def _whole(self, section: str, key: str, value: Any, path: str) -> None:
        parts = self.tree[section]
        if value is None or value == "":
            if key not in parts:
                raise InvalidInput(f"The plan has no {label(section, key, None)}.", field=path)
            del parts[key]
        elif not isinstance(value, Mapping) or key in parts:
            raise InvalidInput("Give the fields of a new part, or nothing to remove one.", field=path)
        else:
            parts[key] = self._new(section, value, path)
        if section in NAMED:
            self._shares[section] |= {key} & parts.keys() or {""}
        if section == CHANNELS:
            self._channel(key)
        if section == WINDOWS:
            self._rewindowed.add(place_of(key)[0])

    def _new(self, section: str, value: Mapping[str, Any], path: str) -> Part:
        if section == WINDOWS:
            return {"hours": self._hours(value.get("hours"), path)}
        base = _EMPTY.get(section, {"pillar": next(iter(self.tree[PILLARS])), "theme": "", "format": "POST"})
        unknown = value.keys() - set(FIELDS[section])
        if unknown:
            raise InvalidInput(f"A part of this kind has no “{min(unknown)}”.", field=path)
        return deepcopy(base) | {name: _checked(section, name, given, path) for name, given in value.items()}

    def _channel(self, platform: str) -> None:
        if platform in self.tree[CHANNELS]:
            self._resized.add(platform)
            return
        for section, at in ((WINDOWS, 0), (SLOTS, 1)):
            for key in [one for one in self.tree[section] if place_of(one)[at] == platform]:
                del self.tree[section][key]
        for part in self.tree[AUDIENCES].values():
            part["platforms"] = [one for one in part["platforms"] if one != platform]

    def _window(self, key: str, field: str, value: Any, path: str) -> None:
        platform, _, _ = place_of(key)
        windows = self.tree[WINDOWS]
        if field == "hours":
            known, windows[key]["hours"] = windows[key]["hours"], self._hours(value, path, windows[key]["hours"])
            self._retimed |= {platform} if known != windows[key]["hours"] else set()
            return
        weekday = str(value).strip()
        if weekday not in "0123456" or len(weekday) != 1:
            raise InvalidInput("A weekday is a number from 0 (Monday) to 6 (Sunday).", field=path)
        if weekday == place_of(key)[1]:
            return
        self._rewindowed.add(platform)
        part = windows.pop(key)
        windows[self._free(WINDOWS, f"{platform}/{weekday}")] = part

    def _hours(self, value: Any, path: str, known: Part | None = None) -> Part:
        zone = known["time_zone"] if known else self._zone
        if isinstance(value, Mapping) and {"from", "to"} <= value.keys():
            return {"from": value["from"], "to": value["to"], "time_zone": value.get("time_zone", zone)}
        found = _HOURS.fullmatch(str(value))
        if not found:
            raise InvalidInput("Write a posting window like 09:00–12:00.", field=path)
        return {"from": found[1], "to": found[2], "time_zone": zone}

    def _move_slot(self, key: str, field: str, value: str, path: str) -> None:
        day, platform, _ = place_of(key)
        if field == "date":
            day = str(_checked(SLOTS, "date", value.strip(), path))
        else:
            platform = str(_checked(SLOTS, "platform", value.strip(), path))
        if key.startswith(f"{day}/{platform}/"):
            return
        part = self.tree[SLOTS].pop(key)
        self.tree[SLOTS][self._free(SLOTS, f"{day}/{platform}")] = part

    def _free(self, section: str, place: str) -> str:
        number = 0
        while f"{place}/{number}" in self.tree[section]:
            number += 1
        return f"{place}/{number}"


def _checked(section: str, field: str, value: Any, path: str) -> Any:
    """The value as JSON has it in this field. Raises InvalidInput."""
    of = _SHAPES[section].model_fields[field]
    if isinstance(value, str) and _is_list(section, field):
        value = [line.strip() for line in value.splitlines() if line.strip()]
        if field == "platforms":
            value = [_platform(one) for one in value]
    adapter: TypeAdapter[Any] = TypeAdapter(of.rebuild_annotation())
    try:
        return adapter.dump_python(adapter.validate_python(value), mode="json")
    except ValidationError as error:
        words = str(error.errors()[0]["msg"])
        raise InvalidInput(f"“{str(value)[:80]}” does not fit: {words[:1].lower()}{words[1:]}.", field=path) from error


def _platform(value: str) -> str:
    """By its key or the name that people use."""
    names = {one.label.casefold(): one.value for one in Platform}
    return names.get(value.casefold(), value.upper())


def _is_list(section: str, field: str) -> bool:
    return str(_SHAPES[section].model_fields[field].annotation).startswith("list")
