"""Whether the files of posts are there, and are what was stored: their size, checksum, and the type that they show.

A file in the data folder is compared by its checksum, once for as long as nobody touches it. A bucket compares what it
stores by itself; there only the size and the first bytes are asked for.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from pathlib import Path

from aipromote.assets import storage
from aipromote.assets.models import Asset
from aipromote.publishing.checks import Refusal

_HEAD = 32
_KEPT = 10_000
_SIGNATURES: dict[str, tuple[tuple[int, bytes], ...]] = {
    "image/png": ((0, b"\x89PNG\r\n\x1a\n"),),
    "image/jpeg": ((0, b"\xff\xd8\xff"),),
    "image/gif": ((0, b"GIF8"),),
    "image/webp": ((0, b"RIFF"), (8, b"WEBP")),
    "video/mp4": ((4, b"ftyp"),),
    "video/quicktime": ((4, b"ftypqt"),),
    "video/webm": ((0, b"\x1a\x45\xdf\xa3"),),
}
"""What files of a type begin with, by the WHATWG's MIME Sniffing Standard. Other types are not looked into."""

_seen: OrderedDict[tuple[str, int, int, int], bytes] = OrderedDict()
"""SHA-256 of files by their key, inode, size and time of change: a file that nobody touched is read once."""


async def trouble(asset: Asset) -> Refusal | None:
    """What is wrong with the file; None when it can go out."""
    try:
        if asset.bucket != storage.BUCKET:
            return await _look_into_bucket(asset)
        return await asyncio.to_thread(_look, asset, storage.folder() / asset.storage_key)
    except FileNotFoundError:
        return Refusal("file_gone", f"The file {asset.original_name} of this post is gone.")
    except OSError as error:
        return Refusal("file_unreadable", f"The file {asset.original_name} cannot be read ({error.strerror}).")


async def _look_into_bucket(asset: Asset) -> Refusal | None:
    key, bucket = asset.storage_key, asset.bucket
    size = await storage.size(key, bucket=bucket)
    if size != asset.size:
        return _of_size(asset, size)
    head = b"".join([block async for block in storage.blocks(key, bucket=bucket, length=_HEAD)])
    return None if _shows(asset.mime_type, head) else _of_type(asset)


def _look(asset: Asset, path: Path) -> Refusal | None:
    with path.open("rb") as file:
        head = file.read(_HEAD)
        stat = path.stat()
        if stat.st_size != asset.size:
            return _of_size(asset, stat.st_size)
        mark = (asset.storage_key, stat.st_ino, stat.st_size, stat.st_mtime_ns)
        if mark not in _seen:
            file.seek(0)
            _seen[mark] = hashlib.file_digest(file, "sha256").digest()
            while len(_seen) > _KEPT:
                _seen.popitem(last=False)
    if _seen[mark] != asset.checksum:
        return Refusal("file_damaged", f"The file {asset.original_name} is not the one that was stored.")
    return None if _shows(asset.mime_type, head) else _of_type(asset)


def _of_size(asset: Asset, size: int) -> Refusal:
    words = f"has {size:,} bytes, where {asset.size:,} were stored"
    return Refusal("file_damaged", f"The file {asset.original_name} {words}.")


def _of_type(asset: Asset) -> Refusal:
    return Refusal("file_type", f"The file {asset.original_name} is no {asset.mime_type}, though it was stored as one.")


def _shows(mime_type: str, head: bytes) -> bool:
    signature = _SIGNATURES.get(mime_type, ())
    return all(head[offset : offset + len(mark)] == mark for offset, mark in signature)
