"""What the startup knows about places of the calendar, found before they are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.ai.writer import Slot
from aipromote.documents.passages import Passage

EACH = 8
"""Passages for each place."""


class FindsPassages(Protocol):
    """Finds what may be written from on a day. Handed in by whoever runs the job: it looks at rooms above this one."""

    async def __call__(
        self, session: AsyncSession, *, organization_id: UUID, query: str, limit: int, day: date
    ) -> Sequence[Passage]:
        """The best first."""
        ...


async def with_passages(
    session: AsyncSession, slots: Sequence[Slot], *, organization_id: UUID, find: FindsPassages
) -> list[Slot]:
    """The slots, each with passages about its pillar and theme.

    All hold on the last of their days: a post of one place may then use what was found for another.
    """
    last = max(slot.date for slot in slots)
    found: dict[str, Sequence[Passage]] = {}
    for query in {_query(slot) for slot in slots}:
        found[query] = await find(session, organization_id=organization_id, query=query, limit=EACH, day=last)
    return [replace(slot, passages=tuple(found[_query(slot)])) for slot in slots]


def _query(slot: Slot) -> str:
    return f"{slot.theme} {slot.pillar}"
