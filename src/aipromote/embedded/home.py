"""The data folder: one place with everything that an instance keeps, used by one running instance at a time.

lock           held while an instance runs (the kernel lets go of it however the process ends)
secrets.json   passwords and keys, mode 0600
run.json       what runs now, for the other commands, mode 0600
postgres/      the database
valkey/        the queues' carrier
logs/          one file per process
run/           sockets and the servers' private files
runtime/       the servers' programs, where root started them from a place that their user cannot read
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Self, TextIO

from aipromote.embedded import account, secrets_file
from aipromote.embedded.faults import explained
from aipromote.errors import SetupError

_LOCK_ATTEMPTS, _LOCK_PAUSE = 5, 0.02  # `running` holds the lock for a moment
_SOCKET_PATH = 90  # a socket's whole path has at most 103 bytes on macOS, 107 on Linux; the names need some of it


def default_path() -> Path:
    """Where the data lies if AIPROMOTE_HOME does not say: /var/lib/aipromote for root, else in the user's home."""
    if os.geteuid() == 0:
        return Path("/var/lib/aipromote")
    try:
        return Path.home() / ".local/share/aipromote"
    except RuntimeError as error:
        raise SetupError("This user has no home folder. Name a data folder with AIPROMOTE_HOME.") from error


class Home:
    """A data folder. `open` it before use, and `close` it when the servers have stopped."""

    def __init__(self, path: Path, *, owner: account.Account) -> None:
        with explained(path):
            self.path = path.expanduser().resolve()
        self.owner = owner
        """The user that the servers run as."""
        self.sockets = self.path / "run"
        self._lock: TextIO | None = None

    @property
    def secrets_path(self) -> Path:
        """The file with passwords and keys."""
        return self.path / "secrets.json"

    @property
    def run_path(self) -> Path:
        """The file that tells what runs."""
        return self.path / "run.json"

    def log(self, name: str) -> Path:
        """The log file of the process called `name`."""
        return self.path / "logs" / f"{name}.log"

    def open(self) -> Self:
        """Make the folder if needed and take its lock; SetupError when it cannot be used or another instance has it."""
        _refuse_odd_name(self.path)
        with explained(self.path):
            self.path.mkdir(parents=True, exist_ok=True, mode=0o711 if self.owner.is_other else 0o700)
            self._take_lock()
        try:
            self._lay_out()
        except SetupError:
            self.close()
            raise
        return self

    def close(self) -> None:
        """Let go of the folder. Sockets outside of it are removed."""
        if self.sockets.parent != self.path:
            shutil.rmtree(self.sockets, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def folder(self, name: str, *, mode: int = 0o700) -> Path:
        """A folder of that name inside, owned by the servers' user."""
        path = self.path / name
        with explained(path):
            path.mkdir(exist_ok=True)
            self.owner.give(path)
            path.chmod(mode)
        return path

    def refuse_foreign(self, name: str) -> None:
        """SetupError if the folder of that name inside exists and belongs to a user other than the servers'."""
        path = self.path / name
        if path.exists() and path.stat().st_uid != self.owner.uid:
            raise SetupError(
                f"{path} belongs to another user (number {path.stat().st_uid}). "
                "Start AIPromote as the user who started it first, or name another folder with AIPROMOTE_HOME."
            )

    def secrets(self) -> secrets_file.Secrets:
        """The instance's secrets, made now if this is the first start."""
        with explained(self.secrets_path):
            if self.secrets_path.exists():
                return secrets_file.read(self.secrets_path)
            if any((self.path / name).exists() for name in ("postgres", "valkey")):
                raise SetupError(
                    f"{self.secrets_path} is missing, but the data that it opens is there. Restore it from a backup, "
                    f"or move {self.path} away to start afresh."
                )
            made = secrets_file.fresh()
            secrets_file.write(self.secrets_path, made)
            return made

    def _take_lock(self) -> None:
        self._lock = (self.path / "lock").open("a", encoding="utf-8")
        for _ in range(_LOCK_ATTEMPTS):
            with suppress(BlockingIOError):
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            time.sleep(_LOCK_PAUSE)
        self._lock.close()
        self._lock = None
        pid = (_read_json(self.run_path) or {}).get("pid", "unknown")
        raise SetupError(
            f"AIPromote already runs on the data folder {self.path} (process {pid}). "
            "Stop that one first, or name another folder with AIPROMOTE_HOME."
        )

    def _lay_out(self) -> None:
        if self.owner.is_other:
            self.path.chmod(self.path.stat().st_mode | 0o011)  # to pass, not to list
        if barrier := self.owner.barrier(self.path):
            raise SetupError(
                f"The servers run as the user {self.owner.name}, who cannot pass {barrier} on the way to {self.path}. "
                "Name a folder that others can reach with AIPROMOTE_HOME, for example /var/lib/aipromote."
            )
        shared = 0o755 if self.owner.is_other else 0o700
        with explained(self.path):
            (self.path / "logs").mkdir(exist_ok=True, mode=0o700)
        self.sockets = self.folder("run", mode=shared)
        if len(os.fsencode(self.sockets)) > _SOCKET_PATH:
            self.sockets = Path(tempfile.mkdtemp(prefix="aipromote-"))
            self.owner.give(self.sockets)
            self.sockets.chmod(shared)


def running(path: Path) -> dict[str, Any] | None:
    """What `run.json` in the data folder tells, if the instance that wrote it still runs; otherwise None."""
    try:
        with (path / "lock").open("r", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_json(path / "run.json")
    except OSError:
        return None
    return None


def left_behind(home: Home) -> dict[str, Any]:
    """The `run.json` of an earlier instance that did not stop in order; empty when there is none."""
    return _read_json(home.run_path) or {}


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _refuse_odd_name(path: Path) -> None:
    try:
        text = str(path).encode().decode()
    except UnicodeError:
        text = "\n"
    if any(character in text for character in "\n\r\0"):
        raise SetupError(
            f"The data folder's name {str(path)!r} has characters that the servers do not take. "
            "Name another folder with AIPROMOTE_HOME."
        )
