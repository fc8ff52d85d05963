"""Looking at a backup: all of it is opened and compared with its own table of contents before anybody relies on it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from aipromote.backup.container import members
from aipromote.backup.envelope import Reader, Secret
from aipromote.backup.errors import BackupUnusable
from aipromote.backup.manifest import DUMP, FILES, KEYS, MANIFEST, FileFacts, Manifest, parse

_STORAGE_KEY = re.compile(r"[0-9A-Za-z_.-]+(/[0-9A-Za-z_.-]+)*")
_LARGEST_TEXT = 256 * 1024 * 1024


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file; BackupUnusable where it cannot be read."""
    try:
        with path.open("rb") as file:
            yield file
    except FileNotFoundError as missing:
        raise BackupUnusable(f"There is no file {path}.") from missing
    except (IsADirectoryError, PermissionError) as error:
        raise BackupUnusable(f"{path} cannot be read: {error.strerror}.") from error


def check(path: Path, *, secret: Secret) -> Manifest:
    """Open everything and compare it with the table of contents; what that says. BackupUnusable, WrongKey."""
    found: dict[str, FileFacts] = {}
    manifest = None
    with opened(path) as file:
        for name, blocks in members(Reader(file, secret)):
            if name == MANIFEST:
                manifest = parse(_whole(blocks))
            else:
                found[name] = _measured(blocks)
    if manifest is None:
        raise BackupUnusable("This backup has no table of contents. Use another copy of it.")
    found.pop(KEYS, None)
    expected = {DUMP: manifest.dump} | {f"{FILES}{key}": facts for key, facts in manifest.files.items()}
    if found != expected:
        wrong = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
        raise BackupUnusable(f"This backup does not hold what it lists: {', '.join(wrong[:3])}.")
    for key in manifest.files:
        if not _STORAGE_KEY.fullmatch(key) or ".." in key.split("/") or "." in key.split("/"):
            raise BackupUnusable(f"This backup names a file {key!r}, which is no place for an asset.")
    return manifest


def keys_in(path: Path, *, secret: Secret) -> dict[str, str]:
    """The keys that went along; empty when none did."""
    with opened(path) as file:
        for name, blocks in members(Reader(file, secret)):
            if name == KEYS:
                return {str(key): str(value) for key, value in json.loads(_whole(blocks)).items()}
    return {}


def _whole(blocks: Iterable[bytes]) -> bytes:
    data = bytearray()
    for block in blocks:
        data += block
        if len(data) > _LARGEST_TEXT:
            raise BackupUnusable("This backup's table of contents is too large to be one.")
    return bytes(data)


def _measured(blocks: Iterable[bytes]) -> FileFacts:
    size, digest = 0, hashlib.sha256()
    for block in blocks:
        size += len(block)
        digest.update(block)
    return FileFacts(size=size, sha256=digest.hexdigest())
