"""Passages: pieces of what an organization knows, each with where it comes from. Handed to writers as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

FEWEST_TO_COMPARE = 3
"""Posts that a median needs before it says anything."""


class PassageKind(StrEnum):
    """What sort of source it comes from."""

    PROFILE = "profile"
    FACT = "fact"
    FILE = "file"
    POST = "post"


class FoundBy(StrEnum):
    """How a passage was found: it has words of the question, or a vector near to the question's."""

    WORDS = "words"
    MEANING = "meaning"


@dataclass(frozen=True, slots=True)
class PostResult:
    """How a post did by its newest counters, beside the medians of the organization's own posts on that network.

    None is "not reported", never zero. `compared` is how many posts the median of reactions speaks of.
    """

    platform: str
    impressions: int | None
    engagement: int | None
    usual_impressions: float | None
    usual_engagement: float | None
    compared: int
    is_simulated: bool = False

    @property
    def ratio(self) -> float | None:
        """Its reactions to the usual ones; None where that cannot be said."""
        if self.engagement is None or not self.usual_engagement or self.compared < FEWEST_TO_COMPARE:
            return None
        return self.engagement / self.usual_engagement

    @property
    def words(self) -> str:
        """For a person or a model."""
        told = ", ".join(filter(None, (_count(self.impressions, "impression"), _count(self.engagement, "reaction"))))
        told = told or "no counters reported"
        if self.usual_engagement is not None and self.compared >= FEWEST_TO_COMPARE:
            told += f"; the median of {self.compared} posts on {self.platform} is {self.usual_engagement:g} reactions"
            told += f" ({self.ratio:.1f} times that)" if self.ratio is not None else ""
        return told + (" (simulated audience)" if self.is_simulated else "")


@dataclass(frozen=True, slots=True)
class Passage:
    """A text with its source in words. The higher `score`, the better it answers; scores compare within one answer.

    `reference` is the id of the fact, of the passage of a file, or of the piece. A fact that has `expired` proves
    nothing any more. `result` is that of a post; None beside a post means that it was not measured.
    """

    kind: PassageKind
    text: str
    source: str
    score: float
    reference: UUID | None = None
    expired: bool = False
    result: PostResult | None = None
    found_by: tuple[FoundBy, ...] = (FoundBy.WORDS,)

    @property
    def outcome(self) -> str | None:
        """How a post did, in words; None for other kinds."""
        if self.kind is not PassageKind.POST:
            return None
        return self.result.words if self.result else "not measured"


def _count(number: int | None, what: str) -> str:
    return "" if number is None else f"{number:,} {what}{'' if number == 1 else 's'}"
