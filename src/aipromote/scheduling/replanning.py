"""What becomes of the texts of earlier plans under the one that is active now. Pure: decides, and does nothing.

A text keeps its place where the new plan has the same one: day, network, pillar, theme and format. It moves where the
new plan has that place on another day to come, not too far away. Otherwise there is no place for it any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from aipromote.content.places import Place
from aipromote.documents.strategy import SkeletonSlot
from aipromote.scheduling.slots import HORIZON_DAYS


class Fate(StrEnum):
    """What a re-plan does with a text."""

    KEEP = "keep"
    MOVE = "move"
    ARCHIVE = "archive"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of an earlier plan. `slot` is what it was written for, in the names of the plan that is active now."""

    piece_id: UUID
    slot: SkeletonSlot
    key: str
    leave: str | None = None
    """Why it is not touched, whatever the plan says."""
    fixed: bool = False
    """Whether only a person may move it or take it away: it is in the calendar, or approved by name."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one text, and the place it gets."""

    text: Text
    fate: Fate
    to: Place | None = None

    @property
    def needs_person(self) -> bool:
        """Whether it happens only if a person says so, for this text."""
        return self.text.fixed and self.fate in {Fate.MOVE, Fate.ARCHIVE}


def judge(
    texts: Sequence[Text], places: Sequence[Place], *, taken: Collection[str], today: date
) -> dict[UUID, Verdict]:
    """The fate of each text, by its piece. No place is given twice, nor one that has a text of its own (`taken`)."""
    free = {place.key: place for place in places if place.key not in taken}
    verdicts: dict[UUID, Verdict] = {}
    ordered = sorted(texts, key=lambda text: (not text.fixed, text.key, text.piece_id))
    for text in ordered:
        if text.leave is not None:
            verdicts[text.piece_id] = Verdict(text, Fate.LEAVE)
            if place := _same(text, free):
                del free[place.key]  # its place is taken, by a text that goes its own way
    for text in ordered:
        if text.piece_id not in verdicts and (place := _same(text, free)):
            verdicts[text.piece_id] = Verdict(text, Fate.KEEP, free.pop(place.key))
    for text in ordered:
        if text.piece_id not in verdicts:
            moved = _elsewhere(text, free, today=today)
            fate = Fate.MOVE if moved else Fate.ARCHIVE
            verdicts[text.piece_id] = Verdict(text, fate, free.pop(moved.key) if moved else None)
    return verdicts


def _same(text: Text, free: Mapping[str, Place]) -> Place | None:
    exact = free.get(text.key)
    if exact is not None and exact.slot == text.slot:
        return exact
    return next((place for place in free.values() if place.slot == text.slot), None)


def _elsewhere(text: Text, free: Mapping[str, Place], *, today: date) -> Place | None:
    """The nearest day to come on which the new plan wants just this; none that is too far to be the same post."""

    def fitting() -> Iterator[Place]:
        for place in free.values():
            near = abs((place.slot.date - text.slot.date).days) <= HORIZON_DAYS
            if (
                near
                and place.slot.date > today
                and place.slot == text.slot.model_copy(update={"date": place.slot.date})
            ):
                yield place

    return min(fitting(), key=lambda place: (abs((place.slot.date - text.slot.date).days), place.key), default=None)
