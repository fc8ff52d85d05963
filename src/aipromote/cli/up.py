"""`aipromote up`: everything on one machine, until Ctrl-C."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from sqlalchemy import select

from aipromote import clock, settings
from aipromote.accounts.actions import open_link
from aipromote.accounts.models import User
from aipromote.accounts.states import UserRole
from aipromote.cli import demo as simulated
from aipromote.cli import processes
from aipromote.cli.instance import home_path
from aipromote.clock import Dial
from aipromote.db.database import Database
from aipromote.embedded.ports import is_free, require_free
from aipromote.embedded.runtime import Runtime
from aipromote.simulation.journal import Journal

_LINK_LASTS = timedelta(hours=1)


@dataclass
class Instance:
    """What `up` has started so far."""

    runtime: Runtime
    console: Console
    port: int
    web_url: str = ""
    sandbox_url: str = ""


def run(*, demo: bool, data: Path | None, port: int | None) -> None:
    """Start all of it, print where it is, look after it, and stop it in order."""
    console = Console(highlight=False)
    config = settings.get()
    chosen = require_free(config.host, port or config.port)
    console.print("Starting PostgreSQL and Valkey …")
    with Runtime(
        home_path(data), settings=config, on_event=lambda name, what: console.print(f"{name}: {what}")
    ) as runtime:
        runtime.start_servers()
        instance = Instance(runtime, console, chosen)
        processes.adopt_and_migrate(runtime)
        journal = _journal(runtime, demo=demo)
        password = secrets.token_urlsafe(12)
        _start(instance, simulating=journal is not None)
        if journal is None:
            _greet(instance)
        else:
            _simulate(instance, journal, password)
        runtime.wait()
        console.print("Stopping …")
    console.print("Stopped. Everything is kept in " + str(runtime.home.path))


def _journal(runtime: Runtime, *, demo: bool) -> Journal | None:
    """The simulation to run or to finish; None when there is none, or when it has ended."""
    path = runtime.home.path / "simulation.json"
    if demo and not path.exists():
        brief, source = simulated.load(None)
        return simulated.open_journal(path, brief, source=source, days=14)
    journal = Journal.read(path)
    return journal if journal is not None and not journal.finished else None


def _start(instance: Instance, *, simulating: bool) -> None:
    runtime, home = instance.runtime, instance.runtime.home.path
    environment: dict[str, str] = {}
    if simulating:
        journal = Journal.read(home / "simulation.json")
        assert journal is not None
        Dial.create(home / "clock", start=journal.at)
        clock.use(home / "clock")
        environment = {**simulated.FAST, "AIPROMOTE_CLOCK_FILE": str(home / "clock")}
    beside = instance.port + 1
    instance.sandbox_url = processes.start_sandbox(
        runtime, port=beside if is_free("127.0.0.1", beside) else None, environment=environment
    )
    environment["AIPROMOTE_SANDBOX_URL"] = instance.sandbox_url
    environment["AIPROMOTE_SETUP_TOKEN"] = secrets.token_urlsafe(16)
    settings.adopt(environment)
    processes.start_worker(runtime, environment=environment)
    instance.web_url = processes.start_web(
        runtime, host=settings.get().host, port=instance.port, environment=environment
    )


def _greet(instance: Instance) -> None:
    show = instance.console.print
    show(f"\n  AIPromote          {instance.web_url}", style="bold")
    show(f"  Sandbox network    {instance.sandbox_url}   (nothing there is public)")
    link = asyncio.run(_link(instance.web_url))
    if link is not None:
        show(f"  {link}", soft_wrap=True)
    show("\n  Ctrl-C stops everything.\n")


async def _link(web_url: str) -> str | None:
    """A way in for the person at this terminal: to set up, or to sign in once. Never printed in production."""
    config = settings.get()
    database = Database.from_settings("aipromote up")
    try:
        async with database.transaction() as session:
            users = select(User).order_by((User.role != UserRole.ADMIN), User.created_at)
            user = (await session.scalars(users.limit(1))).first()
            if user is None:
                return f"First account      {web_url}/setup?token={config.setup_token.get_secret_value()}"
            if config.environment == "production":
                return None
            token = await open_link(session, user_id=user.id, lasts=_LINK_LASTS)
            return f"Sign in once       {web_url}/enter/{token}   (as {user.email}, within the hour)"
    finally:
        await database.close()


def _simulate(instance: Instance, journal: Journal, password: str) -> None:
    """Bring the sample startup through its weeks while the web already answers; then go on in real time."""
    brief, _ = simulated.load(Path(journal.source))
    show = instance.console.print
    show(f"\n  AIPromote          {instance.web_url}", style="bold")
    show(f"  Sandbox network    {instance.sandbox_url}   (nothing there is public)")
    show(f"\n  Meet {brief.name}, a sample startup. Two weeks of its life pass now, in about a minute.")
    show("  Its posts really travel over HTTP, to the sandbox network; the audience there is simulated.\n")
    running = simulated.simulation(
        instance.runtime, brief, journal, sandbox_url=instance.sandbox_url, password=password, then_go_on=True
    )
    if not simulated.watch(instance.runtime, running, instance.console):
        return
    if running.error is not None:
        show(f"  The simulation did not end: {running.error}", style="yellow")
        show("  Everything is still running; `aipromote up --demo` goes on from here the next time.")
    else:
        simulated.print_outcome(instance.console, running.result())
        show(f"  Sign in as {journal.email} with the password {password} (shown this once), or use the link below.")
    _greet(instance)
