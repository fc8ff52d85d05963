"""A fact: something the startup may say because it can show where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

ENDS_SOON = timedelta(days=14)


class FactKind(StrEnum):
    """What sort of proof a fact is."""

    METRIC = "metric"
    CUSTOMER = "customer"
    AWARD = "award"
    PRESS = "press"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Fact:
    """A statement with its source. `id` is None while it stands only in a brief; after `expires` it proves nothing."""

    statement: str
    source: str
    kind: FactKind = FactKind.OTHER
    expires: date | None = None
    id: UUID | None = None

    def holds_on(self, day: date) -> bool:
        """Whether it may still be said on that day (its last day included)."""
        return self.expires is None or day <= self.expires

    def state_on(self, day: date) -> Literal["holds", "ends soon", "expired"]:
        """How it stands on that day. It ends soon within 14 days: time to look for a newer number."""
        if not self.holds_on(day):
            return "expired"
        return "ends soon" if self.expires is not None and self.expires - day <= ENDS_SOON else "holds"
