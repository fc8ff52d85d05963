"""`python -m aipromote.simulation HOME SANDBOX_URL`: one simulation, in a process of its own.

The journal and the dial lie in HOME; the password of the account to make comes on standard input. Prints JSON
lines: how far it is (`step`, `done`, `at`), and at the end `outcome`, or `error` with what went wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from aipromote import clock, schema, settings
from aipromote.clock import Dial
from aipromote.db.database import Database
from aipromote.documents.brief.file import read_brief
from aipromote.errors import AipromoteError
from aipromote.logs import configure
from aipromote.simulation.drive import Progress, Simulation
from aipromote.simulation.journal import Journal
from aipromote.simulation.outcome import Outcome
from aipromote.worker import http_client

assert schema.metadata  # every model is loaded, so that foreign keys between rooms resolve


def _say(**facts: Any) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def _progress(progress: Progress) -> None:
    _say(step=progress.step, done=progress.done, at=progress.at.isoformat())


async def _drive(home: Path, *, sandbox_url: str, password: str, then_go_on: bool) -> Outcome:
    journal = Journal.read(home / "simulation.json")
    assert journal is not None, "whoever starts a simulation has written its journal"
    database = Database.from_settings("aipromote simulation")
    try:
        async with http_client() as http:
            simulation = Simulation(
                brief=read_brief(journal.brief, source=journal.source),
                journal=journal,
                journal_path=home / "simulation.json",
                dial=Dial(home / "clock"),
                database=database,
                http=http,
                sandbox_url=sandbox_url,
                password=password,
                on_progress=_progress,
                then_go_on=then_go_on,
            )
            return await simulation.run()
    finally:
        await database.close()


def main() -> None:
    """The process's entry."""
    parser = argparse.ArgumentParser(prog="python -m aipromote.simulation", description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("sandbox_url")
    parser.add_argument("--then-go-on", action="store_true", help="afterwards come back to the present and plan on")
    chosen = parser.parse_args()
    configure(settings.get())
    clock.use(chosen.home / "clock")
    password = sys.stdin.readline().strip()
    try:
        outcome = asyncio.run(
            _drive(chosen.home, sandbox_url=chosen.sandbox_url, password=password, then_go_on=chosen.then_go_on)
        )
    except AipromoteError as error:
        _say(error=error.message)
        sys.exit(1)
    _say(outcome=outcome.as_dict(), clean=outcome.is_clean)


if __name__ == "__main__":
    main()
