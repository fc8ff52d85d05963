"""The handler of forecasts."""

from __future__ import annotations

import aiohttp
import structlog

from aipromote.db.database import Database
from aipromote.jobs.outcomes import Done
from aipromote.publishing.forecast.jobs import ForecastBatch
from aipromote.publishing.forecast.making import make
from aipromote.publishing.transactions import may_pass

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def forecast(pointer: ForecastBatch, *, database: Database, http: aiohttp.ClientSession) -> Done:
    """Look at the posts. What stays due is staged again."""
    try:
        await make(database, http, pointer.posts)
    except Exception as error:
        if len(pointer.posts) == 1 or may_pass(error):
            raise
        log.exception("a batch of forecasts was not finished; its posts are taken one by one", posts=len(pointer.posts))
        await _one_by_one(pointer, database=database, http=http)
    return Done()


async def _one_by_one(pointer: ForecastBatch, *, database: Database, http: aiohttp.ClientSession) -> None:
    """So that a post that cannot be looked at keeps no other from its forecast."""
    failures = []
    for post in pointer.posts:
        try:
            await make(database, http, [post])
        except Exception as error:  # noqa: BLE001 -- whatever it is, the others go on; it is raised below
            failures.append(error)
    if failures:
        raise failures[0]
