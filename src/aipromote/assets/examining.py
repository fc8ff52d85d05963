"""Looking at a file that somebody chose, and storing it. Takes seconds, so no transaction is open meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO
from uuid import UUID

from aipromote import settings
from aipromote.assets import apart, sniffing, storage
from aipromote.assets.states import AssetType
from aipromote.assets.storage import Stored
from aipromote.connectors.capabilities import MEGABYTE
from aipromote.errors import InvalidInput
from aipromote.reading.apart import shown_name


@dataclass(frozen=True, slots=True)
class Examined:
    """A file that is stored and has no row yet; `facts` are columns of `assets`."""

    name: str
    facts: Mapping[str, Any]
    stored: Stored


async def examine(file: BinaryIO, *, name: str, organization_id: UUID) -> Examined:
    """Find out what it is, measure it, and stream it to storage; `file` has a descriptor.

    Raises InvalidInput with what is wrong with the file and what is taken, and OSError where it cannot be stored.
    """
    shown = shown_name(name)
    mime_type = await asyncio.to_thread(sniffing.media_type, file)
    _refuse_large(file, mime_type, shown)
    facts: dict[str, Any] = {"mime_type": mime_type, "type": AssetType.DOCUMENT}
    if mime_type in sniffing.PICTURES:
        seen = await apart.look(file, name=shown)
        facts |= {"type": AssetType.IMAGE, "width": seen.width, "height": seen.height}
    elif mime_type in sniffing.VIDEOS:
        measured = await apart.measure(file, mime_type)
        facts |= {"type": AssetType.VIDEO, "duration_seconds": measured.seconds}
        if measured.width and measured.height:
            facts |= {"width": measured.width, "height": measured.height}
    stored = await storage.keep_file(file, organization_id=organization_id, mime_type=mime_type)
    return Examined(shown, facts, stored)


def _refuse_large(file: BinaryIO, mime_type: str, name: str) -> None:
    size = file.seek(0, 2)
    videos = settings.get().video_megabytes * MEGABYTE
    most = videos if mime_type in sniffing.VIDEOS else sniffing.MAX_PICTURE
    most = sniffing.MAX_DOCUMENT if mime_type == sniffing.PDF else most
    if size > most:
        words = f"{name} has {size / MEGABYTE:.0f} MB, and {most // MEGABYTE} MB are taken at most."
        raise InvalidInput(words, field="file")
