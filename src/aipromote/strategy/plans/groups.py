"""Which changes go together: a plan with one of them and without the other would not agree with itself."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from aipromote.documents.strategy import DAYS, StrategyDocument
from aipromote.strategy.plans import wording
from aipromote.strategy.plans.changes import Change
from aipromote.strategy.plans.tree import AUDIENCES, CHANNELS, NAMED, PILLARS, SECTIONS, SLOTS, WINDOWS, place_of


@dataclass(frozen=True, slots=True)
class Group:
    """Changes that are accepted or rejected as one. `why` says in sentences what ties them; empty for a single one."""

    changes: tuple[Change, ...]
    why: tuple[str, ...]

    @property
    def key(self) -> str:
        """Names the group with everything that it changes: another proposal, or another base, has other keys."""
        return hashlib.sha256("".join(change.digest for change in self.changes).encode()).hexdigest()[:16]

    @property
    def title(self) -> str:
        """What it is about."""
        return _title(self.changes)


def groups(before: StrategyDocument, after: StrategyDocument, changes: Sequence[Change]) -> list[Group]:
    """All changes in groups, in the order of the plan; every choice of groups makes a plan that agrees with itself."""
    ties = _Ties(changes)
    for section, what in ((PILLARS, "pillars"), (AUDIENCES, "audiences")):
        ties.join(f"The shares of the {what} have to add up to 100 %.", ties.where(section, _moves_shares))
    platforms = {row.platform.value for row in (*before.channel_plan, *after.channel_plan)}
    for platform in sorted(platforms):
        _tie_platform(ties, platform)
    _tie_slots(ties)
    _tie_calendar(ties, before, after)
    return ties.groups()


def _moves_shares(change: Change) -> bool:
    return change.field == "share" or change.kind != "changed"


def _tie_platform(ties: _Ties, platform: str) -> None:
    name = wording.platform(platform)
    comes_or_goes = ties.where(CHANNELS, lambda one: one.key == platform and one.field is None)
    how_often = ties.where(CHANNELS, lambda one: one.key == platform and one.field == "posts_per_week")
    times = ties.where(CHANNELS, lambda one: one.key == platform and one.field == "best_times")
    windows = ties.where(WINDOWS, lambda one: place_of(one.key)[0] == platform)
    slots = ties.where(SLOTS, lambda one: place_of(one.key)[1] == platform)
    came = [at for at in slots if ties.changes[at].kind != "changed"]
    days = [at for at in windows if ties.changes[at].kind != "changed"]
    if comes_or_goes:
        ties.join(f"A plan with {name} has its windows and its days, and one without has none.",
                  [*comes_or_goes, *windows, *slots])  # fmt: skip
    if how_often:
        ties.join(f"How often {name} is used and its days in the calendar agree.", [*how_often, *came, *days])
    ties.join(f"The posts on {name} keep their number a week only together.", came)
    if came and days:
        ties.join(f"The days of {name} are those of its posting windows.", [*came, *days])
    if windows:
        ties.join(f"The best times of {name} say its windows in words.", [*windows, *times])


def _tie_slots(ties: _Ties) -> None:
    by_place: defaultdict[str, list[int]] = defaultdict(list)
    for at in ties.where(SLOTS, lambda _: True):
        by_place[ties.changes[at].key].append(at)
    for found in by_place.values():
        ties.join("A post in the calendar has its theme from its pillar.", found)
    pillars = {
        ties.changes[at].key: at for at in ties.where(PILLARS, lambda one: one.field is None and one.kind != "changed")
    }
    for at in ties.where(SLOTS, lambda _: True):
        for name in _pillars_of(ties.changes[at]):
            if name in pillars:
                ties.join("A post in the calendar needs its pillar.", [at, pillars[name]])


def _pillars_of(change: Change) -> list[str]:
    if change.field == "pillar":
        return [str(change.before), str(change.after)]
    whole = change.after or change.before
    return [str(whole["pillar"])] if change.field is None and isinstance(whole, dict) else []


def _tie_calendar(ties: _Ties, before: StrategyDocument, after: StrategyDocument) -> None:
    """Where the two calendars do not fit into one span of ninety days, or have no network in common."""
    days = [slot.date for slot in (*before.calendar_skeleton, *after.calendar_skeleton)]
    if (max(days) - min(days)).days >= DAYS or _is_short(before, after):
        ties.join("The calendar spans ninety days, from another day on.", ties.where(SLOTS, lambda _: True))
    kept = {row.platform for row in before.channel_plan} & {row.platform for row in after.channel_plan}
    if not kept:
        ties.join("A plan needs a network.", ties.where(CHANNELS, lambda one: one.field is None))


def _is_short(before: StrategyDocument, after: StrategyDocument) -> bool:
    """Whether a calendar with the days of some networks from here and of others from there might span too few."""
    spans: list[list[date]] = []
    for document in (before, after):
        days: defaultdict[str, list[date]] = defaultdict(list)
        for slot in document.calendar_skeleton:
            days[slot.platform].append(slot.date)
        spans += days.values()
    return any((max(days) - min(days)).days + 1 <= DAYS - 14 for days in spans)


class _Ties:
    """The changes, and which of them are tied."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self.changes = changes
        self._root = list(range(len(changes)))
        self._why: defaultdict[int, dict[str, None]] = defaultdict(dict)

    def where(self, section: str, fits: Callable[[Change], bool]) -> list[int]:
        return [at for at, one in enumerate(self.changes) if one.section == section and fits(one)]

    def join(self, why: str, found: Iterable[int]) -> None:
        listed = list(found)
        for at in listed[1:]:
            self._root[self._find(at)] = self._find(listed[0])
        if len(listed) > 1:
            self._why[listed[0]][why] = None

    def groups(self) -> list[Group]:
        members: defaultdict[int, list[int]] = defaultdict(list)
        why: defaultdict[int, dict[str, None]] = defaultdict(dict)
        for at in range(len(self.changes)):
            members[self._find(at)].append(at)
            why[self._find(at)] |= self._why.get(at, {})
        ordered = sorted(members.items(), key=lambda one: one[1][0])
        return [Group(tuple(self.changes[at] for at in found), tuple(why[root])) for root, found in ordered]

    def _find(self, at: int) -> int:
        while self._root[at] != at:
            self._root[at] = self._root[self._root[at]]
            at = self._root[at]
        return at


def _title(changes: Sequence[Change]) -> str:
    if len(changes) == 1:
        return changes[0].label
    by_section = Counter(change.section for change in changes)
    slots = len({change.key for change in changes if change.section == SLOTS})
    posts = f"{slots} {'day' if slots == 1 else 'days'} of the calendar" if slots else ""
    found = [_heading(section, changes) for section in SECTIONS if by_section[section] and section != SLOTS]
    if not found and slots == 1:
        return wording.subject(SLOTS, changes[0].key)
    return ", ".join(dict.fromkeys([*found, *([posts] if posts else [])]))


def _heading(section: str, changes: Sequence[Change]) -> str:
    own = [change for change in changes if change.section == section]
    if section in NAMED:
        what = "pillars" if section == PILLARS else "audiences"
        return f"Shares of the {what}" if all(one.field == "share" for one in own) else f"{what.capitalize()}"
    names = dict.fromkeys(
        wording.platform(one.key if section == CHANNELS else place_of(one.key)[0]) for one in own if one.key
    )
    listed = ", ".join(names)
    if section == CHANNELS:
        return listed
    has_channels = any(one.section == CHANNELS for one in changes)
    return "posting windows" if has_channels else f"Posting windows of {listed}"
