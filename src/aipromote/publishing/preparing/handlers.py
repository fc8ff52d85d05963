"""The handler: bring what belongs to one post to its network, or go on with what the network is working on."""

from __future__ import annotations

import aiohttp

from aipromote.db.database import Database
from aipromote.jobs.outcomes import Cancel, Done
from aipromote.publishing.preparing.jobs import OnePost
from aipromote.publishing.preparing.making import make


async def prepare(pointer: OnePost, *, database: Database, http: aiohttp.ClientSession) -> Done | Cancel:
    """One step. What is owed later is staged when it is due."""
    key = (pointer.organization_id, pointer.post_id)
    if not await make(database, http, key):
        return Cancel("Nothing is to be prepared for this post now.")
    return Done()
