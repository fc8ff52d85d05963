"""`aipromote posts …`: letting publishing go on, and how late a post may be."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

from rich.console import Console

from aipromote import schema
from aipromote.accounts.actor import Actor
from aipromote.cli.db.connecting import connect
from aipromote.cli.instance import servers
from aipromote.db.database import Database
from aipromote.errors import InvalidInput, NotFound
from aipromote.organizations import actions as organization_actions
from aipromote.organizations import queries as organizations
from aipromote.publishing import holds
from aipromote.publishing.holds import Released

assert schema.metadata  # every model is loaded, so that foreign keys between rooms resolve

_OPERATOR = Actor("The operator, by command")


def release(organization: str | None, *, data: Path | None) -> None:
    """Let one organization's posts go out again, or those of all that are held."""
    with servers(data):
        released = asyncio.run(_release(organization))
    console = Console(highlight=False)
    for name, done in released:
        console.print(f"{name}: publishing goes on.", markup=False)
        if done.missed:
            console.print(f"  {done.missed} posts whose time had come were not sent; they may be out already.")
        if done.asked:
            console.print(f"  {done.asked} posts are looked up on their network first.")
        if done.parked:
            console.print(f"  {done.parked} posts need a person, who looks at the account.")
    if not released:
        console.print("Nothing is held; posts go out as planned.")


def late_window(minutes: str, organization: str, *, data: Path | None) -> None:
    """Set it, or with `default` leave it to the instance's setting."""
    chosen = None if minutes == "default" else _number(minutes)
    with servers(data) as config:
        name = asyncio.run(_set_late_window(config.require("database_url"), organization, chosen))
    when = "as late as the instance allows" if chosen is None else f"up to {chosen} minutes late"
    Console(highlight=False).print(f"{name}: posts go out {when}; later ones are not sent.", markup=False)


def _number(minutes: str) -> int:
    try:
        return int(minutes)
    except ValueError as error:
        raise InvalidInput(f"{minutes!r} is neither a number of minutes nor `default`.") from error


async def _set_late_window(owner_url: str, wanted: str, minutes: int | None) -> str:
    connection = await connect(owner_url)
    try:
        rows = await connection.fetch("SELECT id FROM organizations WHERE name = $1 OR id::text = $1", wanted)
    finally:
        await connection.close()
    if len(rows) != 1:
        found = "There is no organization" if not rows else f"There are {len(rows)} organizations"
        raise NotFound(f"{found} of the name or id {wanted!r}.")
    key = UUID(str(rows[0]["id"]))
    database = Database.from_settings("aipromote posts")
    try:
        async with database.transaction(key) as session:
            changed = await organization_actions.set_late_window(
                session, _OPERATOR, organization_id=key, minutes=minutes
            )
            return changed.name
    finally:
        await database.close()


async def _release(wanted: str | None) -> list[tuple[str, Released]]:
    database = Database.from_settings("aipromote posts")
    try:
        async with database.transaction() as session:
            held = [one.organization_id for one in await holds.held(session)]
        names = {key: await _name_of(database, key) for key in held}
        chosen = [key for key in held if wanted is None or wanted in {str(key), names[key]}]
        if wanted is not None and not chosen:
            raise NotFound(f"No organization of that name or id is held. Held: {', '.join(names.values()) or 'none'}.")
        if wanted is not None and len(chosen) > 1:
            raise NotFound(f"{len(chosen)} of this name are held. Give an id: {', '.join(map(str, chosen))}")
        return [(names[key], await _let_go(database, key)) for key in chosen]
    finally:
        await database.close()


async def _name_of(database: Database, organization_id: UUID) -> str:
    async with database.transaction(organization_id) as session:
        return (await organizations.organization(session, organization_id=organization_id)).name


async def _let_go(database: Database, organization_id: UUID) -> Released:
    async with database.transaction(organization_id) as session:
        return await holds.release(session, _OPERATOR, organization_id=organization_id)
