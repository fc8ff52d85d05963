"""The organizations that a command is about, looked up by the database's owner, who sees all of them."""

from __future__ import annotations

from uuid import UUID

from aipromote.cli.db.connecting import connect
from aipromote.errors import NotFound

_FIND = """
    SELECT id, name FROM organizations
     WHERE NOT is_internal AND ($1::text IS NULL OR id::text = $1 OR name = $1) ORDER BY name, id
"""


async def found(owner_url: str, wanted: str | None) -> dict[UUID, str]:
    """By id, the names of those of this name or id; of all, where None is wanted. NotFound where nothing fits."""
    connection = await connect(owner_url)
    try:
        rows = await connection.fetch(_FIND, wanted)
    finally:
        await connection.close()
    if wanted is not None and not rows:
        raise NotFound(f"There is no organization of the name or id {wanted!r}.")
    return {UUID(str(row["id"])): row["name"] for row in rows}


async def one(owner_url: str, wanted: str) -> tuple[UUID, str]:
    """The only one of this name or id. Raises NotFound."""
    fitting = await found(owner_url, wanted)
    if len(fitting) > 1:
        raise NotFound(f"{len(fitting)} organizations have this name. Give an id: {', '.join(map(str, fitting))}")
    return next(iter(fitting.items()))
