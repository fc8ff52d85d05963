"""`aipromote queues …`: what the queues carry, who works on them, and what is late."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.table import Table

from aipromote import clock, settings
from aipromote.cli.instance import servers
from aipromote.db.database import Database
from aipromote.db.doors import Overdue, overdue
from aipromote.errors import NotFound
from aipromote.jobs import failed as jobs
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.failed import FailedJob
from aipromote.jobs.health import Health, measure
from aipromote.jobs.kinds import QUEUES, Queue
from aipromote.publishing import holds
from aipromote.publishing.holds import Held

T = TypeVar("T")

GRACE = timedelta(seconds=60)
"""A row that has been due for less is on its way."""


def health(*, data: Path | None, as_json: bool) -> int:
    """Print the health of all queues. Returns 1 when something is late, or no worker is alive although work waits."""
    with servers(data):
        found, late, held = asyncio.run(_look())
    idle = not found.workers_alive and any(_waiting(queue) for queue in found.queues)
    sick = bool(held) or idle or any(item.owed for item in late)
    if as_json:
        facts: dict[str, Any] = found.as_dict() | {"late": [asdict(item) for item in late], "healthy": not sick}
        facts["publishing_held"] = [asdict(item) for item in held]
        sys.stdout.write(json.dumps(facts, default=str) + "\n")
    else:
        _print(Console(highlight=False), found, late, held)
    return 1 if sick else 0


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


def _waiting(queue: Any) -> int:
    return int(queue.waiting + queue.prioritized + queue.active)


async def _look() -> tuple[Health, list[Overdue], list[Held]]:
    config = settings.get()
    database = Database.from_settings("aipromote queues")
    carrier = Carrier(config.require("redis_url"), prefix=config.queue_prefix)
    try:
        async with database.transaction() as session:
            late = await overdue(session, at=clock.now() - GRACE)
            held = await holds.held(session)
        return await measure(carrier), [item for item in late if item.owed], held
    finally:
        await carrier.close()
        await database.close()


def _print(console: Console, found: Health, late: list[Overdue], held: list[Held]) -> None:
    table = Table("queue", "waiting", "delayed", "active", "done", "failed", "oldest", "last minute")
    table.columns[0].no_wrap = True
    for queue in found.queues:
        age = "-" if queue.oldest_waiting_seconds is None else f"{queue.oldest_waiting_seconds:.0f} s"
        counts = (queue.waiting + queue.prioritized, queue.delayed, queue.active, queue.completed, queue.failed)
        table.add_row(queue.name, *(str(count) for count in counts), age, str(queue.completed_last_minute))
    console.print(table)
    console.print(f"Workers alive: {found.workers_alive}")
    for item in late:
        console.print(f"Late: {item.owed} rows of {item.queue}, the oldest since {item.oldest}", style="red")
    for hold in held:
        console.print(
            f"Held: nothing of organization {hold.organization_id} is published since {hold.held_at:%Y-%m-%d %H:%M} "
            f"UTC; {hold.waiting} posts have come due. Let it go on: aipromote posts release",
            style="red",
            soft_wrap=True,
        )
    if not late and not held:
        console.print("Nothing is late.")
