"""`aipromote demo`: the whole loop on servers of its own, in simulated time."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from aipromote import clock, settings
from aipromote.cli import processes
from aipromote.clock import Dial
from aipromote.db.database import Database
from aipromote.documents.brief import Brief, read_brief
from aipromote.embedded.runtime import Runtime
from aipromote.errors import AipromoteError, InvalidInput, SetupError
from aipromote.simulation.drive import OnProgress, Simulation, first_monday
from aipromote.simulation.drive import Progress as Step
from aipromote.simulation.journal import Journal
from aipromote.simulation.outcome import Outcome
from aipromote.worker import http_client

DEFAULT = Path(__file__).parents[3] / "examples" / "pagerlane.yaml"
FAST = {
    "AIPROMOTE_STAGER_INTERVAL_SECONDS": "0.1",
    "AIPROMOTE_LEASE_SECONDS": "8",
    "AIPROMOTE_FIRE_TIMEOUT_SECONDS": "4",
}
"""What a simulation sets so that a crash in it is noticed in seconds: product time stands nearly still meanwhile."""


def load(path: Path | None) -> tuple[Brief, str]:
    """The brief and where it comes from. Raises InvalidInput with the line, the field and what was expected."""
    chosen = path or _default_example()
    try:
        raw = chosen.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{chosen}: cannot be read ({error.strerror}).") from error
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{chosen}: is not UTF-8 text (byte {error.start}).") from error
    return read_brief(text, source=str(chosen)), str(chosen)


def _default_example() -> Path:
    if not DEFAULT.exists():
        raise SetupError("No example briefs are installed. Name one of your own with --brief FILE.")
    return DEFAULT


@dataclass
class Running:
    """A simulation in a thread of its own, so that the main thread can look after the processes."""

    simulate: Callable[[OnProgress], Outcome]
    step: Step | None = None
    outcome: Outcome | None = None
    error: BaseException | None = None
    thread: threading.Thread = field(init=False)

    def start(self) -> None:
        """Begin."""

        def work() -> None:
            try:
                self.outcome = self.simulate(lambda step: setattr(self, "step", step))
            except BaseException as error:  # noqa: BLE001 -- handed to the main thread, which raises it
                self.error = error

        self.thread = threading.Thread(target=work, name="simulation", daemon=True)
        self.thread.start()

    def result(self) -> Outcome:
        """What came of it, once it has ended."""
        if self.error is not None:
            raise self.error
        assert self.outcome is not None
        return self.outcome


def open_journal(path: Path, brief: Brief, *, source: str, days: int) -> Journal:
    """The journal of an unfinished run in this folder, or a new one."""
    if (journal := Journal.read(path)) is not None:
        return journal
    start = first_monday(brief, days=days, real_now=clock.now())
    email = next((founder.email for founder in brief.founders if founder.email), None) or "founder@example.org"
    journal = Journal(source=source, start=start, days=days, at=start, email=email)
    journal.write(path)
    return journal


def simulation(
    runtime: Runtime, brief: Brief, journal: Journal, *, sandbox_url: str, password: str, then_go_on: bool = False
) -> Running:
    """The simulation on a runtime whose processes follow the dial in `<home>/clock`."""
    home = runtime.home.path
    dial = Dial(home / "clock")

    async def drive(on_progress: OnProgress) -> Outcome:
        database = Database.from_settings("aipromote simulation")
        async with http_client() as http:
            run = Simulation(
                brief=brief,
                journal=journal,
                journal_path=home / "simulation.json",
                dial=dial,
                database=database,
                http=http,
                sandbox_url=sandbox_url,
                password=password,
                on_progress=on_progress,
                then_go_on=then_go_on,
            )
            try:
                return await run.run()
            finally:
                await database.close()

    return Running(lambda on_progress: asyncio.run(drive(on_progress)))


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    """The folder to work in: the one named, or a temporary one that goes when all went well."""
    if data is not None:
        yield data
        return
    folder = Path(tempfile.mkdtemp(prefix="aipromote-demo-"))
    folder.chmod(0o755)
    try:
        yield folder / "home"
    except BaseException:
        sys.stderr.write(f"The simulation's data and logs are kept in {folder}\n")
        raise
    shutil.rmtree(folder, ignore_errors=True)


def run(*, brief: Path | None, days: int, data: Path | None, as_json: bool) -> int:
    """Simulate, print what came of it, and return the exit code: 0 only if every due post is there exactly once."""
    loaded, source = load(brief)
    console = Console(stderr=as_json)
    with _folder(data) as home, Runtime(home, settings=settings.get()) as runtime:
        runtime.start_servers()
        journal = open_journal(home / "simulation.json", loaded, source=source, days=days)
        if journal.finished:
            raise SetupError(f"A simulation has ended in {home}. Name a fresh folder, or leave --data away.")
        Dial.create(home / "clock", start=journal.at)
        environment = {**FAST, "AIPROMOTE_CLOCK_FILE": str(home / "clock")}
        processes.adopt_and_migrate(runtime)
        clock.use(home / "clock")
        sandbox_url = processes.start_sandbox(runtime, port=None, environment=environment)
        settings.adopt({"AIPROMOTE_SANDBOX_URL": sandbox_url})
        processes.start_worker(runtime, environment={**environment, "AIPROMOTE_SANDBOX_URL": sandbox_url})
        running = simulation(runtime, loaded, journal, sandbox_url=sandbox_url, password=_password())
        if not watch(runtime, running, console):
            raise AipromoteError("Stopped before the end. With --data DIR, the same command goes on from there.")
        outcome = running.result()
    print_outcome(console, outcome)
    if as_json:
        sys.stdout.write(json.dumps(outcome.as_dict()) + "\n")
    return 0 if outcome.is_clean else 1


def _password() -> str:
    import secrets  # noqa: PLC0415 -- beside its only use

    return secrets.token_urlsafe(12)


def watch(runtime: Runtime, running: Running, console: Console) -> bool:
    """Show the simulation's progress and look after the processes. False when somebody asked to stop meanwhile."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[at]}"), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("Starting", total=1.0, at="")
        running.start()
        while running.thread.is_alive() and not runtime.is_stopping:
            runtime.look_after()
            if (step := running.step) is not None:
                bar.update(task, description=step.step, completed=step.done, at=f"{step.at:%a %d %b %H:%M}")
            running.thread.join(0.2)
    return not runtime.is_stopping


def print_outcome(console: Console, outcome: Outcome) -> None:
    """A table of what came of it."""
    table = Table(title=f"{outcome.organization}: {outcome.days} simulated days", show_header=False)
    rows = (
        ("posts written", outcome.pieces),
        ("held back for a person", outcome.held_back),
        ("scheduled", outcome.scheduled),
        ("published, each exactly once" if not outcome.duplicates else "published", outcome.published),
        ("failed", outcome.failed),
        ("missed", outcome.missed),
        ("lost", outcome.lost),
        ("sent twice", outcome.duplicates),
        ("messages the sandbox received", outcome.received),
        ("metric snapshots (simulated audience)", outcome.metric_rows),
        ("weekly summaries", outcome.weekly_summaries),
        ("seconds", outcome.seconds),
    )
    for name, value in rows:
        table.add_row(name, str(value))
    console.print(table)
