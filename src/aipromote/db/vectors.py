"""pgvector, where the server has it: what compares embeddings.

No table depends on it. Embeddings are kept as arrays of numbers and become its type in the query, so that the schema is
the same everywhere, and so that a backup can be restored where pgvector is not there. It is looked after whenever
migrations run: a server can get it later.
"""

from __future__ import annotations

import asyncpg
import structlog
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncSession

log: structlog.stdlib.BoundLogger = structlog.get_logger()

EXTENSION = "vector"
MAKE = "CREATE EXTENSION vector"
"""What a superuser runs in the product's database where the owner may not."""
_IS_MADE = "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'vector')"
_IS_AVAILABLE = "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector')"


async def ensure(owner_url: str) -> bool:
    """Make the extension, if the server has it and it is not made. False where it is not there afterwards."""
    plain = make_url(owner_url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(plain, timeout=10)
    try:
        if await connection.fetchval(_IS_MADE):
            return True
        if not await connection.fetchval(_IS_AVAILABLE):
            return False
        await connection.execute(f"{MAKE} SCHEMA public")
    except asyncpg.InsufficientPrivilegeError:
        log.warning("passages cannot be found by meaning", let_a_superuser_run=MAKE)
        return False
    except (asyncpg.UniqueViolationError, asyncpg.DuplicateObjectError):  # somebody else has just made it
        return True
    finally:
        await connection.close()
    return True


async def is_there(session: AsyncSession) -> bool:
    """Whether distances can be computed in this database, by whoever asks."""
    return bool(await session.scalar(text("SELECT to_regtype('vector') IS NOT NULL")))


async def remedy(session: AsyncSession) -> str:
    """What to do where it is not there, in a sentence."""
    if await session.scalar(text(_IS_AVAILABLE)):
        return f"Let a superuser run `{MAKE}` in this database."
    return "Install pgvector on the database server (postgresql-18-pgvector, or the like); then `aipromote db migrate`."
