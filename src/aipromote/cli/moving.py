"""`aipromote export` and `aipromote import`: one startup, taken along."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

from rich.console import Console

from aipromote import schema
from aipromote.accounts.actor import Actor
from aipromote.accounts.queries import actor_of, by_email
from aipromote.cli.db.connecting import connect
from aipromote.cli.instance import servers
from aipromote.db.database import Database
from aipromote.errors import NotFound
from aipromote.portability import exporting, importing, sinks, sources
from aipromote.portability.form import Manifest
from aipromote.portability.importing import Imported
from aipromote.portability.sources import Limits

assert schema.metadata  # every model is loaded, so that foreign keys between rooms resolve

_OPERATOR = Actor("The operator, by command")


def export(organization: str, *, to: Path, data: Path | None) -> None:
    """Write one organization into a new folder or zip file."""
    path = to.expanduser().absolute()
    with servers(data) as config:
        key = asyncio.run(find_organization(config.require("database_url"), organization))
        manifest = asyncio.run(_export(key, path))
    console = Console(highlight=False)
    console.print(
        f"{manifest.name}: {manifest.row_count:,} rows and {len(manifest.files)} files are in {path}", soft_wrap=True
    )
    console.print("No password, token or key is in it. Left out: " + ", ".join(manifest.left_out), soft_wrap=True)


def import_(file: Path, *, owner: str, data: Path | None) -> None:
    """Make a new organization of an export."""
    with servers(data):
        done = asyncio.run(_import(file.expanduser(), owner))
    console = Console(highlight=False)
    console.print(f"{done.name} is here: {done.rows:,} rows, {done.files} files, owned by {owner}.", soft_wrap=True)
    console.print(f"Its id is {done.organization_id}" + (", since its own was taken." if done.has_new_ids else "."))
    console.print(
        "Its accounts are disconnected: connect them again. Publishing is held; let it go on with the button at the "
        "top of every page, or with `aipromote posts release`.",
        soft_wrap=True,
    )


async def find_organization(owner_url: str, wanted: str) -> UUID:
    """The organization of this id or name, looked up by the database's owner, who sees all of them."""
    connection = await connect(owner_url)
    asked = "SELECT id FROM organizations WHERE (id::text = $1 OR name = $1) AND NOT is_internal"
    try:
        found = await connection.fetch(asked, wanted)
    finally:
        await connection.close()
    if not found:
        raise NotFound(f"There is no organization of the name or id {wanted!r}.")
    if len(found) > 1:
        raise NotFound(
            f"{len(found)} organizations have this name. Give an id: {', '.join(str(row[0]) for row in found)}"
        )
    return UUID(str(found[0]["id"]))


async def _export(organization_id: UUID, path: Path) -> Manifest:
    database = Database.from_settings("aipromote export")
    try:
        with sinks.place(path) as sink:
            async with database.transaction(organization_id, isolation="repeatable read", read_only=True) as session:
                manifest = await exporting.export(session, _OPERATOR, sink, organization_id=organization_id)
            async with database.transaction(organization_id) as session:  # before the files are where they shall be
                await exporting.record(session, _OPERATOR, manifest)
        return manifest
    finally:
        await database.close()


async def _import(path: Path, email: str) -> Imported:
    database = Database.from_settings("aipromote import")
    try:
        with sources.opened(path) as source:
            files = await asyncio.to_thread(sources.check, source, Limits())
            async with database.transaction() as session:
                owner = await by_email(session, email=email)
                return await importing.import_organization(session, actor_of(owner), files)
    finally:
        await database.close()
