"""Reading files that a stranger may have made: only names that we know, no more bytes than we allow, nothing unpacked.

Nothing is ever written to disk under a name from an archive, so a name like `../x` has nothing to climb out of; it is
refused all the same, since nobody who means well writes it.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from pydantic import ValidationError

from aipromote.db import revision
from aipromote.portability import shape
from aipromote.portability.errors import ImportRefused, refused
from aipromote.portability.form import FILES, MANIFEST, README, ROWS, SHEETS, FileFacts, Manifest

_BLOCK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What an import may weigh, in bytes as read, whatever an archive says about itself."""

    total: int = 20 * 1024**3
    file: int = 4 * 1024**3
    asset: int = 4 * 1024**3
    line: int = 4 * 1024**2
    manifest: int = 16 * 1024**2
    files: int = 100_000


class Source(Protocol):
    """Files by name."""

    def names(self) -> list[str]:
        """All of them."""
        ...

    def open(self, name: str) -> BinaryIO:
        """One of them, from its start."""
        ...


@dataclass(frozen=True, slots=True)
class _Zip:
    archive: zipfile.ZipFile

    def names(self) -> list[str]:
        return [member.filename for member in self.archive.infolist() if not member.is_dir()]

    def open(self, name: str) -> BinaryIO:
        member = self.archive.getinfo(name)
        if member.flag_bits & 1:
            raise refused(name, "it is encrypted.")
        if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise refused(name, "it is packed in a way that no export uses.")
        return cast("BinaryIO", self.archive.open(name))


@dataclass(frozen=True, slots=True)
class _Folder:
    root: Path

    def names(self) -> list[str]:
        found = [path for path in self.root.rglob("*") if path.is_symlink() or not path.is_dir()]
        for path in found:
            if path.is_symlink() or not path.is_file():
                raise refused(str(path.relative_to(self.root)), "this is not a plain file.")
        return [path.relative_to(self.root).as_posix() for path in found]

    def open(self, name: str) -> BinaryIO:
        return (self.root / name).open("rb")


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """The files of a zip archive or a folder. ImportRefused where there is none."""
    if path.is_dir():
        yield _Folder(path)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            yield _Zip(archive)
    except FileNotFoundError as missing:
        raise ImportRefused(f"There is no file {path}.") from missing
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as broken:
        raise ImportRefused(f"{path} is not a zip file that can be read ({broken}). Nothing was imported.") from broken


@dataclass(frozen=True, slots=True)
class Files:
    """Files that were found to be what their manifest says: names, sizes and checksums."""

    source: Source
    manifest: Manifest
    limits: Limits

    def lines(self, name: str) -> Iterator[tuple[int, bytes]]:
        """The lines of a file, from number 1."""
        with self.source.open(name) as file:
            number = 0
            while line := file.readline(self.limits.line + 1):
                number += 1
                if len(line) > self.limits.line:
                    raise refused(name, f"the line is longer than {self.limits.line} bytes.", row=number)
                yield number, line

    def open(self, name: str) -> BinaryIO:
        """A file, from its start."""
        return self.source.open(name)


def check(source: Source, limits: Limits) -> Files:
    """Compare everything with the manifest before anything is believed. ImportRefused."""
    names = source.names()
    if len(names) > limits.files:
        raise ImportRefused(f"There are {len(names)} files, and at most {limits.files} are read. Nothing was imported.")
    for name in names:
        if not _is_known(name):
            raise refused(repr(name), "no export has a file of this name.")
    if len(set(names)) != len(names):
        raise ImportRefused("A file is there twice under one name. Nothing was imported.")
    manifest = _manifest(source, names, limits)
    _compare_names(names, manifest)
    total = 0
    for name, facts in manifest.files.items():
        total += facts.size
        most = limits.asset if name.startswith(FILES) else limits.file
        if facts.size > most or total > limits.total:
            raise refused(name, "this is more than an import may weigh.")
        if _measured(source, name, most=facts.size) != (facts.size, facts.sha256):
            raise refused(name, "its content is not what the manifest says: it was altered or cut off.")
    return Files(source, manifest, limits)


def _is_known(name: str) -> bool:
    rows = {ROWS.format(table=table.name) for table in shape.tables()}
    digest = name.removeprefix(FILES)
    is_file = name.startswith(FILES) and len(digest) == 64 and set(digest) <= set("0123456789abcdef")  # noqa: PLR2004 -- SHA-256
    return is_file or name in rows or name in {MANIFEST, README, *SHEETS.values()}


def _manifest(source: Source, names: list[str], limits: Limits) -> Manifest:
    if MANIFEST not in names:
        raise ImportRefused(f"There is no {MANIFEST}: this is not an export of AIPromote. Nothing was imported.")
    with source.open(MANIFEST) as file:
        data = file.read(limits.manifest + 1)
    if len(data) > limits.manifest:
        raise refused(MANIFEST, "it is too large to be one.")
    try:
        manifest = Manifest.model_validate_json(data)
    except ValidationError as unfit:
        first = unfit.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise refused(MANIFEST, f"{first['msg']}.", column=place or None) from unfit
    if manifest.schema_revision > revision.head():
        raise refused(MANIFEST, f"it comes from a newer AIPromote ({manifest.product}). Update this one first.")
    return manifest


def _compare_names(names: list[str], manifest: Manifest) -> None:
    there, listed = set(names) - {MANIFEST}, set(manifest.files)
    needed = {ROWS.format(table=shape.HEAD)}
    for missing in sorted((listed | needed) - there):
        raise refused(missing, "the manifest lists it, and it is missing.")
    for unlisted in sorted(there - listed):
        raise refused(unlisted, "the manifest does not list it.")


def _measured(source: Source, name: str, *, most: int) -> tuple[int, str]:
    """Size and checksum; stops one block after `most`, whatever a bomb would still unfold to."""
    size, digest = 0, hashlib.sha256()
    with source.open(name) as file:
        while size <= most and (block := file.read(_BLOCK)):
            size += len(block)
            digest.update(block)
    return size, digest.hexdigest()


def facts_of(files: Files, table: str) -> FileFacts | None:
    """What the manifest says of a table's rows; None where an older release had no such table."""
    return files.manifest.files.get(ROWS.format(table=table))
