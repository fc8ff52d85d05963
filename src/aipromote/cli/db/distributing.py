"""`aipromote db distribute`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aipromote import schema
from aipromote.cli.db.connecting import connect
from aipromote.cli.instance import servers
from aipromote.db import distribution
from aipromote.errors import SetupError

_HEAD = """\
-- Distributes the schema by organization on Citus. Worked out from the models and held against the limits that Citus
-- documents; never run on a Citus server by those who wrote it. Try it on a copy first.
-- Run as the owner on the coordinator, after `aipromote db migrate`.
"""


def show() -> None:
    """Print the statements. SetupError when the schema breaks a limit."""
    _refuse()
    sys.stdout.write(_HEAD)
    for table, reason in distribution.LOCAL.items():
        sys.stdout.write(f"-- {table} stays on the coordinator: {reason}.\n")
    sys.stdout.write("-- The functions in the schema doors stay there too: they ask all organizations at once.\n")
    for statement in distribution.plan(schema.metadata).statements():
        sys.stdout.write(f"{statement};\n")


def apply(*, data: Path | None) -> None:
    """Run them on the server in DATABASE_URL. SetupError when it has no Citus."""
    _refuse()
    with servers(data) as config:
        asyncio.run(_apply(config.require("database_url")))


def _refuse() -> None:
    if found := distribution.refusals(schema.metadata):
        raise SetupError("The schema cannot be distributed: " + "; ".join(found) + ".")


async def _apply(url: str) -> None:
    connection = await connect(url)
    try:
        if not await connection.fetchval("SELECT count(*) FROM pg_available_extensions WHERE name = 'citus'"):
            raise SetupError(
                "This PostgreSQL has no Citus, so nothing was changed. Install it on every server, add it to "
                "shared_preload_libraries, and run this again; `--print` shows what would be run."
            )
        for statement in distribution.plan(schema.metadata).statements():
            sys.stdout.write(f"{statement};\n")
            await connection.execute(statement)
    finally:
        await connection.close()
