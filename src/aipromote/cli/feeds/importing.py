"""`aipromote content import-feed`: look at the address or the file, then make the drafts."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.cli.check import platform_of
from aipromote.cli.instance import servers
from aipromote.cli.named import OPERATOR, inside
from aipromote.content.feeds import actions, queries
from aipromote.content.feeds.importing import Imported, import_items
from aipromote.content.feeds.looking import look_at
from aipromote.documents.vocabulary import Platform
from aipromote.errors import InvalidInput
from aipromote.reading.apart import MAX_FILE
from aipromote.reading.feeds.looking import Look, Marks, read_file


def run(
    source: str,
    *,
    organization: str | None,
    platforms: Sequence[str],
    newest: int,
    every: int | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Import, and with `every` hours go on to follow it."""
    chosen = [platform_of(name) for name in platforms]
    with servers(data) as config:
        url = config.require("database_url")
        look = asyncio.run(_look(source, follows=every is not None))

        async def work(session: AsyncSession, key: UUID) -> Imported:
            wanted = chosen or await queries.usual_platforms(session, organization_id=key)
            return await _take_in(session, key, look, wanted=wanted, newest=newest, every=every)

        imported = asyncio.run(inside(url, organization, work))
    if as_json:
        sys.stdout.write(json.dumps(_told(imported), ensure_ascii=False) + "\n")
    else:
        _say(imported, every)


async def _look(source: str, *, follows: bool) -> Look:
    path = Path(source)
    if re.match(r"https?://", source, re.IGNORECASE) or not path.exists():  # noqa: ASYNC240 -- nothing else runs here
        return await look_at(source, prefers_feed=follows)
    if follows:
        raise InvalidInput("A file cannot be followed. Name the feed's address.")
    return Look(await read_file(_bytes(path), name=path.name), Marks())


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE + 1)
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be read ({error.strerror}).") from error


async def _take_in(
    session: AsyncSession, key: UUID, look: Look, *, wanted: Sequence[Platform], newest: int, every: int | None
) -> Imported:
    if every is not None:
        _, imported = await actions.follow(
            session,
            OPERATOR,
            organization_id=key,
            look=look,
            platforms=wanted,
            newest=newest,
            every_hours=every,
        )
        return imported
    assert look.reading is not None, "no marks were sent, so that something came"
    return await import_items(
        session, OPERATOR, organization_id=key, reading=look.reading, platforms=wanted, newest=newest
    )


def _told(imported: Imported) -> dict[str, object]:
    return {
        "drafts": [
            {"id": str(piece.id), "platform": piece.platform, "status": piece.status, "body": piece.body}
            for piece in imported.pieces
        ],
        "known": imported.known,
        "without_words": imported.without_words,
    }


def _say(imported: Imported, every: int | None) -> None:
    for piece in imported.pieces:
        first = "".join(char for char in piece.body.split("\n", 1)[0] if char.isprintable())[:100]
        sys.stdout.write(f"{piece.id}  {piece.platform.label}: {first}\n")
    sys.stdout.write(f"{imported.summary}\n")
    if every is not None:
        sys.stdout.write(f"It is looked at every {every} hours from now on: aipromote feeds list\n")
