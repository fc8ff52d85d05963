"""Making a backup: everything from one snapshot, into a file that is whole or not there."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import asyncpg

from aipromote import __version__, clock
from aipromote.assets import storage
from aipromote.backup import tables
from aipromote.backup.container import BLOCK, write_end, write_member
from aipromote.backup.envelope import Secret, Writer
from aipromote.backup.errors import BackupFailed
from aipromote.backup.manifest import DUMP, FILES, KEYS, MANIFEST, FileFacts, Manifest
from aipromote.backup.programs import Programs
from aipromote.backup.stopping import Check, in_thread
from aipromote.db import vectors

Progress = Callable[[str, int], None]
"""What is being done, and how many bytes of it are."""

# pgvector stays out: a server without it takes the backup, too, and nothing in the schema needs it.
_EXTENSIONS = "SELECT extname FROM pg_extension WHERE extname <> $1 ORDER BY extname"
_ASSETS = "SELECT DISTINCT storage_key, encode(checksum, 'hex') AS checksum FROM assets WHERE bucket = $1 ORDER BY 1"
_ELSEWHERE = "SELECT count(DISTINCT storage_key) FROM assets WHERE bucket <> $1"


@dataclass(frozen=True, slots=True)
class Taken:
    """A finished backup: where it is, its size in bytes, and what is in it."""

    path: Path
    size: int
    manifest: Manifest


async def take(
    url: str,
    path: Path,
    *,
    secret: Secret,
    programs: Programs,
    keys: Mapping[str, str] | None = None,
    skip_missing: bool = False,
    progress: Progress = lambda _what, _bytes: None,
) -> Taken:
    """Back up the database at `url` (the owner's) and the files of its assets into `path`, which must not exist.

    `keys` go along where given (sealed like all else). An asset whose file was lost stops it unless `skip_missing`.
    Raises BackupFailed; no part of a file is left then.
    """
    _refuse_existing(path)
    connection = await tables.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            if await connection.fetchval("SELECT to_regclass('public.alembic_version')") is None:
                raise BackupFailed("This database holds nothing of AIPromote yet; there is nothing to back up.")
            snapshot = str(await connection.fetchval("SELECT pg_export_snapshot()"))
            manifest = await _describe(connection, has_keys=keys is not None)
            extensions = [row["extname"] for row in await connection.fetch(_EXTENSIONS, vectors.EXTENSION)]
            files = {row["storage_key"]: row["checksum"] for row in await connection.fetch(_ASSETS, storage.BUCKET)}

            def write(check: Check) -> Taken:
                def told(what: str, size: int) -> None:
                    check()
                    progress(what, size)

                parts = _Parts(url, snapshot, programs, extensions, files, keys, skip_missing, told)
                return _write(path, secret, manifest, parts)

            # In a thread: this connection has to stay open for as long as the snapshot is read.
            return await in_thread(write)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BackupFailed(f"The backup could not be written to {path}: {reason}. No part of it is left.") from error
    finally:
        await connection.close()


async def _describe(connection: asyncpg.Connection, *, has_keys: bool) -> Manifest:
    return Manifest(
        product=__version__,
        made_at=clock.now(),
        schema_revision=str(await connection.fetchval("SELECT version_num FROM alembic_version")),
        server_version=str(await connection.fetchval("SHOW server_version")),
        server_major=connection.get_server_version().major,
        tables=await tables.facts(connection),
        dump=FileFacts(size=0, sha256=""),
        files={},
        elsewhere=int(await connection.fetchval(_ELSEWHERE, storage.BUCKET)),
        key_ids=await tables.key_ids(connection),
        has_keys=has_keys,
    )


@dataclass(frozen=True, slots=True)
class _Parts:
    """Where the members come from. `files` are checksums by storage key."""

    url: str
    snapshot: str
    programs: Programs
    extensions: Sequence[str]
    files: Mapping[str, str]
    keys: Mapping[str, str] | None
    skip_missing: bool
    progress: Progress


def _write(path: Path, secret: Secret, manifest: Manifest, parts: _Parts) -> Taken:
    """Beside its place under another name, then moved there."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            manifest = _fill(file, secret, manifest, parts)
            file.flush()
            os.fsync(file.fileno())
        size = draft.stat().st_size
        _refuse_existing(path)  # it took a while
        draft.rename(path)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
    _sync_folder(path.parent)
    return Taken(path, size, manifest)


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise BackupFailed(f"{path} exists already. Name another file; a backup never replaces one.")


def _fill(file: BinaryIO, secret: Secret, manifest: Manifest, parts: _Parts) -> Manifest:
    writer = Writer(file, secret)
    dumped = _Counted(parts.progress, "database")
    with parts.programs.dump(parts.url, snapshot=parts.snapshot, extensions=parts.extensions) as blocks:
        write_member(writer, DUMP, dumped.passing(blocks))
    files, missing = _add_files(writer, parts)
    if parts.keys is not None:
        write_member(writer, KEYS, [json.dumps(dict(parts.keys)).encode()])
    manifest = manifest.model_copy(update={"dump": dumped.facts(), "files": files, "missing": tuple(missing)})
    write_member(writer, MANIFEST, [manifest.model_dump_json().encode()])
    write_end(writer)
    writer.finish()
    return manifest


def _add_files(writer: Writer, parts: _Parts) -> tuple[dict[str, FileFacts], list[str]]:
    folder = storage.folder()
    added: dict[str, FileFacts] = {}
    missing: list[str] = []
    for key, checksum in parts.files.items():
        counted = _Counted(parts.progress, "files")
        try:
            with (folder / key).open("rb") as file:
                blocks = iter(lambda file=file: file.read(BLOCK), b"")  # type: ignore[misc]  # bound at once
                write_member(writer, f"{FILES}{key}", counted.passing(blocks))
        except FileNotFoundError:
            missing.append(key)
            continue
        added[key] = counted.facts()
        if added[key].sha256 != checksum:
            raise BackupFailed(f"The file of asset {folder / key} is not what was stored. Put the right one there.")
    if missing and not parts.skip_missing:
        raise BackupFailed(
            f"{len(missing)} asset(s) have no file any more, the first is {folder / missing[0]}. Put them back, or "
            "leave them out with --skip-missing-files. No backup was made."
        )
    return added, missing


class _Counted:
    """Size and checksum of what passes, told as it does."""

    def __init__(self, progress: Progress, what: str) -> None:
        self._progress, self._what = progress, what
        self._hash = hashlib.sha256()
        self._size = 0

    def passing(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        for block in blocks:
            self._hash.update(block)
            self._size += len(block)
            self._progress(self._what, self._size)
            yield block

    def facts(self) -> FileFacts:
        return FileFacts(size=self._size, sha256=self._hash.hexdigest())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
