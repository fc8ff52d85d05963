"""Where the bytes are: in a local folder or an S3-compatible bucket, named by what they contain.

A file is complete or absent: locally it is written beside its place and moved there; a bucket shows nothing before the
upload is whole. Its name follows from its content, so writing the same bytes twice is harmless, and a rolled-back
transaction leaves a file that the next attempt finds. Nothing here has a whole file in memory but `read` and `keep`.

Every asset says in which bucket it lies: after a change of the settings new files go to the new place, and those that
are there already are read where they are.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import io
import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID

from aipromote.assets import stores
from aipromote.assets.stores import LOCAL, folder

__all__ = [
    "BLOCK",
    "BUCKET",
    "Stored",
    "blocks",
    "bucket",
    "folder",
    "is_there",
    "keep",
    "keep_file",
    "put",
    "read",
    "remove",
    "size",
]
BUCKET = LOCAL
"""The bucket whose files a backup takes along and a restore puts back: those of the local folder."""
BLOCK = 1024 * 1024
_CHUNK, _AT_ONCE = 8 * 1024 * 1024, 2
"""Of what is written: so many bytes, so many of them in memory at a time."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Where the bytes lie, their SHA-256 and how many they are."""

    key: str
    checksum: bytes
    bucket: str
    size: int


def bucket() -> str:
    """The bucket that new files go to."""
    return stores.current()


async def keep(content: bytes, *, organization_id: UUID, mime_type: str = "") -> Stored:
    """Store these bytes for an organization."""
    return await keep_file(io.BytesIO(content), organization_id=organization_id, mime_type=mime_type)


async def keep_file(file: BinaryIO, *, organization_id: UUID, mime_type: str = "") -> Stored:
    """Store what is in the file, from its beginning. Raises OSError."""
    return await asyncio.to_thread(_keep, file, organization_id, mime_type)


async def put(key: str, file: BinaryIO, *, into: str | None = None, mime_type: str = "") -> None:
    """Store the file under a key of the caller's choice, for what can be made again. Raises OSError."""
    await asyncio.to_thread(_put, into or bucket(), key, file, mime_type)


async def read(key: str, *, bucket: str = LOCAL) -> bytes:
    """The bytes under this key. Raises FileNotFoundError, and OSError."""
    return b"".join([block async for block in blocks(key, bucket=bucket)])


async def size(key: str, *, bucket: str = LOCAL) -> int:
    """How many bytes lie under this key. Raises FileNotFoundError, and OSError."""
    return await asyncio.to_thread(_size, bucket, key)


async def is_there(key: str, *, bucket: str = LOCAL) -> bool:
    """Whether there are bytes under this key. Raises OSError where that cannot be told."""
    try:
        await size(key, bucket=bucket)
    except FileNotFoundError:
        return False
    return True


async def remove(key: str, *, bucket: str = LOCAL) -> None:
    """Delete the bytes under this key; nothing happens where there are none. Raises OSError."""
    await asyncio.to_thread(_remove, bucket, key)


async def blocks(
    key: str,
    *,
    bucket: str = LOCAL,
    offset: int = 0,
    length: int | None = None,
    total: int | None = None,
    block: int = BLOCK,
) -> AsyncIterator[bytes]:
    """The bytes from `offset`, `length` of them or all that follow, a block at a time.

    `total` is the size of the file where it is known; otherwise it is asked for. Each block is a request of its own, so
    that a slow reader holds no connection. Raises FileNotFoundError and OSError.
    """
    end = await size(key, bucket=bucket) if total is None else total
    if length is not None:
        end = min(end, offset + length)
    while offset < end:
        piece = await asyncio.to_thread(_range, bucket, key, offset, min(offset + block, end))
        if not piece:
            raise OSError(errno.EIO, "the file is shorter than it was")
        yield piece
        offset += len(piece)


def _keep(file: BinaryIO, organization_id: UUID, mime_type: str) -> Stored:
    file.seek(0)
    digest, length = hashlib.sha256(), 0
    while block := file.read(BLOCK):
        digest.update(block)
        length += len(block)
    into, key = bucket(), f"{organization_id}/{digest.hexdigest()}"
    with suppress(FileNotFoundError):
        if _size(into, key) == length:
            return Stored(key, digest.digest(), into, length)
    _put(into, key, file, mime_type)
    return Stored(key, digest.digest(), into, length)


def _put(into: str, key: str, file: BinaryIO, mime_type: str) -> None:
    import obstore  # noqa: PLC0415 -- 15 MB, where files are used

    file.seek(0)
    if into == LOCAL:
        local = stores.store_of(LOCAL)
        _put_locally(key, lambda draft: obstore.put(local, draft, file, chunk_size=_CHUNK, max_concurrency=_AT_ONCE))
        return
    with stores.explained(into):
        attributes = {"Content-Type": mime_type} if mime_type else None
        obstore.put(
            stores.store_of(into), key, file, attributes=attributes, chunk_size=_CHUNK, max_concurrency=_AT_ONCE
        )


def _put_locally(key: str, write: Callable[[str], object]) -> None:
    """Under another name first, and on the disk before it has its own: a power cut leaves no half file there."""
    place, draft = folder() / key, f"{key.rpartition('/')[0]}/.{secrets.token_hex(8)}"
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with stores.explained(LOCAL):
            write(draft)
        with (folder() / draft).open("rb") as written:
            os.fchmod(written.fileno(), 0o600)
            os.fsync(written.fileno())
        (folder() / draft).replace(place)
    finally:
        with suppress(FileNotFoundError):
            (folder() / draft).unlink()


def _remove(of: str, key: str) -> None:
    import obstore  # noqa: PLC0415 -- 15 MB, where files are used

    with suppress(FileNotFoundError), stores.explained(of):
        obstore.delete(stores.store_of(of), key)


def _size(of: str, key: str) -> int:
    import obstore  # noqa: PLC0415 -- 15 MB, where files are used

    if of == LOCAL and (folder() / key).is_dir():
        raise IsADirectoryError(errno.EISDIR, "it is a folder")
    with stores.explained(of):
        return int(obstore.head(stores.store_of(of), key)["size"])


def _range(of: str, key: str, start: int, end: int) -> bytes:
    import obstore  # noqa: PLC0415 -- 15 MB, where files are used

    with stores.explained(of):
        return bytes(obstore.get_range(stores.store_of(of), key, start=start, end=end))
