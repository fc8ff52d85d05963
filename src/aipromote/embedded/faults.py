"""What goes wrong with folders, ports and programs, said in one sentence with the cause and one with the way out."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aipromote.errors import SetupError

_TAIL = 65_536  # bytes of a log that are looked at
_MARKS = ("PANIC:", "FATAL:")  # PostgreSQL's last line but one or two

_READ_ONLY = "is on a read-only file system. Mount it writable, or name another folder with AIPROMOTE_HOME."
_FORBIDDEN = "may not be read or written by this user. Give this user the folder, or name another with AIPROMOTE_HOME."
_FULL = "is on a disk that is full. Free some space (a fresh start needs about 100 MB) and start again."
_IN_THE_WAY = "is not a folder, or lies below a file. Name a folder with AIPROMOTE_HOME."
_WORDS = {
    errno.EROFS: _READ_ONLY,
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.ENOTDIR: _IN_THE_WAY,
    errno.EEXIST: _IN_THE_WAY,
    errno.EISDIR: "is a folder where a file should be. Move it away and start again.",
    errno.ENAMETOOLONG: "is longer than the file system allows. Name a shorter folder with AIPROMOTE_HOME.",
    errno.ELOOP: "is a symbolic link that leads back to itself. Name a real folder with AIPROMOTE_HOME.",
    errno.ENOLCK: "is on a file system without locks. Name a folder on a local disk with AIPROMOTE_HOME.",
}


class StartError(SetupError):
    """A program did not start. `last_line` is the last that its log says (empty when it says nothing)."""

    def __init__(self, message: str, *, last_line: str = "") -> None:
        super().__init__(message)
        self.last_line = last_line

    def with_way_out(self, way_out: str) -> StartError:
        """The same error, with what to do about it (a full disk has a way out of its own)."""
        if os.strerror(errno.ENOSPC) in self.last_line:
            way_out = "Free some space on that disk and start again."
        return StartError(f"{self.message} {way_out}", last_line=self.last_line)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an operating-system error about the data folder `path` into a SetupError with the way out."""
    try:
        yield
    except OSError as error:
        words = _WORDS.get(error.errno or 0, f"cannot be used: {error.strerror or error}. See AIPROMOTE_HOME.")
        raise SetupError(f"The data folder cannot be used: {error.filename or path} {words}") from error


def last_line(log: Path, *, since: int = 0) -> str:
    """The line of the log, from byte `since` on, that likely tells the cause: the last fatal one, else the last."""
    try:
        with log.open("rb") as file:
            file.seek(max(since, log.stat().st_size - _TAIL))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if any(mark in line for mark in _MARKS)]
    return next(reversed(telling or lines), "")
