"""The organization that a command means, by its name or id; the only one where none is named."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import schema
from aipromote.accounts.actor import Actor
from aipromote.cli.db.connecting import connect
from aipromote.db.database import Database
from aipromote.errors import InvalidInput, NotFound

assert schema.metadata  # every model is loaded, so that foreign keys between rooms resolve

T = TypeVar("T")
OPERATOR = Actor("The operator, by command")
_MOST = 10


async def inside(owner_url: str, wanted: str | None, work: Callable[[AsyncSession, UUID], Awaitable[T]]) -> T:
    """Do the work in a transaction of that organization. Raises NotFound or InvalidInput where it is not one."""

    async def inside_it(database: Database, key: UUID) -> T:
        async with database.transaction(key) as session:
            return await work(session, key)

    return await beside(owner_url, wanted, inside_it)


async def beside(owner_url: str, wanted: str | None, work: Callable[[Database, UUID], Awaitable[T]]) -> T:
    """The same for work that opens its transactions itself."""
    key = await _chosen(owner_url, wanted)
    database = Database.from_settings("aipromote")
    try:
        return await work(database, key)
    finally:
        await database.close()


async def _chosen(owner_url: str, wanted: str | None) -> UUID:
    connection = await connect(owner_url)
    try:
        rows = await connection.fetch(
            "SELECT id, name FROM organizations WHERE NOT is_internal AND ($1::text IS NULL OR name = $1 OR "
            "id::text = $1) ORDER BY name, id LIMIT $2",
            wanted,
            _MOST,
        )
    finally:
        await connection.close()
    if not rows:
        raise NotFound("There is no organization yet." if wanted is None else f"There is no organization {wanted!r}.")
    if len(rows) > 1:
        names = ", ".join(f"{row['name']} ({row['id']})" for row in rows)
        raise InvalidInput(f"Say which organization is meant, with --organization: {names}.")
    return UUID(str(rows[0]["id"]))
