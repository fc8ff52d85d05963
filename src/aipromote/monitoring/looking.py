"""One look at everything: PostgreSQL, Redis and this machine, side by side and with little patience.

It only collects. What it means is said in `checks`.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.db import health as database_health
from aipromote.db.database import Database
from aipromote.db.doors import Overdue, overdue
from aipromote.errors import Unavailable
from aipromote.jobs import health as jobs_health
from aipromote.jobs import tally
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.connection import UNREACHABLE, server_ms
from aipromote.jobs.server import read_facts
from aipromote.jobs.tally import Tally
from aipromote.monitoring.models import Incident
from aipromote.monitoring.patience import within
from aipromote.organizations.models import INTERNAL_ORGANIZATION
from aipromote.publishing import canaries, holds
from aipromote.publishing.canaries import Canary
from aipromote.publishing.holds import Held
from aipromote.settings import Settings

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_FORECASTS = text("SELECT state::text AS state, posts FROM doors.forecasts(:at)")
PATIENCE_SECONDS = 4.0
"""For each server. A page that waits for all of them answers within five seconds."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What the rows say."""

    overdue: tuple[Overdue, ...]
    """By queue: due for longer than the limit for posts."""
    held: tuple[Held, ...]
    incidents_open: int
    canary: Canary | None
    """The one that was sent last."""
    canary_arrived: Canary | None
    """The last one that is known to have arrived."""
    forecasts: Mapping[str, int]
    """Posts of the next two days by what is expected of them."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What Redis says: of itself (INFO), of the queues, how far its clock is ahead of ours, and what was counted."""

    info: Mapping[str, Any]
    health: jobs_health.Health
    skew_seconds: float
    tally: Tally


@dataclass(frozen=True, slots=True)
class Disk:
    """Where the data folder lies, in bytes."""

    free: int
    total: int


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that was found. What did not answer is None."""

    config: Settings
    is_simulated: bool
    database: database_health.Health
    pool: database_health.Pool
    """Of the process that asks."""
    rows: Rows | None
    carried: Carried | None
    disk: Disk | None


class Lookout:
    """Looks for one process. Those who ask while it looks share the next look, so that many cost little more."""

    def __init__(
        self, watching: Database, carrier: Carrier | None, *, config: Settings, serving: Database | None = None
    ) -> None:
        """`watching` is a pool for this alone, so that looking does not stand in the queue that it looks at."""
        self.database = watching
        self.carrier = carrier
        self.config = config
        self._serving = serving or watching
        self._one_at_a_time = asyncio.Lock()
        self._last: tuple[float, Facts] | None = None
        self._noted: dict[str, str] = {}

    async def look(self) -> Facts:
        """Everything, as it is from now on. Never raises for a server that does not answer."""
        asked = time.monotonic()
        async with self._one_at_a_time:
            if self._last is None or self._last[0] < asked:
                self._last = (time.monotonic(), await self._look())
            return self._last[1]

    async def _look(self) -> Facts:
        (database, rows), carried = await asyncio.gather(self._ask_database(), self._ask_redis())
        return Facts(
            config=self.config,
            is_simulated=clock.is_simulated(),
            database=database,
            pool=database_health.pool_of(self._serving),
            rows=rows,
            carried=carried,
            disk=_disk(self.config.home),
        )

    async def _ask_database(self) -> tuple[database_health.Health, Rows | None]:
        health = database_health.silent(self.database)
        try:
            return await within(PATIENCE_SECONDS, self._database_and_rows())
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            self._note("PostgreSQL", error)
            return health, None

    async def _database_and_rows(self) -> tuple[database_health.Health, Rows | None]:
        health = await database_health.measure(self.database)
        if health.schema_current != health.schema_wanted:
            return health, None  # what is asked below may not be there yet
        async with self.database.transaction(INTERNAL_ORGANIZATION) as session:
            return health, await _rows(session, limit=self.config.late_alert_seconds)

    async def _ask_redis(self) -> Carried | None:
        if self.carrier is None:
            return None
        try:
            return await within(PATIENCE_SECONDS, _carried(self.carrier))
        except (Unavailable, TimeoutError, *UNREACHABLE) as error:
            self._note("Redis", error)
            return None

    def _note(self, server: str, error: Exception) -> None:
        """For the log, when it is news: pages say only that it does not answer."""
        if self._noted.get(server) != type(error).__name__:
            log.warning("a server could not be asked", server=server, error=repr(error).splitlines()[0][:300])
        self._noted[server] = type(error).__name__


async def _rows(session: AsyncSession, *, limit: float) -> Rows:
    late = await overdue(session, at=clock.now() - timedelta(seconds=limit))
    return Rows(
        overdue=tuple(late),
        held=tuple(await holds.held(session)),
        incidents_open=await session.scalar(select(func.count()).where(Incident.closed_at.is_(None))) or 0,
        canary=await canaries.newest(session),
        canary_arrived=await canaries.newest_arrived(session),
        forecasts={row.state: row.posts for row in await session.execute(_FORECASTS, {"at": clock.now()})},
    )


async def _carried(carrier: Carrier) -> Carried:
    begun = clock.real_now().timestamp()
    theirs = await server_ms(carrier.redis) / 1000
    ours = (begun + clock.real_now().timestamp()) / 2
    info = await read_facts(carrier.redis) or {}  # a server that may not be asked is none that is away
    counted = await tally.read(carrier.redis, prefix=carrier.prefix)
    return Carried(info, await jobs_health.measure(carrier), theirs - ours, counted)


def _disk(home: Path | None) -> Disk | None:
    try:
        usage = shutil.disk_usage(home) if home is not None else None
    except OSError:
        return None
    return None if usage is None else Disk(usage.free, usage.total)
