"""The tree of `aipromote queues …`. Each command imports its module when it is called: `--help` answers at once.

Exit codes: 0 done, or well; 1 something needs a person, or was refused with a sentence on standard error; 2 the
command line was not understood.
"""

from __future__ import annotations

from typing import Annotated

import typer

from aipromote.cli.options import AsJson, Data

Name = Annotated[str, typer.Argument(metavar="QUEUE", help="One of: aipromote queues list.")]
Id = Annotated[str | None, typer.Argument(metavar="[ID]", help="As `aipromote queues failed` shows it.")]
Every = Annotated[bool, typer.Option("--all", help="All failed jobs of the queue that are there now.")]
OfKind = Annotated[str | None, typer.Option("--kind", help="Only of this kind of job: publish-post, send-email, …")]
Limit = Annotated[int, typer.Option(min=1, max=200, help="How many of each.")]

app = typer.Typer(help="The five queues: what they carry, who works on them, what has failed.", no_args_is_help=True)


@app.command()
def health(*, data: Data = None, as_json: AsJson = False) -> None:
    """Counts of every queue, workers' heartbeats, and what the database says is overdue. Exits 1 when one is red."""
    from aipromote.cli.queues import health as commands

    raise typer.Exit(commands.health(data=data, as_json=as_json))


@app.command("list")
def list_(
    queue: Annotated[str | None, typer.Argument(metavar="[QUEUE]", help="Show what is in this one.")] = None,
    *,
    limit: Limit = 10,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """The five queues, their rules and counts; or the jobs of one of them."""
    from aipromote.cli.queues import listing

    if queue is None:
        listing.queues(data=data, as_json=as_json)
    else:
        listing.jobs(queue, limit=limit, data=data, as_json=as_json)


@app.command()
def workers(*, data: Data = None, as_json: AsJson = False) -> None:
    """Every process that works on the queues, and what it does. Exits 1 when no worker is alive."""
    from aipromote.cli.queues import listing

    raise typer.Exit(listing.workers(data=data, as_json=as_json))


@app.command()
def periodic(*, data: Data = None, as_json: AsJson = False) -> None:
    """What is done again and again, and how its latest turn went. Exits 1 when one has failed."""
    from aipromote.cli.queues import listing

    raise typer.Exit(listing.periodic(data=data, as_json=as_json))


@app.command()
def failed(
    *,
    queue: Annotated[str | None, typer.Option(help="Only of this queue.")] = None,
    kind: OfKind = None,
    after: Annotated[str | None, typer.Option(help="The next page: what the page before said.")] = None,
    limit: Limit = 10,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """The failed jobs of every queue, the latest first, with their reasons."""
    from aipromote.cli.queues import failed as commands

    commands.failed(queue=queue, kind=kind, after=after, limit=limit, data=data, as_json=as_json)


@app.command()
def show(queue: Name, job_id: str, *, data: Data = None, as_json: AsJson = False) -> None:
    """One job, failed or not: what it points to, when it ran, why it failed."""
    from aipromote.cli.queues import failed as commands

    commands.show(queue, job_id, data=data, as_json=as_json)


@app.command()
def replay(
    queue: Name,
    job_id: Id = None,
    *,
    every: Every = False,
    kind: OfKind = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Run a failed job again, or with --all every one of the queue, with all attempts."""
    from aipromote.cli.queues import failed as commands

    commands.replay(queue, job_id, every=every, kind=kind, data=data, as_json=as_json)


@app.command()
def discard(
    queue: Name,
    job_id: Id = None,
    *,
    every: Every = False,
    kind: OfKind = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before all are removed.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Remove a failed job, or with --all every one of the queue. Rows stay, and say what is still to be done."""
    from aipromote.cli.queues import failed as commands

    commands.discard(queue, job_id, every=every, kind=kind, yes=yes, data=data, as_json=as_json)


@app.command()
def pause(queue: Name, *, data: Data = None, as_json: AsJson = False) -> None:
    """Begin nothing more of a queue until it is resumed. What runs is finished; what is due waits."""
    from aipromote.cli.queues import listing

    listing.pause(queue, data=data, as_json=as_json)


@app.command()
def resume(queue: Name, *, data: Data = None, as_json: AsJson = False) -> None:
    """Let a paused queue go on."""
    from aipromote.cli.queues import listing

    listing.resume(queue, data=data, as_json=as_json)
