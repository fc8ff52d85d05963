"""Placing what the product approved by itself."""

from __future__ import annotations

import aiohttp
import structlog

from aipromote.db.database import Database
from aipromote.errors import NotFound
from aipromote.jobs.outcomes import Cancel, Done, Outcome
from aipromote.scheduling import actions
from aipromote.scheduling.jobs import WaitingPieces

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def place_posts(pointer: WaitingPieces, *, database: Database, http: aiohttp.ClientSession) -> Outcome:
    """Give the organization's waiting pieces their times. An organization that is gone is let go."""
    del http  # everything it needs is in the database
    try:
        async with database.transaction(pointer.organization_id) as session:
            result = await actions.place_waiting(session, organization_id=pointer.organization_id)
    except NotFound as error:
        return Cancel(error.message, dropped="gone")
    for held in result.held_back:
        log.info("piece not placed", piece=str(held.piece_id), reason=held.reason)
    return Done()
