"""Connections and transactions. Every transaction of the application names the organizations that it may see."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Literal, TypeAlias, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, func, make_url, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from aipromote import settings
from aipromote.db.pinging import ping_after_rest
from aipromote.db.replica import Replica
from aipromote.db.retrying import persistently
from aipromote.db.roles import application_url

TENANTS = "aipromote.organizations"
"""The transaction-local setting that the row-level policies read: a uuid[] literal."""

Isolation: TypeAlias = Literal["read committed", "repeatable read", "serializable"]
"""What a transaction may notice of others: their commits, nothing new, or nothing that contradicts some order."""

_OVERFLOW = 12
_T = TypeVar("_T")


def driver_url(url: str) -> str:
    """Any spelling of a PostgreSQL URL, with the asyncpg driver."""
    return make_url(url).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


def create_engine(
    url: str, *, pool_size: int = 4, overflow: int = 0, application: str = "aipromote", pgbouncer: bool = False
) -> AsyncEngine:
    """An engine with a time-out on every statement, and a name that shows in pg_stat_activity.

    `pool_size` connections are kept; while all are in use up to `overflow` more are opened, and closed afterwards.
    Behind a PgBouncer in transaction mode nothing may be left on a connection: statements are prepared without a name
    and every time anew, and the time-out is set by each transaction (PgBouncer refuses it at the start of one).
    """
    options = {"application_name": application, "timezone": "UTC"}
    arguments: dict[str, Any] = {"server_settings": options, "timeout": 10}
    if pgbouncer:
        arguments |= {"statement_cache_size": 0, "prepared_statement_cache_size": 0}
    else:
        options["statement_timeout"] = str(settings.get().statement_timeout_ms)
        # What is read is in memory or on a disk without arms: fifty keys are fifty looks at an index, no whole table.
        options["random_page_cost"] = "1.1"
    engine = create_async_engine(driver_url(url), pool_size=pool_size, max_overflow=overflow, connect_args=arguments)
    ping_after_rest(engine.sync_engine)
    return engine


async def set_tenants(session: AsyncSession, organizations: Iterable[UUID]) -> None:
    """What this transaction may see and write, until it ends."""
    await session.execute(select(_seen(organizations)))


def _seen(organizations: Iterable[UUID]) -> ColumnElement[str]:
    listed = ",".join(str(organization) for organization in organizations)
    return func.set_config(TENANTS, f"{{{listed}}}", True)


class Database:
    """The application's way to its rows: a pool that logs in as the application role, and perhaps a replica to read."""

    def __init__(
        self, engine: AsyncEngine, *, replica: Replica | None = None, local_timeout: int | None = None
    ) -> None:
        """With `local_timeout` (milliseconds) each transaction sets its own time-out, as PgBouncer needs it."""
        self.engine = engine
        self.replica = replica
        self.waiting = 0
        """Transactions of this process that have no connection yet."""
        self._local_timeout = local_timeout
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)

    @classmethod
    def from_settings(cls, application: str = "aipromote", *, pool_size: int | None = None) -> Database:
        """As the settings say. Opens no connection yet; raises SetupError when no database is named.

        With `pool_size` the pool has exactly that many connections, and who wants one more waits.
        """
        chosen = settings.get()
        kept, more = (pool_size, 0) if pool_size is not None else (chosen.pool_size, _OVERFLOW)
        pool: dict[str, Any] = {"pool_size": kept, "overflow": more, "application": application}
        engine = create_engine(application_url(), pgbouncer=chosen.pgbouncer, **pool)
        replica = None
        if chosen.replica_url is not None:
            replica = Replica(create_engine(chosen.replica_url.get_secret_value(), **pool), chosen.replica_lag_seconds)
        return cls(engine, replica=replica, local_timeout=chosen.statement_timeout_ms if chosen.pgbouncer else None)

    @asynccontextmanager
    async def transaction(
        self, *organizations: UUID, isolation: Isolation | None = None, read_only: bool = False
    ) -> AsyncIterator[AsyncSession]:
        """One transaction that sees these organizations (none: only what belongs to nobody). Commits at the end.

        `isolation` is the server's choice (read committed) unless named. A `serializable` one may fail with SQLSTATE
        40001 although nothing is wrong with it; `retrying` repeats it.
        """
        options: dict[str, Any] = {"postgresql_readonly": True} if read_only else {}
        if isolation is not None:
            options["isolation_level"] = isolation.upper()
        async with self._sessions() as session, session.begin():
            await self._connect(session, options)
            await self._settle(session, organizations)
            yield session

    async def retrying(
        self,
        work: Callable[[AsyncSession], Awaitable[_T]],
        *organizations: UUID,
        isolation: Isolation | None = None,
        attempts: int = 5,
    ) -> _T:
        """Run the work in a transaction of its own, and again in a fresh one where it lost a race against another.

        That is after a serialization failure or a deadlock, at most `attempts` times in all; every other error is the
        caller's at once. Nothing of a failed attempt stays in the database, so `work` must do nothing outside of it.
        """

        async def once() -> _T:
            async with self.transaction(*organizations, isolation=isolation) as session:
                return await work(session)

        return await persistently(once, attempts=attempts)

    @asynccontextmanager
    async def reading(self, *organizations: UUID) -> AsyncIterator[AsyncSession]:
        """A READ ONLY transaction on the replica, where there is one that keeps up; else on the primary.

        For what may be some seconds old. Never for a decision that a write follows from.
        """
        async with AsyncExitStack() as stack:
            session = None
            if self.replica is not None:
                session = await self.replica.open(stack, _seen(organizations))
            if session is None:
                session = await stack.enter_async_context(self.transaction(*organizations, read_only=True))
            yield session

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()
        if self.replica is not None:
            await self.replica.engine.dispose()

    async def _connect(self, session: AsyncSession, options: dict[str, Any]) -> None:
        self.waiting += 1
        try:
            await session.connection(execution_options=options or None)
        finally:
            self.waiting -= 1

    async def _settle(self, session: AsyncSession, organizations: Iterable[UUID]) -> None:
        """Set what holds for this transaction only, in one statement."""
        values = [_seen(organizations)]
        if self._local_timeout is not None:
            values.append(func.set_config("statement_timeout", str(self._local_timeout), True))
        await session.execute(select(*values))
