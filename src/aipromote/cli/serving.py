"""`aipromote web` and `worker`: one process each, for containers and service managers.

They replace this process, so that signals reach them and their end is the command's end.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aipromote import settings
from aipromote.embedded.ties import tie_to

if TYPE_CHECKING:
    from fastapi import FastAPI


def web_argv(*, host: str, port: int) -> list[str]:
    """The command line of a web process."""
    granian = Path(sys.executable).with_name("granian")
    return [
        str(granian), "--interface", "asgi", "--factory", "--host", host, "--port", str(port), "--workers", "1",
        "--loop", "uvloop", "--no-ws", "--log-level", "warning", "aipromote.cli.serving:create_app",
    ]  # fmt: skip


def worker_argv() -> list[str]:
    """The command line of a worker."""
    return [sys.executable, "-m", "aipromote.worker"]


def create_app() -> FastAPI:
    """The web application in a process that granian's master starts: it ends when the master does, however that ends.

    Else it would live on without anybody who looks after it, and hold the port against the next one.
    """
    from aipromote.app import create_app as build  # noqa: PLC0415 -- only the process that serves it needs all of that

    master = multiprocessing.parent_process()
    if master is not None and master.pid is not None and (tie := tie_to(master.pid, signal.SIGTERM)):
        tie()
    return build()


def web() -> None:
    """Become a web process, by the settings. Raises SetupError when no database is named."""
    config = settings.get()
    config.require("database_url")
    _become(web_argv(host=config.host, port=config.port))


def worker() -> None:
    """Become a worker, by the settings. Raises SetupError when no database or no Redis is named."""
    config = settings.get()
    config.require("database_url")
    config.require("redis_url")
    _become(worker_argv())


def _become(argv: Sequence[str]) -> None:
    os.execv(argv[0], list(argv))  # noqa: S606 -- our own programs, without a shell
