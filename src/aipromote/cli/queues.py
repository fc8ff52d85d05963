"""`aipromote queues …`: what the queues carry, who works on them, and what is late."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from aipromote import clock, settings
from aipromote.cli.instance import servers
from aipromote.db.database import Database
from aipromote.db.doors import Overdue, overdue
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.health import Health, measure

GRACE = timedelta(seconds=60)
"""A row that has been due for less is on its way."""


def health(*, data: Path | None, as_json: bool) -> int:
    """Print the health of all queues. Returns 1 when something is late, or no worker is alive although work waits."""
    with servers(data):
        found, late = asyncio.run(_look())
    sick = any(item.owed for item in late) or (
        not found.workers_alive and any(_waiting(queue) for queue in found.queues)
    )
    if as_json:
        facts: dict[str, Any] = found.as_dict() | {"late": [asdict(item) for item in late], "healthy": not sick}
        sys.stdout.write(json.dumps(facts, default=str) + "\n")
    else:
        _print(Console(highlight=False), found, late)
    return 1 if sick else 0


def _waiting(queue: Any) -> int:
    return int(queue.waiting + queue.prioritized + queue.active)


async def _look() -> tuple[Health, list[Overdue]]:
    config = settings.get()
    database = Database.from_settings("aipromote queues")
    carrier = Carrier(config.require("redis_url"), prefix=config.queue_prefix)
    try:
        async with database.transaction() as session:
            late = await overdue(session, at=clock.now() - GRACE)
        return await measure(carrier), [item for item in late if item.owed]
    finally:
        await carrier.close()
        await database.close()


def _print(console: Console, found: Health, late: list[Overdue]) -> None:
    table = Table("queue", "waiting", "delayed", "active", "done", "failed", "oldest waits", "done in the last minute")
    for queue in found.queues:
        age = "-" if queue.oldest_waiting_seconds is None else f"{queue.oldest_waiting_seconds:.0f} s"
        counts = (queue.waiting + queue.prioritized, queue.delayed, queue.active, queue.completed, queue.failed)
        table.add_row(queue.name, *(str(count) for count in counts), age, str(queue.completed_last_minute))
    console.print(table)
    console.print(f"Workers alive: {found.workers_alive}")
    for item in late:
        console.print(f"Late: {item.owed} rows of {item.queue}, the oldest since {item.oldest}", style="red")
    if not late:
        console.print("Nothing is late.")
