"""`aipromote db …`: migrations, checks and sample data."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

import asyncpg
from rich.console import Console
from sqlalchemy import make_url

from aipromote import schema
from aipromote.cli.instance import servers
from aipromote.db import migrate as migrations
from aipromote.db.database import Database
from aipromote.simulation.seed import SeedResult, plant

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
        before = asyncio.run(migrations.status(url))
        after = asyncio.run(migrations.upgrade(url))
    applied = ", ".join(before.pending) or "nothing; it was up to date"
    console.print(f"Applied: {applied}. The schema is at {after.current}.")


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


async def _ping(url: str) -> tuple[str, float]:
    connection = await _connect(url)
    try:
        begun = time.perf_counter()
        version = await connection.fetchval("SHOW server_version")
        return str(version), time.perf_counter() - begun
    finally:
        await connection.close()


async def _unguarded(url: str) -> list[str]:
    connection = await _connect(url)
    try:
        return [row["relname"] for row in await connection.fetch(_UNGUARDED)]
    finally:
        await connection.close()


async def _connect(url: str) -> asyncpg.Connection:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return await asyncpg.connect(plain, timeout=10)
