"""Posts of a job to which nothing was owed: most are somebody else's by now, some the job is wrong about."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal
from uuid import UUID

import structlog
from sqlalchemy import text

from aipromote.db.database import Database
from aipromote.jobs import tally
from aipromote.jobs.kinds import PUBLISHING
from aipromote.jobs.outcomes import Cancel, Done
from aipromote.publishing.changes import Key, columns
from aipromote.publishing.states import FINAL, PostStatus

log: structlog.stdlib.BoundLogger = structlog.get_logger()

Stray = Literal["gone", "foreign", "final"]

_STATES = text("""
    SELECT p.organization_id, p.id, p.status FROM scheduled_posts p
     WHERE p.organization_id = ANY(CAST(:organizations AS uuid[])) AND p.id = ANY(CAST(:posts AS uuid[]))
""")

_REASONS: dict[Stray, str] = {
    "gone": "There is no such post any more.",
    "foreign": "The post belongs to another organization than the job says.",
    "final": "It is over with the post: nothing is owed to it.",
}


async def drop(database: Database, posts: Collection[Key], *, job: Collection[Key]) -> Done | Cancel:
    """Log and count those that nothing will ever be owed to. `job`: all posts that it named.

    A job that is wrong about each of its posts is dropped as a whole, and never tried again.
    """
    found = await _strays(database, posts, {organization for organization, _ in job})
    for (organization_id, post_id), why in sorted(found.items()):
        say = log.info if why == "final" else log.warning
        say("post of a job dropped", why=why, organization=str(organization_id), post=str(post_id))
    reasons = set(found.values())
    if len(found) == len(job) and len(reasons) == 1 and reasons != {"final"}:
        [why] = reasons
        return Cancel(_REASONS[why], dropped=why)
    for why in sorted(reasons):
        tally.count("jobs_dropped_total", queue=PUBLISHING.name, reason=why)
    return Cancel(_REASONS["final"]) if len(found) == len(job) and reasons == {"final"} else Done()


async def _strays(database: Database, posts: Collection[Key], organizations: Collection[UUID]) -> dict[Key, Stray]:
    """Why nothing will be owed to these; what is only early, or in somebody else's hands, is left out."""
    seen, ids = sorted(organizations), columns(posts)[1]
    async with database.transaction(*seen) as session:
        rows = (await session.execute(_STATES, {"organizations": seen, "posts": ids})).all()
    states = {(row.organization_id, row.id): PostStatus(row.status) for row in rows}
    elsewhere = {row.id for row in rows}
    strays: dict[Key, Stray] = {}
    for key in posts:
        if key not in states:
            strays[key] = "foreign" if key[1] in elsewhere else "gone"
        elif states[key] in FINAL:
            strays[key] = "final"
    return strays
