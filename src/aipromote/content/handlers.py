"""The job's function."""

from __future__ import annotations

import aiohttp

from aipromote import settings
from aipromote.ai import writers
from aipromote.ai.gathering import FindsPassages
from aipromote.ai.jobs import RequestPointer
from aipromote.ai.offline.writing import OfflineWriter
from aipromote.content.generation import write_pieces
from aipromote.db.database import Database
from aipromote.jobs.outcomes import Done


async def generate_content(
    pointer: RequestPointer,
    *,
    database: Database,
    find: FindsPassages | None = None,
    http: aiohttp.ClientSession,  # noqa: ARG001 -- every handler is given one
) -> Done:
    """Write what a request of kind CONTENT asks for."""
    writer = await writers.current(settings.get(), database=database, organization_id=pointer.organization_id)
    # The offline writer has the whole brief and all facts at hand: what it says is theirs, word for word.
    reads = not isinstance(writer, OfflineWriter)
    return await write_pieces(pointer, database=database, writer=writer, find=find if reads else None)
