"""`aipromote demo`: the whole loop on servers of its own, in simulated time."""

from __future__ import annotations

import json
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from aipromote import settings
from aipromote.cli import processes, simulated
from aipromote.embedded.runtime import Runtime
from aipromote.errors import AipromoteError, SetupError


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    """The folder to work in: the one named, or a temporary one that goes when all went well."""
    if data is not None:
        yield data.expanduser().resolve()
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
    loaded, source = simulated.load(brief)
    console = Console(stderr=as_json)
    with _folder(data) as home, Runtime(home, settings=settings.get()) as runtime:
        runtime.start_servers()
        journal = simulated.open_journal(home, loaded, source=source, days=days)
        if journal.finished:
            raise SetupError(f"A simulation has ended in {home}. Name a fresh folder, or leave --data away.")
        environment = simulated.set_dial(runtime, journal)
        sandbox_url = processes.start_sandbox(runtime, port=None, environment=environment)
        environment["AIPROMOTE_SANDBOX_URL"] = sandbox_url
        processes.prepare(runtime, environment=environment)
        processes.start_worker(runtime, environment=environment)
        processes.until_answered(runtime, f"{sandbox_url}/healthz", name="sandbox")
        running = simulated.Running(
            runtime, sandbox_url=sandbox_url, password=secrets.token_urlsafe(12), environment=environment
        )
        if not simulated.watch(runtime, running, console):
            raise AipromoteError("Stopped before the end. With --data DIR, the same command goes on from there.")
        ended = running.outcome()
    simulated.print_outcome(console, ended["outcome"])
    if as_json:
        sys.stdout.write(json.dumps(ended["outcome"]) + "\n")
    return 0 if ended["clean"] else 1
