"""A simulation as the commands see it: started beside a runtime, watched, and told of at the end."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from aipromote import clock, settings
from aipromote.clock import Dial
from aipromote.documents.brief import Brief
from aipromote.documents.brief.file import dump_brief, read_brief
from aipromote.embedded.runtime import Runtime
from aipromote.errors import AipromoteError, InvalidInput, SetupError
from aipromote.simulation.journal import Journal, first_monday

DEFAULT = Path(__file__).parents[3] / "examples" / "pagerlane.yaml"
JOURNAL, DIAL = "simulation.json", "clock"
_FAST = {
    "AIPROMOTE_STAGER_INTERVAL_SECONDS": "0.1",
    "AIPROMOTE_LEASE_SECONDS": "8",
    "AIPROMOTE_FIRE_TIMEOUT_SECONDS": "4",
    "AIPROMOTE_WORKER_GRACE_SECONDS": "5",
}
"""What a simulation sets so that a crash in it is noticed in seconds: product time stands nearly still meanwhile."""


def load(path: Path | None) -> tuple[Brief, str]:
    """The brief and where it comes from. Raises InvalidInput with the line, the field and what was expected."""
    chosen = path or DEFAULT
    if path is None and not chosen.exists():
        raise SetupError("No example briefs are installed. Name one of your own with --brief FILE.")
    try:
        return read_brief(chosen.read_bytes(), source=str(chosen)), str(chosen)
    except OSError as error:
        raise InvalidInput(f"{chosen}: cannot be read ({error.strerror}).") from error


def open_journal(home: Path, brief: Brief, *, source: str, days: int) -> Journal:
    """The journal of the simulation in this folder, or a new one."""
    if (journal := Journal.read(home / JOURNAL)) is not None:
        return journal
    start = first_monday(ZoneInfo(brief.time_zone), days=days, real_now=clock.real_now())
    email = next((founder.email for founder in brief.founders if founder.email), None) or "founder@example.org"
    journal = Journal(source=source, brief=dump_brief(brief), start=start, days=days, at=start, email=email)
    journal.write(home / JOURNAL)
    return journal


def set_dial(runtime: Runtime, journal: Journal) -> dict[str, str]:
    """Put the clock where the simulation stands; returns the environment of the processes that follow it."""
    dial = runtime.home.path / DIAL
    Dial.create(dial, start=journal.at)
    runtime.tell(clock_file=str(dial))
    return {**_FAST, "AIPROMOTE_CLOCK_FILE": str(dial)}


class Running:
    """A simulation's process, and what it has told last."""

    def __init__(
        self,
        runtime: Runtime,
        *,
        sandbox_url: str,
        password: str,
        environment: dict[str, str],
        then_go_on: bool = False,
    ) -> None:
        argv = [sys.executable, "-m", "aipromote.simulation", str(runtime.home.path), sandbox_url]
        self._process = subprocess.Popen(  # noqa: S603 -- our own program
            argv + ["--then-go-on"] * then_go_on,
            env=settings.child_environment(runtime.environment | environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=runtime.home.log("simulation").open("ab"),
            text=True,
        )
        self._tell(password)
        self.told: dict[str, Any] = {"step": "Starting", "done": 0.0}
        self.ended: dict[str, Any] | None = None
        self._reader = threading.Thread(target=self._read, name="simulation", daemon=True)
        self._reader.start()

    @property
    def is_alive(self) -> bool:
        """Whether it has more to tell."""
        return self._reader.is_alive()

    def wait(self, seconds: float) -> None:
        """Wait that long, or until it ends."""
        self._reader.join(seconds)

    def stop(self) -> None:
        """End it; its journal lets a later one go on."""
        self._process.terminate()
        self._process.wait()

    def outcome(self) -> dict[str, Any]:
        """What came of it: `outcome` and `clean`. Raises with what went wrong."""
        ended = self.ended or {"error": "The simulation ended without a word; its log says more."}
        if "error" in ended:
            raise AipromoteError(str(ended["error"]))
        return ended

    def _tell(self, password: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(password + "\n")
        self._process.stdin.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            if "step" in told:
                self.told = told
            else:
                self.ended = told
        self._process.wait()


def watch(runtime: Runtime, running: Running, console: Console) -> bool:
    """Show how far it is and look after the processes. False when somebody asked to stop meanwhile."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[at]}"), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("Starting", total=1.0, at="")
        while running.is_alive and not runtime.is_stopping:
            runtime.look_after()
            at = running.told.get("at")
            shown = f"{datetime.fromisoformat(at):%a %d %b %H:%M}" if at else ""
            bar.update(task, description=running.told["step"], completed=running.told["done"], at=shown)
            running.wait(0.2)
        if runtime.is_stopping:
            running.stop()
            return False
        bar.update(task, description="Done", completed=1.0)
    return True


def print_outcome(console: Console, outcome: dict[str, Any]) -> None:
    """A table of what came of it."""
    table = Table(title=f"{outcome['organization']}: {outcome['days']} simulated days", show_header=False)
    rows = (
        ("posts written", "pieces"),
        ("held back for a person", "held_back"),
        ("scheduled", "scheduled"),
        ("published", "published"),
        ("failed", "failed"),
        ("missed", "missed"),
        ("lost", "lost"),
        ("sent twice", "duplicates"),
        ("messages the sandbox received (threads have several)", "received"),
        ("metric snapshots (simulated audience)", "metric_rows"),
        ("weekly summaries", "weekly_summaries"),
        ("seconds", "seconds"),
    )
    for name, key in rows:
        table.add_row(name, str(outcome[key]))
    console.print(table)
