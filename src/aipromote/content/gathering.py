"""What the startup knows about places of the calendar, found before they are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from aipromote.ai.gathering import FindsPassages
from aipromote.ai.writer import Slot
from aipromote.db.database import Database

EACH = 8
"""Passages for each place."""


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
