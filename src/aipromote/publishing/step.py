"""The publish step for a batch: claim and arm, fire, record; then reconcile what is not known, and send that on.

No connection to the database is held while the networks are called. A worker may die at any point: what it had armed is
found by its claim, which runs out.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import aiohttp
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.db.database import Database
from aipromote.publishing import aftermath, claims, unhurried
from aipromote.publishing.arming import arm
from aipromote.publishing.changes import Key
from aipromote.publishing.checkpoints import Checkpoint, go_on
from aipromote.publishing.claims import Claim
from aipromote.publishing.firing import fire_all
from aipromote.publishing.owed import owed
from aipromote.publishing.pace import Pace
from aipromote.publishing.questions import expire, open_questions
from aipromote.publishing.reconciling import reconcile
from aipromote.publishing.recording import judge_all, record
from aipromote.publishing.states import PostStatus
from aipromote.publishing.transactions import may_pass, persistently
from aipromote.publishing.verdicts import Verdict

log: structlog.stdlib.BoundLogger = structlog.get_logger()


@dataclass(slots=True)
class _Taken:
    """What one transaction found to do for a batch."""

    armed: list[Claim]
    """Held by this worker, to be fired."""
    due: set[Key]
    """Everything that something was owed to, but look-ups."""
    is_open: bool
    """Whether the networks have to be asked about some."""


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
    if not taken.is_open:
        return set(posts) - taken.due
    # Read only now: while the batch was sent somebody else may have asked, or an account was connected again.
    organizations = {organization for organization, _ in posts}
    questions = await persistently(database, organizations, lambda session: open_questions(session, posts))
    if questions:
        await reconcile(database, http, questions, pace=pace, at=at)
    again = await _take_and_send(database, http, posts, pace=pace, at=at)
    return set(posts) - taken.due - {question.key for question in questions} - again.due


async def _take_and_send(
    database: Database, http: aiohttp.ClientSession, posts: Sequence[Key], *, pace: Pace, at: Checkpoint
) -> _Taken:
    worker = f"{socket.gethostname()[:100]}:{os.getpid()}:{secrets.token_hex(6)}"
    begun = time.monotonic()
    organizations = {organization for organization, _ in posts}
    taken = await persistently(
        database, organizations, lambda session: _take(session, posts, worker=worker, pace=pace, at=at)
    )
    groups = unhurried.split(taken.armed, pace=pace)
    await asyncio.gather(*(_send(database, http, group, begun=begun, pace=pace, at=at) for group in groups))
    return taken


async def _send(
    database: Database, http: aiohttp.ClientSession, armed: list[Claim], *, begun: float, pace: Pace, at: Checkpoint
) -> None:
    """Fire and record, round by round: the parts that follow, or the same ones with new tokens."""
    going_on = armed
    while going_on:
        at("armed")
        answers = await fire_all(database, http, going_on, deadline=begun + pace.latest_fire, pace=pace)
        at("fired")
        verdicts = judge_all(answers, pace=pace)
        begun = time.monotonic()
        going_on = await _recorded(database, verdicts, pace=pace, at=at)
        at("recorded")


async def _recorded(
    database: Database, verdicts: Sequence[tuple[Claim, Verdict]], *, pace: Pace, at: Checkpoint
) -> list[Claim]:
    """Write the outcomes down together; one that cannot be stored costs no other its own."""
    work = partial(record, verdicts=verdicts, pace=pace, at=at)
    try:
        return await persistently(database, {claim.organization_id for claim, _ in verdicts}, work)
    except Exception as error:
        if len(verdicts) == 1 or may_pass(error):
            raise
        log.exception("the outcomes of a batch could not be stored; they are stored one by one", posts=len(verdicts))
    going_on = []
    for one in verdicts:
        try:
            going_on += await _recorded(database, [one], pace=pace, at=at)
        except Exception:
            log.exception("the outcome of a post could not be stored", post=str(one[0].post_id))
    return going_on


async def _take(session: AsyncSession, posts: Sequence[Key], *, worker: str, pace: Pace, at: Checkpoint) -> _Taken:
    """End claims that ran out, give up what is too late, claim and arm the rest."""
    besides = await owed(session, posts, pace=pace)
    expired = await expire(session, posts, pace=pace) if besides.has_run_out else []
    missed = await claims.miss(session, posts, pace=pace) if besides.is_late else []
    await aftermath.follow(session, missed)
    taken = await claims.claim(session, posts, worker=worker, pace=pace)
    at("claimed")
    due = {claim.key for claim in taken} | {(one.organization_id, one.id) for one in (*missed, *expired)}
    is_open = besides.is_open or any(one.status is PostStatus.UNCONFIRMED for one in expired)
    return _Taken(await arm(session, taken, pace=pace), due, is_open)
