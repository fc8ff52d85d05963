"""The handler of the publishing queue."""

from __future__ import annotations

import aiohttp

from aipromote.db.database import Database
from aipromote.jobs.outcomes import Done
from aipromote.publishing.jobs import PostBatch
from aipromote.publishing.step import publish_batch


async def publish(pointer: PostBatch, *, database: Database, http: aiohttp.ClientSession) -> Done:
    """Do what is owed to the posts now. Retries are the rows' own: what is owed later is staged when it is due."""
    await publish_batch(database, http, pointer.posts)
    return Done()
