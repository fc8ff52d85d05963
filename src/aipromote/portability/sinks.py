"""Where an export goes: a zip file or a folder, complete or not there."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from aipromote.portability.errors import ExportFailed
from aipromote.portability.exporting import Sink


@dataclass(frozen=True, slots=True)
class Zip:
    """Files in an archive that is being written."""

    archive: zipfile.ZipFile

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """A member; one at a time."""
        with self.archive.open(name, "w", force_zip64=True) as member:
            yield cast("BinaryIO", member)


@dataclass(frozen=True, slots=True)
class Folder:
    """Files below a folder."""

    root: Path

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """A file of its own."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("xb") as file:
            yield file


@contextmanager
def zip_into(file: BinaryIO) -> Iterator[Sink]:
    """An archive written to this open file."""
    with zipfile.ZipFile(file, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        yield Zip(archive)


@contextmanager
def place(path: Path) -> Iterator[Sink]:
    """A new zip file (`*.zip`) or a new folder at this path. Nothing is left when the block raises. ExportFailed."""
    if path.exists():
        raise ExportFailed(f"{path} exists already. Name another place; an export never replaces one.")
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if path.suffix.lower() == ".zip":
            descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w+b") as file:
                with zip_into(file) as sink:
                    yield sink
                file.flush()
                os.fsync(file.fileno())
        else:
            draft.mkdir(mode=0o700)
            yield Folder(draft)
        draft.rename(path)
    except OSError as error:
        raise ExportFailed(f"The export could not be written to {path}: {error.strerror}. Nothing is left.") from error
    finally:
        if draft.is_dir():
            shutil.rmtree(draft, ignore_errors=True)
        else:
            draft.unlink(missing_ok=True)
