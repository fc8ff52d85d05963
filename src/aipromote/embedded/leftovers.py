"""Processes that an earlier instance left running, because it was killed where the kernel does not tell its children.

`run.json` names each by number and by the moment it began, so that a stranger who has the number now is never touched.
PostgreSQL keeps its own note (see `aipromote.embedded.postgres`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import psutil

from aipromote.embedded.home import Home, left_behind

_SAME = 2.0  # seconds; the kernel's clock of process starts is coarse
_PATIENCE = 10.0
_TICK = 0.01


def describe(pids: Mapping[str, int]) -> dict[str, dict[str, Any]]:
    """What `run.json` tells of these processes: `{name: {pid, began}}`, `began` in seconds since 1970."""
    told = {}
    for name, pid in pids.items():
        with suppress(psutil.Error):
            told[name] = {"pid": pid, "began": psutil.Process(pid).create_time()}
    return told


def stop(home: Home, *, apart_from: str) -> None:
    """Stop what the last `run.json` names and still runs. Call only with the data folder's lock held."""
    notes = [note for name, note in left_behind(home).get("processes", {}).items() if name != apart_from]
    found = [process for note in notes if (process := _find(note)) is not None]
    for process in found:
        with suppress(psutil.Error):
            process.terminate()
    for process in found:
        if not has_ended(process, within=_PATIENCE):
            with suppress(psutil.Error):
                process.kill()
    home.run_path.unlink(missing_ok=True)


def has_ended(process: psutil.Process, *, within: float) -> bool:
    """Wait up to `within` seconds for the end of a process that is not our child.

    A zombie has ended: in a container nobody may ever reap it.
    """
    end = time.monotonic() + within
    while is_alive(process):
        if time.monotonic() > end:
            return False
        time.sleep(_TICK)
    return True


def is_alive(process: psutil.Process) -> bool:
    """Whether the process still does anything."""
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _find(note: Mapping[str, Any]) -> psutil.Process | None:
    with suppress(psutil.Error, KeyError, TypeError):
        process = psutil.Process(int(note["pid"]))
        if is_alive(process) and abs(process.create_time() - float(note["began"])) < _SAME:
            return process
    return None
