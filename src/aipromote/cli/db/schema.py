"""`aipromote db migrate`, `status` and `check`."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from rich.console import Console

from aipromote import schema
from aipromote.cli.db.connecting import connect
from aipromote.cli.db.upgrading import upgrade
from aipromote.cli.instance import servers
from aipromote.db import migrate as migrations

_UNGUARDED = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id'
 WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
   AND (NOT c.relrowsecurity OR NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid))
"""


def migrate(*, data: Path | None) -> None:
    """Apply what is pending, and say what was applied."""
    console = Console(highlight=False)
    with servers(data) as config:
        url = config.require("database_url")
        done = asyncio.run(upgrade(url, on_event=lambda told: console.print(told, markup=False)))
    applied = ", ".join(done.applied) or "nothing; it was up to date"
    console.print(f"Applied: {applied}. The schema is at {done.current}.")


def status(*, data: Path | None, as_json: bool) -> None:
    """Migrations and the server's answer time."""
    with servers(data) as config:
        url = config.require("database_url")
        found = asyncio.run(migrations.status(url))
        version, latency = asyncio.run(_ping(url))
    facts = {
        "server": version,
        "latency_ms": round(latency * 1000, 1),
        "current": found.current,
        "head": found.head,
        "pending": found.pending,
    }
    if as_json:
        sys.stdout.write(json.dumps(facts) + "\n")
        return
    console = Console(highlight=False)
    console.print(f"PostgreSQL {version}, answers in {latency * 1000:.1f} ms")
    console.print(f"Schema at {found.current or 'nothing'}; this release wants {found.head}.")
    if found.pending:
        console.print(f"Pending: {', '.join(found.pending)}. Apply them with `aipromote db migrate`.")


def check(*, data: Path | None) -> int:
    """Models against the catalog, and a policy on every tenant table. Returns 1 if something differs."""
    with servers(data) as config:
        url = config.require("database_url")
        pending = asyncio.run(migrations.status(url)).pending
        problems = [f"migration {name} is pending" for name in pending]
        if not pending:
            problems += [
                f"differs from the models: {item}" for item in asyncio.run(migrations.differences(url, schema.metadata))
            ]
            problems += [f"table {name} has no row-level policy" for name in asyncio.run(_unguarded(url))]
    console = Console(highlight=False)
    for problem in problems:
        console.print(problem, markup=False)
    if not problems:
        console.print("The live schema is what the models say, and every tenant table is guarded.")
    return 1 if problems else 0


async def _ping(url: str) -> tuple[str, float]:
    connection = await connect(url)
    try:
        begun = time.perf_counter()
        version = await connection.fetchval("SHOW server_version")
        return str(version), time.perf_counter() - begun
    finally:
        await connection.close()


async def _unguarded(url: str) -> list[str]:
    connection = await connect(url)
    try:
        return [row["relname"] for row in await connection.fetch(_UNGUARDED)]
    finally:
        await connection.close()
