"""Who does something. Every verb takes an actor; what is done is recorded under its name."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, a program with a person's API key (`api_key_id`), or the product itself (`user_id` None).

    With a `review_link_id` somebody without an account, let in by a link that the person made.
    """

    name: str
    user_id: UUID | None = None
    api_key_id: UUID | None = None
    review_link_id: UUID | None = None

    @property
    def is_person(self) -> bool:
        """Whether a member acts at this moment: only then may it override or approve."""
        return self.user_id is not None and self.api_key_id is None and self.review_link_id is None

    @property
    def is_product(self) -> bool:
        """Whether nobody's permissions bound it: workers and periodic jobs."""
        return self.user_id is None


SYSTEM = Actor("AIPromote")
"""The product acting by itself: workers and periodic jobs."""
