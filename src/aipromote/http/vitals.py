"""What a process needs to serve: PostgreSQL and Redis reachable, and the schema current."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from aipromote.db import revision
from aipromote.db.database import Database
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.connection import UNREACHABLE
from aipromote.monitoring.patience import within

_PATIENCE_SECONDS = 4.0


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

    async def _database(self) -> str | None:
        try:
            return await within(_PATIENCE_SECONDS, self._answers())
        except (SQLAlchemyError, OSError, TimeoutError):
            return "The database does not answer."

    async def _answers(self) -> str | None:
        async with self.database.transaction() as session:
            await session.execute(text("SELECT 1"))
        return await self._schema()

    async def _schema(self) -> str | None:
        if not self._migrated:
            async with self.database.transaction() as session:
                self._migrated = await revision.current(session) == revision.head()
        return None if self._migrated else "Migrations are pending. Run `aipromote db migrate`."

    async def _redis(self) -> str | None:
        if self.carrier is None:
            return "REDIS_URL is not set."
        try:
            await within(_PATIENCE_SECONDS, _ping(self.carrier))
        except (TimeoutError, *UNREACHABLE):
            return "Redis does not answer."
        return None


async def _ping(carrier: Carrier) -> None:
    await carrier.redis.ping()
