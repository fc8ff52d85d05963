"""What there is: the queues and what is in them, the processes that work on them, and the periodic tasks."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table

from aipromote import settings
from aipromote.cli.instance import servers
from aipromote.cli.queues.reaching import ago, carried, console, write_json
from aipromote.db.database import Database
from aipromote.jobs import pausing, peeking
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.health import QueueHealth, measure
from aipromote.jobs.kinds import QUEUES, Queue, queue_named, read_concurrency
from aipromote.jobs.peeking import STATES, Job
from aipromote.jobs.pulse import Beat, beats
from aipromote.jobs.turns import Standing, standings
from aipromote.monitoring.words import counted, duration


def queues(*, data: Path | None, as_json: bool) -> None:
    """The five queues: what they carry, their rules, and how much is in them."""
    found = carried(data, measure).queues
    chosen = read_concurrency(settings.get().queue_concurrency)
    kinds = _kinds()
    if as_json:
        write_json(
            [
                {**asdict(queue), "at_once": chosen.get(queue.name, queue.concurrency), "kinds": kinds[queue.name]}
                | {"now": asdict(now)}
                for queue, now in zip(QUEUES, found, strict=True)
            ]
        )
        return
    table = Table("queue", "jobs", "at once", "attempts", "waiting", "delayed", "active", "failed", "")
    table.columns[0].no_wrap = True
    for queue, now in zip(QUEUES, found, strict=True):
        attempts = str(queue.attempts) if queue.attempts > 1 else "the row's"
        counts = (now.waiting + now.prioritized, now.delayed, now.active, now.failed)
        at_once = str(chosen.get(queue.name, queue.concurrency))
        words = (queue.name, ", ".join(kinds[queue.name]), at_once, attempts, *map(str, counts))
        table.add_row(*words, "[red]paused[/red]" if now.paused else "")
    out = console()
    out.print(table)
    out.print("What is in one: aipromote queues list QUEUE    Whether all is well: aipromote queues health")


def jobs(queue: str, *, limit: int, data: Path | None, as_json: bool) -> None:
    """What is in one queue, by state: what runs, what is next, what is to run later, what finished last."""
    one = queue_named(queue)

    async def look(carrier: Carrier) -> tuple[QueueHealth, dict[str, list[Job]]]:
        [health] = (await measure(carrier, queues=(one,))).queues
        return health, {state: await peeking.jobs_in(carrier, one, state, limit=limit) for state in STATES}

    health, found = carried(data, look)
    if as_json:
        write_json({"queue": one.name, "now": asdict(health), "jobs": found})
        return
    out = console()
    if health.paused:
        out.print(f"[red]{one.name} is paused.[/red] Let it go on: aipromote queues resume {one.name}")
    for state, some in found.items():
        total = health.waiting + health.prioritized if state == "waiting" else getattr(health, state)
        out.print(f"[bold]{state}[/bold]: {total}" + (f", the first {len(some)} of them" if total > len(some) else ""))
        for job in some:
            out.print(f"  {job.id}  {_when(job)}", markup=False, soft_wrap=True)
    out.print("Look at one: aipromote queues show QUEUE ID")


def workers(*, data: Path | None, as_json: bool) -> int:
    """Every process that works on the queues. Returns 1 when no worker is alive."""
    found = carried(data, lambda carrier: beats(carrier.redis, prefix=carrier.prefix))
    alive = [beat for beat in found if beat.alive and beat.role == "worker"]
    if as_json:
        write_json([asdict(beat) | {"alive": beat.alive} for beat in found])
        return 0 if alive else 1
    out = console()
    table = Table("process", "host", "pid", "release", "running for", "last beat", "at work on", "")
    for beat in found:
        since = "-" if beat.since_seconds is None else duration(beat.since_seconds + beat.seconds_ago)
        beaten = f"{duration(beat.seconds_ago)} ago"
        words = (beat.role, beat.host, str(beat.pid), beat.version or "older", since, beaten)
        table.add_row(*words, _at_work(beat), "" if beat.alive else "[red]silent[/red]")
    if found:
        out.print(table)
    out.print(f"{counted(len(alive), 'worker')} alive.")
    if not alive:
        out.print(
            "Nothing is done until one runs, and nothing is lost. Start one: `aipromote up`, or `aipromote worker`."
        )
    return 0 if alive else 1


def periodic(*, data: Path | None, as_json: bool) -> int:
    """The periodic tasks and their latest turns. Returns 1 when the latest run of one has failed."""
    with servers(data):
        found = asyncio.run(_standings())
    failing = [task for task in found if task.error and task.every_seconds]
    if as_json:
        write_json(found)
        return 1 if failing else 0
    table = Table("task", "every", "last turn", "state", "next")
    for task in found:
        every = duration(task.every_seconds) if task.every_seconds else "no longer"
        table.add_row(task.name, every, ago(task.started_at), _state(task), _next(task))
    out = console()
    out.print(table)
    for task in failing:
        out.print(f"{task.name}: {task.error}", markup=False, soft_wrap=True)
    if failing:
        out.print("A turn that failed is tried again, within five minutes. The worker's log has the whole story.")
    return 1 if failing else 0


def pause(queue: str, *, data: Path | None, as_json: bool) -> None:
    """Begin nothing more of it."""
    one = _turned(queue, pausing.pause, data=data)
    if as_json:
        write_json({"queue": one.name, "paused": True})
        return
    out = console()
    out.print(
        f"{one.name} is paused: what runs is finished, and nothing more is begun. What is due waits in PostgreSQL."
    )
    if one.name == "publishing":
        out.print("Posts that are paused for longer than the late limit are not sent any more; you are told of each.")
    out.print(f"Let it go on: aipromote queues resume {one.name}   (It also goes on when Redis is emptied.)")


def resume(queue: str, *, data: Path | None, as_json: bool) -> None:
    """Let it go on."""
    one = _turned(queue, pausing.resume, data=data)
    if as_json:
        write_json({"queue": one.name, "paused": False})
    else:
        console().print(f"{one.name} goes on.")


def _turned(name: str, verb: Any, *, data: Path | None) -> Queue:
    queue = queue_named(name)
    carried(data, lambda carrier: verb(carrier, queue))
    return queue


def _kinds() -> dict[str, list[str]]:
    from aipromote import worker  # noqa: PLC0415 -- the whole product

    return {queue.name: [kind.name for kind in worker.HANDLERS if kind.queue == queue] for queue in QUEUES}


async def _standings() -> list[Standing]:
    from aipromote import worker  # noqa: PLC0415 -- the whole product

    database = Database.from_settings("aipromote queues", pool_size=1)
    try:
        async with database.transaction() as session:
            return await standings(session, worker.PERIODIC)
    finally:
        await database.close()


def _when(job: Job) -> str:
    match job.state:
        case "active":
            return f"begun {ago(job.started_at)}"
        case "delayed":
            return f"runs {ago(job.due_at)}"
        case "completed":
            return f"{ago(job.finished_at)}" + (f": {job.result}" if job.result else "")
        case "failed":
            return f"{ago(job.finished_at)}: {job.reason}"
        case _:
            return f"pushed {ago(job.pushed_at)}, priority {job.priority}"


def _at_work(beat: Beat) -> str:
    if beat.role == "stager":
        errors = beat.facts.get("errors", {})
        return "looks for what is due" + (f", not of {', '.join(errors)}" if errors else "")
    running = {name: count for name, count in beat.facts.get("running", {}).items() if count}
    return (
        ", ".join(f"{count} {name}" for name, count in running.items())
        or f"nothing, for {counted(len(beat.queues), 'queue')}"
    )


def _next(task: Standing) -> str:
    if task.claimed_by or not task.every_seconds:
        return "-"
    at = ago(task.next_at)
    return at if at.startswith("in ") else "now"


def _state(task: Standing) -> str:
    if task.claimed_by:
        return f"running on {task.claimed_by}"
    if task.error:
        return "[red]failed[/red]"
    if task.started_at is None:
        return "had no turn yet"
    return "done" if task.finished_at else "broken off"
