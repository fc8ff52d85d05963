"""The publish step for a batch: claim and arm, fire, record; and before it, reconcile what is not known.

No connection to the database is held while the networks are called. A worker may die at any point: what it had armed is
found by its claim, which runs out.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Sequence
from functools import partial

import aiohttp
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.db.database import Database
from aipromote.publishing import aftermath, claims
from aipromote.publishing.arming import arm
from aipromote.publishing.changes import Key
from aipromote.publishing.checkpoints import Checkpoint, go_on
from aipromote.publishing.claims import Claim
from aipromote.publishing.firing import fire_all
from aipromote.publishing.pace import Pace
from aipromote.publishing.reconciling import reconcile
from aipromote.publishing.recording import judge_all, record
from aipromote.publishing.transactions import persistently


async def publish_batch(
    database: Database,
    http: aiohttp.ClientSession,
    posts: Sequence[Key],
    *,
    pace: Pace | None = None,
    at: Checkpoint = go_on,
) -> set[Key]:
    """Do for these posts what is owed to them now: look up what is not known, send what is due.

    Returns the posts to which nothing was owed: somebody else was first, or the job is wrong about them.
    """
    pace = pace or Pace.from_settings()
    owed = await reconcile(database, http, posts, pace=pace, at=at)
    worker = f"{socket.gethostname()[:100]}:{os.getpid()}:{secrets.token_hex(6)}"
    begun = time.monotonic()
    going_on, taken = await _claim(database, posts, worker=worker, pace=pace, at=at)
    while going_on:
        at("armed")
        answers = await fire_all(database, http, going_on, deadline=begun + pace.latest_fire, pace=pace)
        at("fired")
        verdicts = judge_all(answers, pace=pace)
        begun = time.monotonic()
        organizations = {claim.organization_id for claim in going_on}
        going_on = await persistently(database, organizations, partial(record, verdicts=verdicts, pace=pace, at=at))
        at("recorded")
    return set(posts) - owed - taken


async def _claim(
    database: Database, posts: Sequence[Key], *, worker: str, pace: Pace, at: Checkpoint
) -> tuple[list[Claim], set[Key]]:
    """What is armed, and all posts that were due."""

    async def take(session: AsyncSession) -> tuple[list[Claim], set[Key]]:
        missed = await claims.miss(session, posts, pace=pace)
        await aftermath.follow(session, missed)
        taken = await claims.claim(session, posts, worker=worker, pace=pace)
        at("claimed")
        due = {claim.key for claim in taken} | {(one.organization_id, one.id) for one in missed}
        return await arm(session, taken, pace=pace), due

    return await persistently(database, {organization for organization, _ in posts}, take)
