"""The job's function."""

from __future__ import annotations

import aiohttp

from aipromote import settings
from aipromote.ai import embedders
from aipromote.db.database import Database
from aipromote.errors import SetupError
from aipromote.jobs.outcomes import Cancel, Done, Outcome
from aipromote.knowledge.indexing import index
from aipromote.knowledge.jobs import IndexPointer


async def embed_passages(
    pointer: IndexPointer,
    *,
    database: Database,
    http: aiohttp.ClientSession,  # noqa: ARG001 -- every handler is given one
) -> Outcome:
    """Give the texts of one organization their vectors."""
    key = pointer.organization_id
    try:
        embedder = await embedders.current(settings.get(), database=database, organization_id=key)
    except SetupError as problem:
        return Cancel(problem.message)
    if embedder is None:
        return Cancel("No model for embeddings is set up any more.")
    await index(database=database, organization_id=key, embedder=embedder)
    return Done()
