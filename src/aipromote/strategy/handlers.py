"""The job's function."""

from __future__ import annotations

import aiohttp

from aipromote import settings
from aipromote.ai import writers
from aipromote.ai.gathering import FindsPassages
from aipromote.ai.jobs import RequestPointer
from aipromote.db.database import Database
from aipromote.jobs.outcomes import Done
from aipromote.strategy.generation import write_strategy


async def generate_strategy(
    pointer: RequestPointer,
    *,
    database: Database,
    find: FindsPassages | None = None,
    http: aiohttp.ClientSession,  # noqa: ARG001 -- every handler is given one
) -> Done:
    """Write what a request of kind STRATEGY asks for."""
    writer = await writers.current(settings.get(), database=database, organization_id=pointer.organization_id)
    return await write_strategy(pointer, database=database, writer=writer, find=find)
