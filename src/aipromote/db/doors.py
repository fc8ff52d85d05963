"""The doors that no single room owns. What each door is, and why, stands in the migration that makes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True)
class Overdue:
    """How many rows of a queue were due before an instant and are not done, and since when the oldest waits."""

    queue: str
    owed: int
    oldest: datetime | None


async def overdue(session: AsyncSession, *, at: datetime) -> list[Overdue]:
    """What had to be done by `at` and is not. Counts over all organizations, no ids."""
    rows = await session.execute(text("SELECT queue, owed, oldest FROM doors.overdue(:at)"), {"at": at})
    return [Overdue(row.queue, row.owed, row.oldest) for row in rows]
