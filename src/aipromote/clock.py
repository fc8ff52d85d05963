"""The product's clock: the only caller of `datetime.now`.

Usually it is the computer's. A simulation gives all its processes one small shared file (`Dial`) that maps real time to
product time, so that weeks pass in a minute: product = origin + (real - anchor) * speed. The file is memory-mapped; a
read costs no system call, and a change by one process is seen by all others at their next read.

Product time never runs backwards while a dial only jumps forward, which is all that `Dial.jump` allows.
"""

from __future__ import annotations

import mmap
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

_LAYOUT = struct.Struct("<Qddd")  # sequence number (odd while being written), anchor, origin, speed


class Dial:
    """A shared mapping from real to product time, kept in a file of a few bytes."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _LAYOUT.size)

    @classmethod
    def create(cls, path: Path, *, start: datetime, speed: float = 1.0) -> Dial:
        """Make the file; product time is `start` now and passes `speed` times as fast as real time."""
        path.write_bytes(_LAYOUT.pack(0, time.time(), start.timestamp(), speed))
        return cls(path)

    def now(self) -> datetime:
        """Product time, in UTC."""
        while True:
            before, anchor, origin, speed = _LAYOUT.unpack(self._memory[:])
            after = _LAYOUT.unpack(self._memory[:])[0]
            if before == after and before % 2 == 0:
                return datetime.fromtimestamp(origin + (time.time() - anchor) * speed, UTC)

    def jump(self, instant: datetime, *, speed: float = 1.0) -> None:
        """Put product time forward to `instant` (never back) and let it run at `speed` from there."""
        sequence = _LAYOUT.unpack(self._memory[:])[0]
        origin = max(instant, self.now()).timestamp()
        self._memory[:8] = struct.pack("<Q", sequence + 1)
        self._memory[8:] = struct.pack("<ddd", time.time(), origin, speed)
        self._memory[:8] = struct.pack("<Q", sequence + 2)


_dial: Dial | None = None


def use(path: Path | None) -> None:
    """Follow the dial in this file from now on; None goes back to the computer's clock."""
    global _dial  # noqa: PLW0603 -- one clock per process is the point of this module
    _dial = Dial(path) if path is not None else None


def now() -> datetime:
    """The time that the product goes by: aware, in UTC."""
    return _dial.now() if _dial is not None else datetime.now(UTC)


def real_now() -> datetime:
    """The computer's own time, whatever the dial says: only for setting a dial."""
    return datetime.now(UTC)


def is_simulated() -> bool:
    """Whether product time differs from the computer's (by more than a second)."""
    return _dial is not None and abs(_dial.now() - datetime.now(UTC)) > timedelta(seconds=1)


def after(seconds: float) -> datetime:
    """The instant that many seconds of product time from now."""
    return now() + timedelta(seconds=seconds)
