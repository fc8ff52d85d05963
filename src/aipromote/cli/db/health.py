"""`aipromote db health`."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from aipromote.cli.instance import servers
from aipromote.db.database import Database, create_engine
from aipromote.db.health import Health, measure


def health(*, data: Path | None, as_json: bool) -> int:
    """Print how the database is. Returns 1 when something needs a look."""
    with servers(data) as config:
        found = asyncio.run(_look(config.require("database_url")))
    if as_json:
        facts = found.as_dict()
        del facts["pool"]  # this command's own, which says nothing
        sys.stdout.write(json.dumps(facts) + "\n")
    else:
        _print(Console(highlight=False, markup=False), found)
    return 0 if found.is_healthy else 1


async def _look(owner_url: str) -> Health:
    """As the owner, who sees the transactions of all roles; the replica as the application."""
    application = Database.from_settings("aipromote db health")
    engine = create_engine(owner_url, pool_size=1, application="aipromote db health")
    database = Database(engine, replica=application.replica)
    try:
        return await measure(database)
    finally:
        await application.close()
        await engine.dispose()


def _print(console: Console, found: Health) -> None:
    if found.server_version is not None:
        console.print(f"PostgreSQL {found.server_version}, answers in {found.latency_ms} ms")
        console.print(f"Schema at {found.schema_current or 'nothing'}; this release wants {found.schema_wanted}.")
        console.print(f"Connections: {found.connections_used} of {found.connections_max}. {_oldest(found)}")
        console.print(_clients(found))
    if found.replica is not None and found.replica.seconds is not None:
        console.print(f"The replica is {found.replica.seconds:.1f} s behind.")
    for problem in found.problems:
        console.print(problem, style="red")
    if found.is_healthy:
        console.print("Nothing needs a look.")


def _oldest(found: Health) -> str:
    if found.oldest_transaction_seconds is None:
        return "No other transaction is open."
    return f"The oldest transaction has been open for {found.oldest_transaction_seconds:g} s."


def _clients(found: Health) -> Table:
    table = Table("program", "connections", "active", "idle in transaction", box=None, pad_edge=False)
    for client in found.clients or []:
        counts = (client.connections, client.active, client.idle_in_transaction)
        table.add_row(client.name, *(str(count) for count in counts))
    return table
