"""`aipromote link`: a way in for the person at the terminal."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aipromote.cli.instance import servers
from aipromote.cli.prepare import sign_in_path
from aipromote.db.database import Database


def show(*, data: Path | None) -> None:
    """Print an address that makes the first account, or that signs the administrator in once within an hour."""
    with servers(data) as config:
        path = asyncio.run(_path())
        address = config.public_url.rstrip("/") or f"http://{config.host}:{config.port}"
    sys.stdout.write(f"{address}{path}\n")


async def _path() -> str | None:
    database = Database.from_settings("aipromote link")
    try:
        return await sign_in_path(database)
    finally:
        await database.close()
