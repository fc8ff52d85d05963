"""What is sent of a picture: the file itself, or one that was made to fit the network's rules.

Made once for a picture and a set of rules, and kept in storage beside a short record of what it is. No row names them
and no backup has them: what is missing is made again, with the same result.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import BinaryIO

from pydantic import BaseModel, ConfigDict, ValidationError

from aipromote.assets import apart, fitting, storage
from aipromote.assets.apart import Fitted, Unreadable
from aipromote.assets.models import Asset
from aipromote.assets.sniffing import EXTENSIONS, PICTURES
from aipromote.connectors.capabilities import MEGABYTE, ImageRules

_NAMES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WebP"}


class _Record(BaseModel):
    """What the storage remembers: what is to be sent, or why nothing can be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = ""
    facts: Fitted | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Sendable:
    """What goes out for an asset: where its bytes lie, and what they are."""

    key: str
    bucket: str
    mime_type: str
    size: int
    name: str
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    changes: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """As people read it: "1080 × 1350 JPEG, 412 KB"."""
        kind = _NAMES.get(self.mime_type, EXTENSIONS.get(self.mime_type, self.mime_type).upper())
        pixels = f"{self.width} × {self.height} " if self.width and self.height else ""
        length = f", {self.seconds:.0f} s" if self.seconds else ""
        size = f"{self.size / MEGABYTE:.1f} MB" if self.size >= MEGABYTE else f"{max(1, round(self.size / 1024))} KB"
        return f"{pixels}{kind}{length}, {size}"


async def sendable(asset: Asset, rules: ImageRules | None) -> Sendable:
    """What to send of the asset under these rules. Raises Unreadable where it cannot be made to fit, and OSError.

    Files that are no pictures go out as they are, and so do pictures that were not looked at when they were taken in.
    """
    if rules is None or asset.mime_type not in PICTURES or asset.width is None:
        return _as_it_is(asset)
    record = f"{asset.organization_id}/renditions/{fitting.digest(asset.checksum, rules)}"
    if (known := await _recorded(record, asset.bucket)) is None:
        known = await _made(asset, rules, record)
    if known.facts is None:
        raise Unreadable(known.problem, field="file")
    facts = known.facts
    name = f"{asset.filename.rpartition('.')[0] or asset.filename}.{EXTENSIONS[facts.mime_type]}"
    return Sendable(
        known.key, asset.bucket, facts.mime_type, facts.size, name, facts.width, facts.height, changes=facts.changes
    )


@asynccontextmanager
async def opened(key: str, *, bucket: str) -> AsyncIterator[BinaryIO]:
    """The file with a descriptor, as other programs want it: from a bucket it is fetched first. Raises OSError."""
    if bucket == storage.BUCKET:
        with (storage.folder() / key).open("rb") as file:
            yield file
        return
    with tempfile.TemporaryFile() as spooled:
        async for block in storage.blocks(key, bucket=bucket):
            spooled.write(block)
        yield spooled


def _as_it_is(asset: Asset) -> Sendable:
    name = asset.filename
    if (extension := EXTENSIONS.get(asset.mime_type)) and "." not in name:
        name = f"{name}.{extension}"
    return Sendable(
        asset.storage_key,
        asset.bucket,
        asset.mime_type,
        asset.size,
        name,
        asset.width,
        asset.height,
        asset.duration_seconds,
    )


async def _recorded(key: str, bucket: str) -> _Record | None:
    try:
        record = _Record.model_validate_json(await storage.read(f"{key}.json", bucket=bucket))
        if record.facts is not None and await storage.size(record.key, bucket=bucket) != record.facts.size:
            return None
    except (FileNotFoundError, ValidationError):
        return None
    return record


async def _made(asset: Asset, rules: ImageRules, key: str) -> _Record:
    """The record comes last: where it is there, so are the bytes. Two who make it write the same."""
    async with opened(asset.storage_key, bucket=asset.bucket) as file:
        try:
            facts, content = await apart.fit(file, rules, name=asset.original_name)
            record = _Record(key=key if content else asset.storage_key, facts=facts)
        except Unreadable as unfit:
            content, record = b"", _Record(problem=unfit.message)
    if content and record.facts is not None:
        await storage.put(key, io.BytesIO(content), into=asset.bucket, mime_type=record.facts.mime_type)
    await storage.put(f"{key}.json", io.BytesIO(record.model_dump_json().encode()), into=asset.bucket)
    return record
