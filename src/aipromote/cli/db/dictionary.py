"""`aipromote db describe`: the data dictionary and the diagram, from the live catalog.

Where neither a data folder nor a database is named, the catalog is that of a throwaway server with this release's
migrations, so that the documents say what the release makes, whatever stands on this machine.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
from rich.console import Console

from aipromote import schema, settings
from aipromote.cli.db.connecting import connect
from aipromote.cli.instance import servers
from aipromote.db import migrate as migrations
from aipromote.db.dictionary import boxes, catalog, drawing, meanings, pages, rooms
from aipromote.errors import SetupError

PAGE = "data-model.md"
PICTURES = {"images/data-model.svg": drawing.LIGHT, "images/data-model-dark.svg": drawing.DARK}


def describe(*, data: Path | None, docs: Path) -> None:
    """Write the page and its pictures into the folder `docs`. Raises SetupError where migrations are pending."""
    console = Console(highlight=False)
    with _folder(data) as (folder, is_new), servers(folder) as config:
        url = config.require("database_url")
        if is_new:
            asyncio.run(migrations.upgrade(url))
        pending = asyncio.run(migrations.status(url)).pending
        if pending:
            raise SetupError(f"Migration {pending[0]} is pending. Run `aipromote db migrate`, then describe again.")
        found = asyncio.run(_read(url))
    for name, text in documents(found).items():
        path = docs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        console.print(f"Wrote {path}", markup=False, soft_wrap=True)
    for name in [*meanings.missing(found), *meanings.stale(found)]:
        console.print(f"Correct src/aipromote/db/dictionary/meanings.toml: {name}", markup=False, soft_wrap=True)


def documents(found: catalog.Catalog) -> dict[str, str]:
    """The files by their path within `docs`."""
    known = rooms.schema(schema.ROOMS, schema.MOVES)
    shown = [(room.name, room.tables) for room in known.rooms]
    drawn = boxes.boxes(found)
    pictures = {name: drawing.draw(shown, drawn, theme) for name, theme in PICTURES.items()}
    return {PAGE: pages.page(found, known), **pictures}


@contextmanager
def _folder(data: Path | None) -> Iterator[tuple[Path | None, bool]]:
    """The data folder to ask, and whether it is a throwaway that has to be migrated first."""
    if data is not None or settings.get().database_url is not None:
        yield data, False
        return
    folder = Path(tempfile.mkdtemp(prefix="aipromote-describe-"))
    folder.chmod(0o755)  # the servers' own user has to come through
    try:
        yield folder / "home", True
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _read(url: str) -> catalog.Catalog:
    connection: asyncpg.Connection = await connect(url)
    try:
        return await catalog.read(connection)
    finally:
        await connection.close()
