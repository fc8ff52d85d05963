"""The dated places of a strategy's calendar, each with the key that its piece goes by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from aipromote.ai.writer import Slot
from aipromote.documents.strategy import SkeletonSlot
from aipromote.documents.vocabulary import Platform


@dataclass(frozen=True, slots=True)
class Place:
    """One place for one post. `key` names it within its strategy: "2026-11-23/TWITTER/0"."""

    index: int
    key: str
    slot: SkeletonSlot

    def for_writer(self) -> Slot:
        """The place as writers see it."""
        slot = self.slot
        return Slot(self.index, slot.date, slot.platform, slot.pillar, slot.theme, slot.format)


def places(skeleton: Sequence[SkeletonSlot]) -> list[Place]:
    """All places by date, in the calendar's own order within a day. Keys do not depend on which part is looked at."""
    seen: Counter[tuple[date, Platform]] = Counter()
    found = []
    for index, slot in enumerate(sorted(skeleton, key=lambda slot: slot.date)):
        number = seen[slot.date, slot.platform]
        seen[slot.date, slot.platform] += 1
        found.append(Place(index, f"{slot.date}/{slot.platform}/{number}", slot))
    return found


def weekly_firsts(found: Sequence[Place], *, platform: Platform, pillar: str) -> frozenset[str]:
    """The keys of this pillar's first place on this platform in each calendar week: where a weekly series stands."""
    firsts: dict[tuple[int, int], str] = {}
    for place in found:
        if place.slot.platform is platform and place.slot.pillar == pillar:
            year, week, _ = place.slot.date.isocalendar()
            firsts.setdefault((year, week), place.key)
    return frozenset(firsts.values())
