"""The handler: bring what belongs to one post to its network, or go on with what the network is working on."""

from __future__ import annotations

from uuid import UUID

import aiohttp

from aipromote.db.database import Database
from aipromote.jobs.outcomes import Cancel, Done, Snooze
from aipromote.publishing.preparing.jobs import OnePost
from aipromote.publishing.preparing.making import make

AT_ONCE = 3
"""Of the places of the queue: uploads take long, and what else is on it does not wait for them."""
_FULL_SECONDS = 3.0
_under_way: set[tuple[UUID, UUID]] = set()


async def prepare(pointer: OnePost, *, database: Database, http: aiohttp.ClientSession) -> Done | Cancel | Snooze:
    """One step. What is owed later is staged when it is due."""
    key = (pointer.organization_id, pointer.post_id)
    if len(_under_way) >= AT_ONCE:
        return Snooze(_FULL_SECONDS)
    _under_way.add(key)
    try:
        was_mine = await make(database, http, key)
    finally:
        _under_way.discard(key)
    if not was_mine:
        return Cancel("Nothing is to be prepared for this post now.")
    return Done()
