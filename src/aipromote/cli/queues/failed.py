"""Failed jobs, from the command line: list them, look at one, run again, throw away."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from aipromote.cli.queues.reaching import ago, carried, console, write_json
from aipromote.errors import InvalidInput
from aipromote.jobs import failed as jobs
from aipromote.jobs import peeking
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.failed import FailedJob, Page
from aipromote.jobs.kinds import QUEUES, Queue, queue_named
from aipromote.monitoring.words import counted, moment


def failed(
    *, queue: str | None, kind: str | None, after: str | None, limit: int, data: Path | None, as_json: bool
) -> None:
    """List them, the latest first: of all queues the latest few, of one queue page by page."""
    if after is not None and queue is None:
        raise InvalidInput("Pages are of one queue: name it with --queue.")
    chosen = QUEUES if queue is None else (queue_named(queue),)

    async def look(carrier: Carrier) -> list[tuple[Queue, dict[str, int], Page]]:
        return [
            (
                one,
                await jobs.failed_counts(carrier, one),
                await jobs.failed_page(carrier, one, kind=kind, after=after, limit=limit),
            )
            for one in chosen
        ]

    found = carried(data, look)
    if as_json:
        write_json(
            {
                "counts": {one.name: counts for one, counts, _ in found},
                "jobs": [job for _, _, page in found for job in page.jobs],
                "after": {one.name: page.after for one, _, page in found if page.after},
            }
        )
        return
    _print(console(), found, kind=kind)


def show(queue: str, job_id: str, *, data: Path | None, as_json: bool) -> None:
    """Print one job, whatever its state."""
    job = carried(data, lambda carrier: peeking.job(carrier, queue_named(queue), job_id))
    if as_json:
        write_json(job)
        return
    out = console()
    lines: dict[str, Any] = {
        "queue": job.queue,
        "id": job.id,
        "kind": job.kind or "(cannot be read)",
        "state": job.state,
        "pushed": job.pushed_at and f"{moment(job.pushed_at)}, {ago(job.pushed_at)}",
        "runs": job.due_at and f"{moment(job.due_at)}, {ago(job.due_at)}",
        "started": job.started_at and f"{moment(job.started_at)}, {ago(job.started_at)}",
        "finished": job.finished_at and f"{moment(job.finished_at)}, {ago(job.finished_at)}",
        "attempts": job.attempts,
        "points to": json.dumps(job.pointer) if job.pointer is not None else "(cannot be read)",
        "left": job.result,
        "reason": job.reason,
    }
    for name, value in lines.items():
        if value is not None and value != "":
            out.print(f"{name:<10} {value}", markup=False, soft_wrap=True)
    if job.traceback:
        out.print(f"\n{job.traceback.rstrip()}", markup=False, soft_wrap=True)
    if job.state == "failed":
        out.print(f"\nRun it again:    aipromote queues replay {job.queue} {job.id}", markup=False, soft_wrap=True)
        out.print(f"Throw it away:   aipromote queues discard {job.queue} {job.id}", markup=False, soft_wrap=True)


def replay(queue: str, job_id: str | None, *, every: bool, kind: str | None, data: Path | None, as_json: bool) -> None:
    """Run one again, or all of a queue."""
    _do("replayed", jobs.replay, jobs.replay_all, queue, job_id, every=every, kind=kind, data=data, as_json=as_json)


def discard(
    queue: str, job_id: str | None, *, every: bool, kind: str | None, yes: bool, data: Path | None, as_json: bool
) -> None:
    """Remove one, or all of a queue. Asks before it removes all, unless it is told not to, or nobody can answer."""
    if every and job_id is None and not yes and not as_json:
        what = f"of the kind {kind} " if kind else ""
        typer.confirm(f"Remove all failed jobs {what}of {queue}, with their reasons? Their rows stay.", abort=True)
    _do("discarded", jobs.discard, jobs.discard_all, queue, job_id, every=every, kind=kind, data=data, as_json=as_json)


def _do(
    done: str,
    one: Callable[[Carrier, Queue, str], Awaitable[None]],
    of_all: Callable[..., Awaitable[int]],
    name: str,
    job_id: str | None,
    *,
    every: bool,
    kind: str | None,
    data: Path | None,
    as_json: bool,
) -> None:
    if every == (job_id is not None) or (kind is not None and not every):
        raise InvalidInput("Name one job by its ID, or say --all, with --kind KIND for all of a kind.")
    queue = queue_named(name)

    async def work(carrier: Carrier) -> int:
        if job_id is None:
            return await of_all(carrier, queue, kind=kind)
        await one(carrier, queue, job_id)
        return 1

    how_many = carried(data, work)
    if as_json:
        write_json({done: how_many, "queue": queue.name})
    elif done == "replayed":
        console().print(f"{counted(how_many, 'job')} of {queue.name} will run again, with all attempts.", markup=False)
    else:
        gone = "is" if how_many == 1 else "are"
        console().print(f"{counted(how_many, 'job')} of {queue.name} {gone} gone. The rows stay as they are.")


def _print(out: Console, found: list[tuple[Queue, dict[str, int], Page]], *, kind: str | None) -> None:
    for queue, counts, page in found:
        if not counts:
            continue
        by_kind = ", ".join(f"{count} {name}" for name, count in counts.items())
        out.print(f"[bold]{queue.name}[/bold]: {counted(sum(counts.values()), 'failed job')} ({by_kind})")
        for job in page.jobs:
            _print_job(out, job)
        if page.after:
            more = f" --kind {kind}" if kind else ""
            out.print(f"  Older: aipromote queues failed --queue {queue.name}{more} --after {page.after}", markup=False)
    if not any(counts for _, counts, _ in found):
        out.print("No job has failed.")
        return
    out.print("\nLook at one:  aipromote queues show QUEUE ID      Run again:  aipromote queues replay QUEUE ID")
    out.print("What a failed job was about is still in its row: the stager tries it again after five minutes if due.")


def _print_job(out: Console, job: FailedJob) -> None:
    out.print(f"  {job.id}", markup=False, soft_wrap=True)
    attempts = f"after {counted(job.attempts, 'attempt')}" if job.attempts else "never run"
    out.print(f"      {ago(job.failed_at)}, {attempts}: {job.reason}", markup=False, soft_wrap=True)
