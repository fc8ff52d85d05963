"""`aipromote queues health`: the counts of the queues, and the checks about them."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from aipromote.cli import looking
from aipromote.cli.instance import servers
from aipromote.cli.queues.reaching import console, write_json
from aipromote.jobs.health import Health
from aipromote.monitoring.checks import Check
from aipromote.monitoring.report import Report, red
from aipromote.monitoring.states import Area
from aipromote.monitoring.words import counted, duration


def health(*, data: Path | None, as_json: bool) -> int:
    """Print the health of all queues. Returns 1 when a check of them is red."""
    with servers(data):
        found = asyncio.run(looking.look("aipromote queues"))
    checks = found.of(Area.QUEUES)
    if as_json:
        write_json(_document(found, checks))
    else:
        out = console()
        if found.facts.carried is not None:
            _print(out, found.facts.carried.health)
        looking.show(out, checks, all_of_them=False)
        if not red(checks):
            out.print("Nothing is late.")
    return 1 if red(checks) else 0


def _document(found: Report, checks: list[Check]) -> dict[str, Any]:
    carried, rows = found.facts.carried, found.facts.rows
    facts: dict[str, Any] = carried.health.as_dict() if carried is not None else {"queues": [], "processes": []}
    return facts | {
        "healthy": not red(checks),
        "late": [asdict(item) for item in rows.overdue if item.owed] if rows is not None else None,
        "publishing_held": [asdict(item) for item in rows.held] if rows is not None else None,
        "checks": [check.as_dict() for check in checks],
    }


def _print(out: Console, found: Health) -> None:
    table = Table("queue", "waiting", "oldest", "delayed", "active", "done", "failed", "last minute", "")
    table.columns[0].no_wrap = True
    for queue in found.queues:
        age = "-" if queue.oldest_waiting_seconds is None else duration(queue.oldest_waiting_seconds)
        counts = (queue.delayed, queue.active, queue.completed, queue.failed)
        lately = f"{queue.completed_last_minute} done, {queue.failed_last_minute} failed"
        words = (str(queue.waiting + queue.prioritized), age, *map(str, counts), lately)
        table.add_row(queue.name, *words, "[red]paused[/red]" if queue.paused else "")
    out.print(table)
    out.print(f"{counted(found.workers_alive, 'worker')} alive: aipromote queues workers")
