"""`aipromote queues …`: what the queues carry, who works on them, and what is late."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.table import Table

from aipromote import settings
from aipromote.cli import looking
from aipromote.cli.instance import servers
from aipromote.errors import NotFound
from aipromote.jobs import failed as jobs
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.failed import FailedJob
from aipromote.jobs.health import Health
from aipromote.jobs.kinds import QUEUES, Queue
from aipromote.monitoring.checks import Check
from aipromote.monitoring.report import Report, red
from aipromote.monitoring.states import Area

T = TypeVar("T")


def health(*, data: Path | None, as_json: bool) -> int:
    """Print the health of all queues. Returns 1 when a check of them is red."""
    with servers(data):
        found = asyncio.run(looking.look("aipromote queues"))
    checks = found.of(Area.QUEUES)
    if as_json:
        sys.stdout.write(json.dumps(_document(found, checks), default=str) + "\n")
    else:
        console = Console(highlight=False)
        if found.facts.carried is not None:
            _print(console, found.facts.carried.health)
        looking.show(console, checks, all_of_them=False)
        if not red(checks):
            console.print("Nothing is late.")
    return 1 if red(checks) else 0


def failed(*, data: Path | None, as_json: bool) -> None:
    """List the failed jobs."""

    async def look(carrier: Carrier) -> list[FailedJob]:
        return [job for queue in QUEUES for job in await jobs.failed_jobs(carrier, queue)]

    with servers(data):
        found = asyncio.run(_carried(look))
    if as_json:
        sys.stdout.write(json.dumps([asdict(job) for job in found], default=str) + "\n")
        return
    console = Console(highlight=False)
    for job in found:
        console.print(f"{job.queue} {job.id}  {job.failed_at:%Y-%m-%d %H:%M:%S} UTC, after {job.attempts} attempts")
        console.print(f"    {job.reason}", markup=False)
    console.print("No job has failed." if not found else "Run one again: aipromote queues replay QUEUE ID")


def replay(queue: str, job_id: str, *, data: Path | None) -> None:
    """Run one again."""
    with servers(data):
        asyncio.run(_carried(lambda carrier: jobs.replay(carrier, _named(queue), job_id)))
    Console(highlight=False).print(f"{job_id} will run again.")


def discard(queue: str, job_id: str, *, data: Path | None) -> None:
    """Remove one."""
    with servers(data):
        asyncio.run(_carried(lambda carrier: jobs.discard(carrier, _named(queue), job_id)))
    Console(highlight=False).print(f"{job_id} is gone.")


def _named(name: str) -> Queue:
    for queue in QUEUES:
        if queue.name == name:
            return queue
    raise NotFound(f"There is no queue {name}. There are: {', '.join(queue.name for queue in QUEUES)}.")


async def _carried(work: Callable[[Carrier], Awaitable[T]]) -> T:
    config = settings.get()
    carrier = Carrier(config.require("redis_url"), prefix=config.queue_prefix)
    try:
        return await work(carrier)
    finally:
        await carrier.close()


def _document(found: Report, checks: list[Check]) -> dict[str, Any]:
    carried, rows = found.facts.carried, found.facts.rows
    facts: dict[str, Any] = carried.health.as_dict() if carried is not None else {"queues": [], "processes": []}
    return facts | {
        "healthy": not red(checks),
        "late": [asdict(item) for item in rows.overdue if item.owed] if rows is not None else None,
        "publishing_held": [asdict(item) for item in rows.held] if rows is not None else None,
        "checks": [check.as_dict() for check in checks],
    }


def _print(console: Console, found: Health) -> None:
    table = Table("queue", "waiting", "delayed", "active", "done", "failed", "oldest", "last minute")
    table.columns[0].no_wrap = True
    for queue in found.queues:
        age = "-" if queue.oldest_waiting_seconds is None else f"{queue.oldest_waiting_seconds:.0f} s"
        counts = (queue.waiting + queue.prioritized, queue.delayed, queue.active, queue.completed, queue.failed)
        table.add_row(queue.name, *(str(count) for count in counts), age, str(queue.completed_last_minute))
    console.print(table)
    console.print(f"Workers alive: {found.workers_alive}")
