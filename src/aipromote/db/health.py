"""How the database is: how fast it answers, who is connected, whether the schema is current and a replica keeps up."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.db import revision
from aipromote.db.database import Database

PATIENCE_SECONDS = 5.0
_FULL = 0.9
_LONGEST_TRANSACTION_SECONDS = 900.0
_SILENT = "The database does not answer."

# Names and counts are visible to every role; when a transaction began only to its own role and to pg_monitor.
_SERVER = text("""
    SELECT current_setting('server_version') AS version,
           count(*) AS used,
           current_setting('max_connections')::int AS most,
           extract(epoch FROM max(clock_timestamp() - xact_start)
               FILTER (WHERE pid <> pg_backend_pid()))::float8 AS oldest
      FROM pg_stat_activity WHERE backend_type = 'client backend'
""")
_CLIENTS = text("""
    SELECT coalesce(nullif(application_name, ''), 'unnamed') AS name, count(*) AS connections,
           count(*) FILTER (WHERE state = 'active' AND pid <> pg_backend_pid()) AS active,
           count(*) FILTER (WHERE state LIKE 'idle in transaction%') AS idle_in_transaction
      FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = current_database()
     GROUP BY 1 ORDER BY 1
""")


@dataclass(frozen=True, slots=True)
class Pool:
    """The connections of this process: kept open, in use now, opened beyond the kept ones, and waited for."""

    size: int
    in_use: int
    overflow: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Client:
    """The connections of one program, by the name that it gives itself."""

    name: str
    connections: int
    active: int
    idle_in_transaction: int


@dataclass(frozen=True, slots=True)
class Lag:
    """A replica: how many seconds it is behind (None: away, or no replica) and how many it may be."""

    seconds: float | None
    most: float


@dataclass(frozen=True, slots=True)
class Health:
    """What was found; `found` has one sentence for each thing that somebody must look at.

    Its kinds are `silent`, `schema`, `connections`, `transaction` and `replica`.
    """

    found: dict[str, str]
    pool: Pool
    latency_ms: float | None = None
    server_version: str | None = None
    connections_used: int | None = None
    connections_max: int | None = None
    oldest_transaction_seconds: float | None = None
    """Of those that the asking role may see: its own, or all for the owner."""
    schema_current: str | None = None
    schema_wanted: str | None = None
    replica: Lag | None = None
    clients: list[Client] | None = None

    @property
    def problems(self) -> list[str]:
        """The sentences alone."""
        return list(self.found.values())

    @property
    def is_healthy(self) -> bool:
        """Nothing needs a look."""
        return not self.problems

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        facts = asdict(self)
        del facts["found"]
        return {"healthy": self.is_healthy, "problems": self.problems, **facts}


async def measure(database: Database) -> Health:
    """Look at everything, for at most some seconds. Never raises for a database that does not answer."""
    pool = pool_of(database)
    replica = None
    if database.replica is not None:
        replica = Lag(await database.replica.lag(), database.replica.most_seconds)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            facts = await _look(database)
    except (SQLAlchemyError, OSError, TimeoutError):
        return Health({"silent": _SILENT}, pool, replica=replica)
    return Health(_problems(facts) | _replica_problems(replica), pool, replica=replica, **facts)


def silent(database: Database) -> Health:
    """What is known of a database that does not answer."""
    return Health({"silent": _SILENT}, pool_of(database))


def pool_of(database: Database) -> Pool:
    """The use of this process's pool."""
    pool: Any = database.engine.pool
    return Pool(pool.size(), pool.checkedout(), max(0, pool.overflow()), database.waiting)


async def _look(database: Database) -> dict[str, Any]:
    async with database.transaction() as session:
        latency = await _latency(session)
        server = (await session.execute(_SERVER)).one()
        clients = [Client(**row) for row in (await session.execute(_CLIENTS)).mappings()]
        current = await revision.current(session)
    return {
        "latency_ms": round(latency * 1000, 2),
        "server_version": server.version,
        "connections_used": server.used,
        "connections_max": server.most,
        "oldest_transaction_seconds": None if server.oldest is None else round(server.oldest, 1),
        "schema_current": current,
        "schema_wanted": revision.head(),
        "clients": clients,
    }


async def _latency(session: AsyncSession) -> float:
    """Seconds of one round trip on a connection that is open."""
    begun = time.perf_counter()
    await session.execute(text("SELECT 1"))
    return time.perf_counter() - begun


def _problems(facts: dict[str, Any]) -> dict[str, str]:
    found = {}
    if facts["schema_current"] != facts["schema_wanted"]:
        found["schema"] = "The schema is not the one of this release. Run `aipromote db migrate`."
    used, most = facts["connections_used"], facts["connections_max"]
    if used >= _FULL * most:
        found["connections"] = (
            f"{used} of {most} connections are taken. Use fewer processes, smaller pools, or PgBouncer."
        )
    oldest = facts["oldest_transaction_seconds"] or 0
    if oldest > _LONGEST_TRANSACTION_SECONDS:
        found["transaction"] = (
            f"A transaction has been open for {oldest / 60:.0f} minutes; nothing can be cleaned up meanwhile."
        )
    return found


def _replica_problems(replica: Lag | None) -> dict[str, str]:
    if replica is None:
        return {}
    if replica.seconds is None:
        return {"replica": "The replica does not answer, or is none. Pages read from the primary."}
    if replica.seconds > replica.most:
        return {"replica": f"The replica is {replica.seconds:.0f} s behind. Pages read from the primary."}
    return {}
