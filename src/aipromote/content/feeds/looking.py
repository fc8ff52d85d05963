"""Looking at an address on behalf of an organization, and at all feeds that are due."""

from __future__ import annotations

import asyncio
from uuid import UUID

import structlog

from aipromote import settings
from aipromote.content.feeds import actions, queries
from aipromote.content.feeds.models import Feed
from aipromote.db.database import Database
from aipromote.errors import AipromoteError
from aipromote.reading.addresses import Rules
from aipromote.reading.feeds.looking import Look, Marks, look
from aipromote.reading.turns import on_behalf_of

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_AT_ONCE = 4
_MOST = 500
"""Feeds of one turn. What is left is due in the next one, five minutes later."""


_UNFORESEEN = "Something in this feed could not be taken in. The log of the worker says what."


async def look_at(address: str, *, marks: Marks | None = None, prefers_feed: bool = False) -> Look:
    """As `reading` has it, by this instance's settings. Takes seconds: open no transaction around it."""
    rules = Rules(loopback_is_open=settings.get().reading_loopback_unsafe)
    return await look(address, marks=marks, prefers_feed=prefers_feed, rules=rules)


async def look_at_all(database: Database) -> int:
    """Look at every feed that is due. Returns how many drafts came of it. One that fails holds up no other."""
    async with database.transaction() as session:
        due = await queries.due(session, most=_MOST)
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(key: tuple[UUID, UUID]) -> int:
        async with gate:
            try:
                return await look_at_one(database, organization_id=key[0], feed_id=key[1])
            except Exception:
                log.exception("a feed could not be looked at", feed=str(key[1]))
                return 0

    return sum(await asyncio.gather(*(one(key) for key in due)))


async def look_at_one(database: Database, *, organization_id: UUID, feed_id: UUID) -> int:
    """Look at one feed, if nobody else does. Returns how many drafts came of it; what failed stands in its row."""
    async with database.transaction(organization_id) as session:
        feed = await actions.claim(session, organization_id=organization_id, feed_id=feed_id)
    if feed is None:
        return 0
    try:
        with on_behalf_of(organization_id):
            found = await _look(feed)
    except AipromoteError as problem:
        async with database.transaction(organization_id) as session:
            await actions.note_failure(
                session, organization_id=organization_id, feed_id=feed_id, reason=problem.message
            )
        return 0
    try:
        return await _take_in(database, organization_id, feed_id, found)
    except Exception:
        # Nobody foresaw this item. The log has it; its follower learns that nothing comes any more, and it is not tried
        # every few minutes for ever.
        async with database.transaction(organization_id) as session:
            await actions.note_failure(session, organization_id=organization_id, feed_id=feed_id, reason=_UNFORESEEN)
        raise


async def _look(feed: Feed) -> Look:
    return await look_at(feed.address, marks=Marks(feed.etag or "", feed.last_modified or ""), prefers_feed=True)


async def _take_in(database: Database, organization_id: UUID, feed_id: UUID, found: Look) -> int:
    """Refused here is what the organization may not: more posts than its plan has, for example."""
    try:
        async with database.transaction(organization_id) as session:
            imported = await actions.take_in(session, organization_id=organization_id, feed_id=feed_id, look=found)
    except AipromoteError as refusal:
        async with database.transaction(organization_id) as session:
            await actions.note_failure(
                session,
                organization_id=organization_id,
                feed_id=feed_id,
                reason=refusal.message,
                is_the_feeds=False,
            )
        return 0
    if imported.pieces:
        log.info("drafts from a feed", feed=str(feed_id), drafts=len(imported.pieces))
    return len(imported.pieces)
