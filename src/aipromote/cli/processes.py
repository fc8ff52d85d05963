"""The product's own processes, as `up` and `demo` start them beside the embedded servers."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

from aipromote import settings
from aipromote.cli.serving import web_argv, worker_argv
from aipromote.embedded.ports import free_port
from aipromote.embedded.runtime import Runtime, answers
from aipromote.errors import SetupError

_PATIENCE = 60.0


def prepare(runtime: Runtime, *, environment: dict[str, str]) -> dict[str, Any]:
    """Bring the schema up to date: `applied` (migrations) and `link` (a path that lets the person in). SetupError."""
    done = subprocess.run(
        [sys.executable, "-m", "aipromote.cli.prepare"],
        env=settings.child_environment(runtime.environment | environment),
        capture_output=True,
        text=True,
        check=False,
    )
    told: dict[str, Any] = json.loads(done.stdout or "{}")
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["It ended without a word."]
        raise SetupError(f"The database could not be prepared. {told.get('refused', lines[-1])}")
    return told


def start_sandbox(runtime: Runtime, *, port: int | None, environment: dict[str, str]) -> str:
    """Start the sandbox network; returns its address. It may not answer yet: see `until_answered`."""
    chosen = port or free_port()
    url = f"http://127.0.0.1:{chosen}"
    store = runtime.home.path / "sandbox.sqlite"
    argv = [sys.executable, "-m", "aipromote.sandbox", "--port", str(chosen), "--store", str(store)]
    runtime.spawn("sandbox", argv, environment=environment)
    runtime.tell(sandbox_url=url)
    return url


def start_worker(runtime: Runtime, *, environment: dict[str, str]) -> None:
    """Start a worker."""
    runtime.spawn("worker", worker_argv(), environment=environment)


def start_web(runtime: Runtime, *, host: str, port: int, environment: dict[str, str]) -> str:
    """Start the web process; returns its address. It may not answer yet: see `until_answered`."""
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 -- compared, not bound
    url = f"http://{shown}:{port}"
    runtime.spawn("web", web_argv(host=host, port=port), environment={**environment, "AIPROMOTE_PORT": str(port)})
    runtime.tell(web_url=url)
    return url


def until_answered(runtime: Runtime, url: str, *, name: str) -> None:
    """Wait for a 200 of this address, looking after all processes meanwhile. SetupError if none comes."""
    is_there, begun = answers(url), time.monotonic()
    while not is_there():
        runtime.look_after()
        if runtime.is_stopping:
            raise KeyboardInterrupt
        if time.monotonic() - begun > _PATIENCE:
            raise SetupError(f"The {name} process does not answer. Its log is {runtime.home.log(name)}.")
        time.sleep(0.05)
