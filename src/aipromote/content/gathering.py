"""What the startup knows about places of the calendar, found before they are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Protocol
from uuid import UUID

from aipromote.ai.writer import Slot
from aipromote.db.database import Database
from aipromote.documents.passages import Passage

EACH = 8
"""Passages for each place."""


class FindsPassages(Protocol):
    """Finds what may be written from on a day. Handed in by whoever runs the job: it looks at rooms above this one."""

    async def __call__(
        self, database: Database, *, organization_id: UUID, queries: Sequence[str], limit: int, day: date
    ) -> Sequence[Sequence[Passage]]:
        """For each question, the best first. Opens transactions of its own: a provider may be asked in between."""
        ...


async def with_passages(
    database: Database, slots: Sequence[Slot], *, organization_id: UUID, find: FindsPassages
) -> list[Slot]:
    """The slots, each with passages about its pillar and theme.

    All hold on the last of their days: a post of one place may then use what was found for another.
    """
    last = max(slot.date for slot in slots)
    queries = list(dict.fromkeys(map(_query, slots)))
    answers = await find(database, organization_id=organization_id, queries=queries, limit=EACH, day=last)
    found = dict(zip(queries, answers, strict=True))
    return [replace(slot, passages=tuple(found[_query(slot)])) for slot in slots]


def _query(slot: Slot) -> str:
    return f"{slot.theme} {slot.pillar}"
