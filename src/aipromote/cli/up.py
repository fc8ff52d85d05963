"""`aipromote up`: everything on one machine, until Ctrl-C."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from aipromote import settings
from aipromote.cli import processes
from aipromote.cli.instance import home_path
from aipromote.embedded.ports import is_free, require_free
from aipromote.embedded.runtime import Runtime
from aipromote.errors import AipromoteError
from aipromote.web import bundling

if TYPE_CHECKING:  # loaded only where a simulation is wanted: this process stays small for as long as it runs
    from aipromote.simulation.journal import Journal


@dataclass
class Instance:
    """What `up` has started so far."""

    runtime: Runtime
    console: Console
    host: str
    port: int
    web_url: str = ""
    sandbox_url: str = ""
    link: str | None = None
    environment: dict[str, str] = field(default_factory=dict)


def run(*, demo: bool, data: Path | None, port: int | None) -> None:
    """Start all of it, print where it is, look after it, and stop it in order."""
    console = Console(highlight=False)
    config = settings.get()
    chosen = require_free(config.host, port or config.port)
    bundling.ensure(console.print)
    console.print("Starting PostgreSQL and Valkey …")
    with Runtime(home_path(data), settings=config, on_event=console.print) as runtime:
        runtime.start_servers()
        instance = Instance(runtime, console, config.host, chosen)
        journal = _journal(runtime.home.path, demo=demo)
        _start(instance, journal)
        _complain(instance, config)
        if journal is None:
            _greet(instance)
        else:
            _simulate(instance, journal)
        runtime.wait()
        console.print("Stopping …")
    console.print(f"Stopped. Everything is kept in {runtime.home.path}", soft_wrap=True)


def _journal(home: Path, *, demo: bool) -> Journal | None:
    """The simulation to run or to finish; None when there is none, or when it has ended."""
    if not demo and not (home / "simulation.json").exists():
        return None
    from aipromote.cli import simulated  # noqa: PLC0415 -- see above

    brief, source = simulated.load(None)
    journal = simulated.open_journal(home, brief, source=source, days=14)
    return None if journal.finished else journal


def _start(instance: Instance, journal: Journal | None) -> None:
    runtime, environment = instance.runtime, instance.environment
    environment["AIPROMOTE_SETUP_TOKEN"] = token = secrets.token_urlsafe(16)
    runtime.tell(setup_token=token)
    if journal is not None:
        from aipromote.cli import simulated  # noqa: PLC0415 -- see above

        environment |= simulated.set_dial(runtime, journal)
    beside = instance.port + 1
    instance.sandbox_url = processes.start_sandbox(
        runtime, port=beside if is_free("127.0.0.1", beside) else None, environment=environment
    )
    environment["AIPROMOTE_SANDBOX_URL"] = instance.sandbox_url
    # They load while the schema is brought up to date, which only the worker has to wait for.
    instance.web_url = processes.start_web(runtime, host=instance.host, port=instance.port, environment=environment)
    instance.link = processes.prepare(runtime, environment=environment)["link"]
    processes.start_worker(runtime, environment=environment)
    processes.until_answered(runtime, f"{instance.sandbox_url}/healthz", name="sandbox")
    processes.until_answered(runtime, f"{instance.web_url}/health", name="web")


def _complain(instance: Instance, config: settings.Settings) -> None:
    """Of a Redis that is not ours: what queues need it to be, and it is not."""
    if config.redis_url is None:
        return
    import asyncio  # noqa: PLC0415 -- see above

    from aipromote.jobs.server import check_server  # noqa: PLC0415

    try:
        found = asyncio.run(check_server(config.redis_url.get_secret_value(), prefix=config.queue_prefix))
    except AipromoteError as error:
        instance.console.print(f"  {error.message}", style="yellow", markup=False, soft_wrap=True)
        return
    for complaint in found:
        instance.console.print(f"  Redis: {complaint.words}", style="yellow", markup=False, soft_wrap=True)


def _addresses(instance: Instance) -> None:
    instance.console.print(f"\n  AIPromote          {instance.web_url}", style="bold")
    instance.console.print(f"  Sandbox network    {instance.sandbox_url}  (nothing there is public)", soft_wrap=True)


def _greet(instance: Instance) -> None:
    _addresses(instance)
    if instance.link is not None:
        what = "First account" if instance.link.startswith("/setup") else "Sign in once"
        instance.console.print(f"  {what:<18} {instance.web_url}{instance.link}", soft_wrap=True)
    instance.console.print("\n  Ctrl-C stops everything.\n")


def _simulate(instance: Instance, journal: Journal) -> None:
    """Bring the sample startup through its weeks while the web already answers; then go on in real time."""
    from aipromote.cli import simulated  # noqa: PLC0415 -- see above

    password = secrets.token_urlsafe(12)
    _addresses(instance)
    instance.console.print(
        "\n  Meet a sample startup: two weeks of its life pass now, in a fraction of a minute. Its posts really\n"
        "  travel over HTTP, to the sandbox network; the audience there is simulated.\n",
        soft_wrap=True,
    )
    running = simulated.Running(
        instance.runtime,
        sandbox_url=instance.sandbox_url,
        password=password,
        environment=instance.environment,
        then_go_on=True,
    )
    if not simulated.watch(instance.runtime, running, instance.console):
        return
    try:
        simulated.print_outcome(instance.console, running.outcome()["outcome"])
    except AipromoteError as error:
        instance.console.print(f"  The simulation did not end: {error}", style="yellow")
        instance.console.print("  Everything else runs; `aipromote up --demo` goes on from here the next time.")
        return
    _return_to_the_present(instance)
    instance.console.print(f"  Sign in as {journal.email}, password {password} (shown this once), or:", soft_wrap=True)
    _greet(instance)


def _return_to_the_present(instance: Instance) -> None:
    """From here on the computer's clock counts, and the worker keeps its usual pace."""
    environment = {"AIPROMOTE_SANDBOX_URL": instance.sandbox_url}
    instance.runtime.end("worker")
    processes.start_worker(instance.runtime, environment=environment)
    instance.link = processes.prepare(instance.runtime, environment=environment)["link"]
