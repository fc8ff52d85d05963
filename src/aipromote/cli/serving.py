"""`aipromote web` and `worker`: one process each, for containers and service managers.

They replace this process, so that signals reach them and their end is the command's end.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from aipromote import settings


def web_argv(*, host: str, port: int) -> list[str]:
    """The command line of a web process."""
    granian = Path(sys.executable).with_name("granian")
    return [
        str(granian), "--interface", "asgi", "--factory", "--host", host, "--port", str(port), "--workers", "1",
        "--loop", "uvloop", "--no-ws", "--log-level", "warning", "aipromote.app:create_app",
    ]  # fmt: skip


def worker_argv() -> list[str]:
    """The command line of a worker."""
    return [sys.executable, "-m", "aipromote.worker"]


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
