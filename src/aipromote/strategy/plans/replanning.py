"""The calendar that follows from the rest of a plan: days from how often, pillars from their shares. Deterministic.

What may stay stays: a slot whose day remains keeps its pillar and its theme, so that a text written for it still fits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from aipromote.ai.offline.playbook import apportioned, dates
from aipromote.ai.offline.playbook import windows as usual_windows
from aipromote.documents.strategy import PostingWindow
from aipromote.documents.vocabulary import ContentType, Platform
from aipromote.strategy.plans.tree import CHANNELS, PILLARS, SLOTS, WINDOWS, Part, Tree, place_of

_DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def fit_windows(tree: Tree, platform: str, *, time_zone: str) -> None:
    """Give the platform as many weekdays as it has posts a week; those that it has stay as far as they are needed."""
    weekly = tree[CHANNELS][platform]["posts_per_week"]
    own = {key: part for key, part in tree[WINDOWS].items() if key.startswith(f"{platform}/")}
    days = dict.fromkeys(_weekday(key) for key in own)
    usual = _once(usual_windows(Platform(platform), weekly, time_zone=time_zone))
    wanted = min(weekly, 7)
    chosen = [day for day in usual if day in days] + [day for day in days if day not in usual]
    chosen = [*chosen, *(day for day in usual if day not in days)][:wanted]
    for key in own:
        if _weekday(key) not in chosen:
            del tree[WINDOWS][key]
    for day in chosen:
        if day not in days:
            tree[WINDOWS][f"{platform}/{day}/0"] = {"hours": usual[day]}
    say_times(tree, platform)


def say_times(tree: Tree, platform: str) -> None:
    """The channel's best times in words, as its windows have them."""
    own = sorted((key, part) for key, part in tree[WINDOWS].items() if key.startswith(f"{platform}/"))
    tree[CHANNELS][platform]["best_times"] = [
        f"{_DAY_NAMES[_weekday(key)]} {part['hours']['from']}–{part['hours']['to']}" for key, part in own
    ]


def fit_days(tree: Tree, platform: str, *, start: date) -> None:
    """Lay the platform's slots anew over ninety days from `start`, on the weekdays of its windows."""
    weekly = tree[CHANNELS][platform]["posts_per_week"]
    days = sorted({_weekday(key) for key in tree[WINDOWS] if key.startswith(f"{platform}/")}) or list(range(7))
    seen: Counter[date] = Counter()
    wanted = []
    for day in sorted(dates(start, [days[at % len(days)] for at in range(weekly)])):
        wanted.append(f"{day}/{platform}/{seen[day]}")
        seen[day] += 1
    own = {key for key in tree[SLOTS] if place_of(key)[1] == platform}
    for key in own.difference(wanted):
        del tree[SLOTS][key]
    formats = tree[CHANNELS][platform]["formats"] or [ContentType.POST.value]
    for key in wanted:
        if key not in own:
            name = _furthest_behind(tree)
            tree[SLOTS][key] = _slot(tree, name) | {"format": formats[0]}


def fit_pillars(tree: Tree, *, since: date) -> None:
    """Let as many slots as the shares say belong to each pillar, by changing as few as possible, none before `since`.

    A slot whose pillar is gone gets another one, whenever it is.
    """
    pillars = tree[PILLARS]
    for key in sorted(tree[SLOTS]):
        if tree[SLOTS][key]["pillar"] not in pillars:
            tree[SLOTS][key] |= _slot(tree, _furthest_behind(tree))
    counts = Counter(part["pillar"] for part in tree[SLOTS].values())
    wanted = _wanted(pillars, total=len(tree[SLOTS]))
    spare: list[str] = []
    for name in pillars:
        own = sorted(
            key for key, part in tree[SLOTS].items() if part["pillar"] == name and place_of(key)[0] >= str(since)
        )
        spare += _spread(own, counts[name] - wanted[name])
    for key in sorted(spare):
        lacking = {name: wanted[name] - counts[name] for name in pillars}
        name = max(lacking, key=lambda one: lacking[one])
        if lacking[name] > 0:
            counts[tree[SLOTS][key]["pillar"]] -= 1
            counts[name] += 1
            tree[SLOTS][key] |= _slot(tree, name)


def shared_out(shares: Mapping[str, int], *, total: int) -> dict[str, int]:
    """Whole numbers in the proportion of these that add up to `total`; alike where all are zero."""
    names = list(shares)
    if not names:
        return {}
    if total < len(names):
        return {name: int(at < total) for at, name in enumerate(names)}
    weights = [float(shares[name]) for name in names]
    return dict(zip(names, apportioned(weights if any(weights) else [1.0] * len(names), total=total), strict=True))


def _wanted(pillars: Mapping[str, Part], *, total: int) -> dict[str, int]:
    return shared_out({name: part["share"] for name, part in pillars.items()}, total=total)


def _furthest_behind(tree: Tree) -> str:
    counts = Counter(part["pillar"] for part in tree[SLOTS].values())
    total = len(tree[SLOTS]) + 1
    return max(tree[PILLARS], key=lambda name: tree[PILLARS][name]["share"] * total / 100 - counts[name])


def _slot(tree: Tree, name: str) -> Part:
    """A slot of this pillar, about the topic that comes next."""
    topics = tree[PILLARS][name]["topics"] or [name]
    used = sum(part["pillar"] == name for part in tree[SLOTS].values())
    return {"pillar": name, "theme": topics[used % len(topics)]}


def _spread(keys: Sequence[str], count: int) -> list[str]:
    """So many of them, evenly over all."""
    if count <= 0:
        return []
    count = min(count, len(keys))
    return [keys[at * len(keys) // count] for at in range(count)]


def _weekday(key: str) -> int:
    return int(place_of(key)[1])


def _once(found: Sequence[PostingWindow]) -> dict[int, Part]:
    """The hours by weekday, best first."""
    hours: dict[int, Part] = {}
    for window in found:
        hours.setdefault(window.weekday, {"from": window.from_, "to": window.to, "time_zone": window.time_zone})
    return hours
