"""The publish step for a batch: claim and arm, fire, record; then reconcile what is not known, and send that on.

No connection to the database is held while the networks are called. A worker may die at any point: what it had armed is
found by its claim, which runs out.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
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
from aipromote.publishing.owed import owed
from aipromote.publishing.pace import Pace
from aipromote.publishing.questions import Question, expire, open_questions
from aipromote.publishing.reconciling import reconcile
from aipromote.publishing.recording import judge_all, record
from aipromote.publishing.transactions import persistently


@dataclass(slots=True)
class _Taken:
    """What one transaction found to do for a batch."""

    armed: list[Claim]
    """Held by this worker, to be fired."""
    questions: list[Question]
    """To be asked of the networks first."""
    due: set[Key]
    """Everything that something was owed to."""


async def publish_batch(
    database: Database,
    http: aiohttp.ClientSession,
    posts: Sequence[Key],
    *,
    pace: Pace | None = None,
    at: Checkpoint = go_on,
) -> set[Key]:
    """Do for these posts what is owed to them now: send what is due, look up what is not known, and send that on.

    Returns the posts to which nothing was owed: somebody else was first, or the job is wrong about them.
    """
    pace = pace or Pace.from_settings()
    taken = await _take_and_send(database, http, posts, pace=pace, at=at)
    if taken.questions:
        await reconcile(database, http, taken.questions, pace=pace, at=at)
        await _take_and_send(database, http, [question.key for question in taken.questions], pace=pace, at=at)
    return set(posts) - taken.due


async def _take_and_send(
    database: Database, http: aiohttp.ClientSession, posts: Sequence[Key], *, pace: Pace, at: Checkpoint
) -> _Taken:
    worker = f"{socket.gethostname()[:100]}:{os.getpid()}:{secrets.token_hex(6)}"
    begun = time.monotonic()
    organizations = {organization for organization, _ in posts}
    taken = await persistently(
        database, organizations, lambda session: _take(session, posts, worker=worker, pace=pace, at=at)
    )
    going_on = taken.armed
    while going_on:
        at("armed")
        answers = await fire_all(database, http, going_on, deadline=begun + pace.latest_fire, pace=pace)
        at("fired")
        verdicts = judge_all(answers, pace=pace)
        begun = time.monotonic()
        organizations = {claim.organization_id for claim in going_on}
        going_on = await persistently(database, organizations, partial(record, verdicts=verdicts, pace=pace, at=at))
        at("recorded")
    return taken


async def _take(session: AsyncSession, posts: Sequence[Key], *, worker: str, pace: Pace, at: Checkpoint) -> _Taken:
    """Give up what is too late, see what has to be looked up, claim and arm the rest."""
    besides = await owed(session, posts, pace=pace)
    expired = await expire(session, posts, pace=pace) if besides.has_run_out else []
    questions = await open_questions(session, posts) if besides.is_open or expired else []
    missed = await claims.miss(session, posts, pace=pace) if besides.is_late else []
    await aftermath.follow(session, missed)
    taken = await claims.claim(session, posts, worker=worker, pace=pace)
    at("claimed")
    due = {claim.key for claim in taken} | {question.key for question in questions}
    due |= {(one.organization_id, one.id) for one in (*missed, *expired)}
    return _Taken(await arm(session, taken, pace=pace), questions, due)
