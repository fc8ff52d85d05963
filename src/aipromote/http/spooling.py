"""Where uploads lie while they come in: on the disk of the data folder. The system's own folder may be in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def spooling_in(home: Path | None) -> Iterator[None]:
    """Temporary files of this process are made in `home`'s folder `uploads` meanwhile.

    They have no name there, so nothing is left of them when the process ends, however it does.
    """
    before = tempfile.tempdir
    if home is not None:
        folder = home / "uploads"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before
