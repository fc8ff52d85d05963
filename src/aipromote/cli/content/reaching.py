"""How these commands reach an organization: as the operator of the instance, in a transaction that sees only it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from aipromote import schema
from aipromote.accounts.actor import Actor
from aipromote.cli.db.connecting import connect
from aipromote.cli.instance import servers
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from aipromote.errors import InvalidInput, NotFound

assert schema.metadata  # every model is loaded, so that foreign keys between rooms resolve

T = TypeVar("T")
OPERATOR = Actor("The operator, by command")


def run(organization: str, work: Callable[[Database, UUID], Awaitable[T]], *, data: Path | None) -> T:
    """Do the work on the organization of that name or id. Raises NotFound where there is not exactly one."""
    with servers(data) as config:
        return asyncio.run(_run(config.require("database_url"), organization, work))


async def _run(owner_url: str, wanted: str, work: Callable[[Database, UUID], Awaitable[T]]) -> T:
    key = await _organization(owner_url, wanted)
    database = Database.from_settings("aipromote content")
    try:
        return await work(database, key)
    finally:
        await database.close()


async def _organization(owner_url: str, wanted: str) -> UUID:
    connection = await connect(owner_url)
    try:
        rows = await connection.fetch("SELECT id FROM organizations WHERE name = $1 OR id::text = $1", wanted)
    finally:
        await connection.close()
    if len(rows) != 1:
        found = "There is no organization" if not rows else f"There are {len(rows)} organizations"
        raise NotFound(f"{found} of the name or id {wanted!r}.")
    return UUID(str(rows[0]["id"]))


def platform_of(text: str) -> Platform:
    """The platform of that name, in any case. Raises InvalidInput."""
    try:
        return Platform(text.upper())
    except ValueError:
        known = ", ".join(one.value.lower() for one in Platform)
        raise InvalidInput(f"There is no network {text}. Networks: {known}.") from None


def id_of(text: str) -> UUID:
    """The id. Raises InvalidInput."""
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput(f"{text} is not the id of a piece. `aipromote content list` shows the ids.") from None
