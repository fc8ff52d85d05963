"""The product as people start it: the command in a process of its own, on a data folder of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from servers import open_folder

COMMAND = str(Path(sys.executable).with_name("aipromote"))
EXAMPLES = Path(__file__).parents[2] / "examples"
PATIENCE = 120.0


def clean_environment() -> dict[str, str]:
    """Ours without what names other servers."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AIPROMOTE_") and name not in {"DATABASE_URL", "REDIS_URL"}
    }


@contextmanager
def data_folder() -> Iterator[Path]:
    """A folder that the servers' user can reach, gone afterwards."""
    folder = open_folder()
    try:
        yield folder / "home"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """One command, to its end."""
    return subprocess.run(
        [COMMAND, *arguments], env=clean_environment(), capture_output=True, text=True, check=False, timeout=300
    )


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command that goes on; it is asked to stop at the end, and killed if it does not."""
    process = subprocess.Popen(
        [COMMAND, *arguments], env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def until(look: Any, what: str) -> Any:
    """Ask again and again, until the answer is something."""
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE:
        if (found := look()) is not None:
            return found
        time.sleep(0.1)
    raise AssertionError(f"no {what} after {PATIENCE:.0f} seconds")


def facts(home: Path) -> dict[str, Any] | None:
    """What runs on this folder."""
    try:
        return json.loads((home / "run.json").read_text())
    except (OSError, ValueError):
        return None


def answer(url: str) -> tuple[int, str] | None:
    """Status and text of a page, or None while nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status, response.read().decode()
    except OSError:
        return None
