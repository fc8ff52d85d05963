"""What health pages ask of the servers behind the product: reachable, migrated, and how much is late."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from aipromote import clock
from aipromote.db import revision
from aipromote.db.database import Database
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.connection import UNREACHABLE
from aipromote.publishing import holds

_PATIENCE_SECONDS = 5


@dataclass(slots=True)
class Vitals:
    """One per process. Remembers that the schema was current: it does not become older while this process runs."""

    database: Database
    carrier: Carrier | None
    _migrated: bool = field(default=False, init=False)

    async def complaints(self) -> list[str]:
        """Why this process cannot serve, in words without addresses or names; empty when it can."""
        found = await asyncio.gather(self._database(), self._redis())
        return [complaint for complaint in found if complaint]

    async def overdue(self) -> dict[str, int]:
        """Rows that should have been worked on by now, by queue."""
        async with self.database.transaction() as session:
            rows = await session.execute(text("SELECT queue, owed FROM doors.overdue(:at)"), {"at": clock.now()})
            return {row.queue: row.owed for row in rows}

    async def held(self) -> dict[str, int]:
        """Where nothing goes out until a person says so: `organizations`, and `posts` that have come due there."""
        async with self.database.transaction() as session:
            found = await holds.held(session)
            return {"organizations": len(found), "posts": sum(one.waiting for one in found)}

    async def _database(self) -> str | None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                async with self.database.transaction() as session:
                    await session.execute(text("SELECT 1"))
                return await self._schema()
        except (SQLAlchemyError, OSError, TimeoutError):
            return "The database does not answer."

    async def _schema(self) -> str | None:
        if not self._migrated:
            async with self.database.transaction() as session:
                self._migrated = await revision.current(session) == revision.head()
        return None if self._migrated else "Migrations are pending. Run `aipromote db migrate`."

    async def _redis(self) -> str | None:
        if self.carrier is None:
            return "REDIS_URL is not set."
        try:
            await self.carrier.redis.ping()
        except UNREACHABLE:
            return "Redis does not answer."
        return None
