"""`aipromote db seed`."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rich.console import Console

from aipromote.cli.instance import servers
from aipromote.db import migrate as migrations
from aipromote.db.database import Database
from aipromote.simulation.seed import SeedResult, plant


def seed(*, data: Path | None) -> None:
    """Plant the sample data, and print the passwords that were made for it."""
    with servers(data) as config:
        asyncio.run(migrations.upgrade(config.require("database_url")))
        result = asyncio.run(_seed())
    _tell(Console(highlight=False), result)


async def _seed() -> SeedResult:
    database = Database.from_settings("aipromote db seed")
    try:
        return await plant(database)
    finally:
        await database.close()


def _tell(console: Console, result: SeedResult) -> None:
    if not result.passwords:
        console.print("The sample data was there already; nothing was changed.")
    for email, password in result.passwords.items():
        console.print(f"{email}: password {password} (shown this once)", markup=False)
    for table, count in sorted(result.rows.items()):
        console.print(f"  {table}: {count}")
