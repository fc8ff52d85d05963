"""What differs between two plans, field by field; and a plan with some of these changes taken over."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Any, Literal

from pydantic import JsonValue
from pydantic_core import to_json

from aipromote.documents.shapes import Shape
from aipromote.documents.strategy import StrategyDocument
from aipromote.errors import InvalidInput
from aipromote.strategy.plans.tree import (
    FIELDS,
    NAMED,
    ORDERED,
    PILLARS,
    SECTIONS,
    SLOTS,
    WHOLE,
    Part,
    Tree,
    document_of,
    path_of,
    tree_of,
)
from aipromote.strategy.plans.wording import label

ORDER = "order"
NAME = "name"


class Change(Shape):
    """One difference. Names in it are those of the plan before, also where the change itself gives a new one."""

    section: str
    key: str
    field: str | None
    """None: the whole part was added or removed. "order": `before` and `after` are the keys in their order."""
    kind: Literal["added", "removed", "changed"]
    label: str
    """What it is about, for people."""
    before: JsonValue = None
    after: JsonValue = None

    @property
    def path(self) -> str:
        """Where it is: `content_pillars[Bread].share`."""
        return path_of(self.section, self.key, self.field)

    @property
    def digest(self) -> str:
        """Of what it changes to what. Who decides on a change names it by this, and so decides on what was seen."""
        seen = to_json([self.path, self.kind, self.before, self.after])
        return hashlib.sha256(seen).hexdigest()[:16]


def diff(before: StrategyDocument, after: StrategyDocument) -> list[Change]:
    """All changes that lead from one plan to the other, in the order of the plan's parts."""
    return diff_of(tree_of(before), tree_of(after))


def diff_of(old: Tree, new: Tree) -> list[Change]:
    """The same for trees."""
    renames = {section: renamed(old, new, section) for section in NAMED}
    new = rename(new, {section: {now: was for was, now in names.items()} for section, names in renames.items()})
    changes: list[Change] = []
    for section in SECTIONS:
        for was, now in renames.get(section, {}).items():
            changes.append(_change(section, was, NAME, was, now))
        changes += _of_section(section, old[section], new[section])
    return changes


def apply(before: StrategyDocument, changes: Iterable[Change]) -> StrategyDocument:
    """The plan with these changes. Raises InvalidInput where they cannot be had without others."""
    return document_of(applied(tree_of(before), changes))


def applied(tree: Tree, changes: Iterable[Change]) -> Tree:
    """The same for trees, unchecked: parts may disagree."""
    made = deepcopy(tree)
    names: dict[str, dict[str, str]] = {section: {} for section in NAMED}
    orders: list[Change] = []
    for change in changes:
        parts = made[change.section]
        if change.field == NAME:
            names[change.section][change.key] = str(change.after)
        elif change.field == ORDER:
            orders.append(change)
        elif change.kind == "added" and isinstance(change.after, dict):
            parts[change.key] = deepcopy(dict(change.after))
        elif change.kind == "removed":
            parts.pop(change.key, None)
        elif change.field is not None and change.key in parts:
            parts[change.key][change.field] = deepcopy(change.after)
    for change in orders:
        made[change.section] = _in_order(made[change.section], change.after)
    return rename(made, names)


def rename(tree: Tree, names: Mapping[str, Mapping[str, str]]) -> Tree:
    """The tree with parts by other names, also where slots name them. Raises InvalidInput for two alike."""
    made = dict(tree)
    for section, known in names.items():
        if not known:
            continue
        parts = {known.get(key, key): part for key, part in made[section].items()}
        if len(parts) < len(made[section]):
            raise InvalidInput("Two parts of the plan would have one name.", field=section)
        made[section] = parts
        if section == PILLARS:
            made[SLOTS] = {
                key: part | {"pillar": known.get(part["pillar"], part["pillar"])} for key, part in made[SLOTS].items()
            }
    return made


def renamed(old: Tree, new: Tree, section: str) -> dict[str, str]:
    """Names that became others, where that is clear: the rest of the part is alike, and that of no other part is."""
    gone = {key: part for key, part in old[section].items() if key not in new[section]}
    come = {key: part for key, part in new[section].items() if key not in old[section]}
    found = {}
    for was, part in gone.items():
        alike = [now for now, other in come.items() if _alike(part, other)]
        rivals = [one for one, other in gone.items() if alike and _alike(other, come[alike[0]])]
        if len(alike) == len(rivals) == 1:
            found[was] = alike[0]
    if not found and len(gone) == len(come) == 1:
        (was, part), (now, other) = *gone.items(), *come.items()
        same_place = list(old[section]).index(was) == list(new[section]).index(now)
        if same_place and part["share"] == other["share"]:
            found[was] = now
    return found


def _alike(one: Part, other: Part) -> bool:
    """Whether their words are the same, and they have some."""
    said = {name for name in one if name not in {"share", "platforms"} and one[name]}
    return bool(said) and all(one[name] == other[name] for name in one if name not in {"share", "platforms"})


def _of_section(section: str, old: dict[str, Part], new: dict[str, Part]) -> list[Change]:
    changes = []
    for key, part in old.items():
        if key not in new:
            changes.append(_change(section, key, None, part, None))
            continue
        now = new[key]
        differing = [field for field in FIELDS[section] if part[field] != now[field]]
        changes += [_change(section, key, field, part[field], now[field]) for field in differing]
    changes += [_change(section, key, None, None, part) for key, part in new.items() if key not in old]
    if section in ORDERED:
        kept = [key for key in old if key in new]
        came = [key for key in new if key not in old]
        if [*kept, *came] != list(new):
            changes.append(_change(section, WHOLE, ORDER, list(old), list(new)))
    if section == SLOTS:
        changes.sort(key=lambda change: change.key)
    return changes


def _change(section: str, key: str, field: str | None, before: Any, after: Any) -> Change:
    kind: Literal["added", "removed", "changed"] = "changed"
    if field is None:
        kind = "added" if before is None else "removed"
    words = label(section, key, field)
    return Change(section=section, key=key, field=field, kind=kind, label=words, before=before, after=after)


def _in_order(parts: dict[str, Part], wanted: JsonValue) -> dict[str, Part]:
    """Those that are named first, in that order; whatever else there is behind them, as it was."""
    order: Sequence[Any] = wanted if isinstance(wanted, list) else []
    rank = {key: at for at, key in enumerate(order)}
    return dict(sorted(parts.items(), key=lambda one: rank.get(one[0], len(rank))))
