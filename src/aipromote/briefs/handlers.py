"""What the worker does for drafts."""

from __future__ import annotations

import structlog

from aipromote.briefs import actions
from aipromote.jobs.periodic import Means

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def purge_drafts(means: Means) -> None:
    """Periodic: forget drafts that nobody has touched for ninety days."""
    async with means.database.transaction() as session:
        if gone := await actions.purge(session):
            log.info("drafts of briefs expired", count=gone)
