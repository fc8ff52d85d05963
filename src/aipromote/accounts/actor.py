"""Who does something. Every verb takes an actor; what is done is recorded under its name."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, or the product itself (`user_id` None)."""

    name: str
    user_id: UUID | None = None

    @property
    def is_person(self) -> bool:
        """Whether a human stands behind it: only then may it override or approve."""
        return self.user_id is not None


SYSTEM = Actor("AIPromote")
"""The product acting by itself: workers and periodic jobs."""
