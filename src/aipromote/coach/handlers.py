"""Writing one week's summary."""

from __future__ import annotations

import aiohttp

from aipromote.coach import actions
from aipromote.coach.jobs import EndedWeek
from aipromote.db.database import Database
from aipromote.errors import Conflict, NotFound
from aipromote.jobs.outcomes import Cancel, Done, Outcome


async def write_summary(pointer: EndedWeek, *, database: Database, http: aiohttp.ClientSession) -> Outcome:
    """Write it, unless it is written. A week that is not over, or of an organization that is gone, is let go."""
    del http  # everything it needs is in the database
    try:
        async with database.transaction(pointer.organization_id) as session:
            await actions.write(session, organization_id=pointer.organization_id, week_start=pointer.week_start)
    except NotFound as error:
        return Cancel(error.message, dropped="gone")
    except Conflict as error:
        return Cancel(error.message)
    return Done()
