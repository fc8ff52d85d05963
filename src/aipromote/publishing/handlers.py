"""The handler of the publishing queue."""

from __future__ import annotations

import aiohttp
import structlog

from aipromote.db.database import Database
from aipromote.jobs.outcomes import Cancel, Done
from aipromote.publishing import strays
from aipromote.publishing.jobs import PostBatch
from aipromote.publishing.step import publish_batch
from aipromote.publishing.transactions import may_pass

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def publish(pointer: PostBatch, *, database: Database, http: aiohttp.ClientSession) -> Done | Cancel:
    """Do what is owed to the posts now. Retries are the rows' own: what is owed later is staged when it is due."""
    try:
        not_owed = await publish_batch(database, http, pointer.posts)
    except Exception as error:
        if len(pointer.posts) == 1 or may_pass(error):
            raise
        log.exception("a batch was not finished; its posts are taken one by one", posts=len(pointer.posts))
        await _one_by_one(pointer, database=database, http=http)
        return Done()
    return await strays.drop(database, not_owed, job=pointer.posts) if not_owed else Done()


async def _one_by_one(pointer: PostBatch, *, database: Database, http: aiohttp.ClientSession) -> None:
    """So that a post that cannot be worked on holds up no other. What was claimed before is left to its claim."""
    failures = []
    for post in pointer.posts:
        try:
            await publish_batch(database, http, [post])
        except Exception as error:  # noqa: BLE001 -- whatever it is, the others go on; it is raised below
            failures.append(error)
    if failures:
        raise failures[0]
