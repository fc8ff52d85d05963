"""Where the bytes are: files below the data folder, named by what they contain.

A file is complete or absent: it is written beside its place and moved there. Its name follows from its content, so
writing the same bytes twice is harmless, and a rolled-back transaction leaves a file that the next attempt finds.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from aipromote import settings

BUCKET = "local"
_BLOCK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Stored:
    """Where the bytes lie, and their SHA-256."""

    key: str
    checksum: bytes


async def keep(content: bytes, *, organization_id: UUID) -> Stored:
    """Store these bytes for an organization."""
    checksum = hashlib.sha256(content).digest()
    key = f"{organization_id}/{checksum.hex()}"
    await asyncio.to_thread(_write, _path(key), content)
    return Stored(key, checksum)


async def read(key: str) -> bytes:
    """The bytes under this key. Raises FileNotFoundError."""
    return await asyncio.to_thread(_path(key).read_bytes)


async def blocks(key: str) -> AsyncIterator[bytes]:
    """The same a part at a time, for what need not be in memory whole. Raises FileNotFoundError."""
    with await asyncio.to_thread(_path(key).open, "rb") as file:
        while block := await asyncio.to_thread(file.read, _BLOCK):
            yield block


def folder() -> Path:
    """Where all files are, by their keys: what a backup takes along and a restore puts back."""
    return Path(settings.get().require("home")) / "assets"


def _path(key: str) -> Path:
    return folder() / key


def _write(path: Path, content: bytes) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
