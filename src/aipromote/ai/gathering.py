"""How the rooms that have something written find what it may be written from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol
from uuid import UUID

from aipromote.db.database import Database
from aipromote.documents.passages import Passage


class FindsPassages(Protocol):
    """Finds what may be written from on a day. Handed in by whoever runs the job: it looks at rooms above them."""

    async def __call__(
        self, database: Database, *, organization_id: UUID, queries: Sequence[str], limit: int, day: date
    ) -> Sequence[Sequence[Passage]]:
        """For each question, the best first. Opens transactions of its own: a provider may be asked in between."""
        ...
