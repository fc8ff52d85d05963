"""Which schema this release wants and which one is there, as a running process can tell without migration tools."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_VERSIONS = Path(__file__).parent / "migrations" / "versions"


def head() -> str:
    """The newest migration of this release, by the number that its file begins with."""
    return max(path.name.split("_", 1)[0] for path in _VERSIONS.glob("[0-9]*_*.py"))


async def current(session: AsyncSession) -> str | None:
    """The migration that was applied last, readable by the application's role; None before the first one."""
    if await session.scalar(text("SELECT to_regclass('alembic_version')")) is None:
        return None
    found: str | None = await session.scalar(text("SELECT version_num FROM alembic_version"))
    return found
