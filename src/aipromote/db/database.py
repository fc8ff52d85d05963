"""Connections and transactions. Every transaction of the application names the organizations that it may see."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import func, make_url, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from aipromote import settings
from aipromote.db.roles import application_url

TENANTS = "aipromote.organizations"
"""The transaction-local setting that the row-level policies read: a uuid[] literal."""

_OVERFLOW = 12


def driver_url(url: str) -> str:
    """Any spelling of a PostgreSQL URL, with the asyncpg driver."""
    return make_url(url).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


def create_engine(url: str, *, pool_size: int = 4, overflow: int = 0, application: str = "aipromote") -> AsyncEngine:
    """An engine with a time-out on every statement, and a name that shows in pg_stat_activity.

    `pool_size` connections are kept; while all are in use up to `overflow` more are opened, and closed afterwards.
    """
    options: dict[str, Any] = {
        "application_name": application,
        "statement_timeout": str(settings.get().statement_timeout_ms),
        "timezone": "UTC",
    }
    return create_async_engine(
        driver_url(url),
        pool_size=pool_size,
        max_overflow=overflow,
        pool_pre_ping=True,
        connect_args={"server_settings": options, "timeout": 10},
    )


async def set_tenants(session: AsyncSession, organizations: Iterable[UUID]) -> None:
    """What this transaction may see and write, until it ends."""
    literal = "{" + ",".join(str(organization) for organization in organizations) + "}"
    await session.execute(select(func.set_config(TENANTS, literal, True)))


class Database:
    """The application's way to its rows: a pool that logs in as the application role."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)

    @classmethod
    def from_settings(cls, application: str = "aipromote", *, pool_size: int | None = None) -> Database:
        """As the settings say. Opens no connection yet; raises SetupError when no database is named.

        With `pool_size` the pool has exactly that many connections, and who wants one more waits.
        """
        kept, more = (pool_size, 0) if pool_size is not None else (settings.get().pool_size, _OVERFLOW)
        return cls(create_engine(application_url(), pool_size=kept, overflow=more, application=application))

    @asynccontextmanager
    async def transaction(self, *organizations: UUID) -> AsyncIterator[AsyncSession]:
        """One transaction that sees these organizations (none: only what belongs to nobody). Commits at the end."""
        async with self._sessions() as session, session.begin():
            await set_tenants(session, organizations)
            yield session

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()
