"""What is inside the seal: named members one after another, each in blocks, so that no length need be known before."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from aipromote.backup.envelope import Reader, Writer
from aipromote.backup.errors import BackupUnusable

BLOCK = 256 * 1024
_NAME = struct.Struct(">H")
_SIZE = struct.Struct(">I")


def write_member(writer: Writer, name: str, blocks: Iterable[bytes]) -> None:
    """Append one member."""
    encoded = name.encode()
    writer.write(_NAME.pack(len(encoded)) + encoded)
    for block in blocks:
        if block:
            writer.write(_SIZE.pack(len(block)) + block)
    writer.write(_SIZE.pack(0))


def write_end(writer: Writer) -> None:
    """After the last member."""
    writer.write(_NAME.pack(0))


def members(reader: Reader) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Name and blocks of each member in order. What the caller leaves unread of one is passed over."""
    while length := _NAME.unpack(_exactly(reader, _NAME.size))[0]:
        name = _exactly(reader, length).decode()
        blocks = _blocks(reader)
        yield name, blocks
        for _ in blocks:
            pass
    if reader.read(1):
        raise BackupUnusable("There is something behind the end of this backup. Use another copy of it.")


def _blocks(reader: Reader) -> Iterator[bytes]:
    while size := _SIZE.unpack(_exactly(reader, _SIZE.size))[0]:
        yield _exactly(reader, size)


def _exactly(reader: Reader, size: int) -> bytes:
    data = reader.read(size)
    if len(data) != size:
        raise BackupUnusable("This backup ends in the middle. Use another copy of it.")
    return data
