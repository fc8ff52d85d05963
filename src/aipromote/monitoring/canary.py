"""A canary: a post of the product's own that travels all the way, so that a pipe that is blocked is noticed early.

It is scheduled like any other, taken up by the ordinary stager and worker, and sent to the sandbox network. There it is
looked up and taken down again. Its rows belong to an organization without members, so that nobody ever meets it.
"""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from uuid import UUID

import aiohttp
import structlog

from aipromote import clock
from aipromote.channels import canaries as accounts
from aipromote.channels import tokens
from aipromote.channels.models import SocialAccount
from aipromote.connectors import registry
from aipromote.connectors.contract import Armed, Part, Published
from aipromote.connectors.errors import Revoked, Unauthorized
from aipromote.content.actions import canaries as pieces
from aipromote.db.database import Database
from aipromote.monitoring.words import moment
from aipromote.organizations import actions as organizations
from aipromote.organizations.models import INTERNAL_ORGANIZATION
from aipromote.publishing import canaries as posts
from aipromote.publishing.holds import held
from aipromote.publishing.models import PublishAttempt, ScheduledPost
from aipromote.publishing.recording import measure_next
from aipromote.settings import Settings

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_KEPT = 50
_WAIT_SECONDS = 30.0
"""For the worker to publish it. A later one is looked up at the next turn."""
_POLL_SECONDS = 0.25
_LOOKED_FOR = timedelta(hours=1)
"""After that it is given up."""


def is_wanted(config: Settings) -> bool:
    """Whether the settings ask for canaries, and there is a network that they can fly to."""
    return config.canary_minutes > 0 and bool(config.sandbox_url)


async def fly(database: Database, http: aiohttp.ClientSession, *, config: Settings) -> None:
    """One turn: send one if it is time, and look up what arrived. Raises what the network and the servers raise.

    Nothing happens while a simulation moves the clock, or while publishing is held.
    """
    if not is_wanted(config) or clock.is_simulated():
        return
    async with database.transaction(INTERNAL_ORGANIZATION) as session:
        if await held(session):
            return
        last = await posts.newest(session)
    if last is None or clock.now() - last.due_at >= timedelta(minutes=config.canary_minutes) * 0.9:
        await _wait_for(database, await _send(database, http, config))
    await _look_up(database, http)
    async with database.transaction(INTERNAL_ORGANIZATION) as session:
        await posts.call_back(session, before=clock.now() - timedelta(seconds=config.late_alert_seconds))
        await pieces.remove_all_but(session, newest=_KEPT)


async def _send(database: Database, http: aiohttp.ClientSession, config: Settings) -> UUID:
    account = await _account(database, http, config)
    async with database.transaction(INTERNAL_ORGANIZATION) as session:
        piece = await pieces.approved_piece(session, body=f"AIPromote's canary of {moment(clock.now())}.")
        return (await posts.schedule(session, piece=piece, account_id=account.id)).id


async def _account(database: Database, http: aiohttp.ClientSession, config: Settings) -> SocialAccount:
    async with database.transaction(INTERNAL_ORGANIZATION) as session:
        await organizations.make_internal(session)
        if (known := await accounts.account(session)) is not None:
            return known
    credentials, profile = await accounts.consent(http, server=config.sandbox_url.rstrip("/"))
    async with database.transaction(INTERNAL_ORGANIZATION) as session:
        return await accounts.connect(session, credentials, profile)


async def _wait_for(database: Database, post_id: UUID) -> None:
    """Until it is out, or has ended otherwise, or for as long as a turn may wait."""
    end = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < end:
        async with database.transaction(INTERNAL_ORGANIZATION) as session:
            if not await posts.is_any_open(session, post_id=post_id):
                return
        await asyncio.sleep(_POLL_SECONDS)


async def _look_up(database: Database, http: aiohttp.ClientSession) -> None:
    async with database.transaction(INTERNAL_ORGANIZATION) as session:
        out = await posts.published(session, since=clock.now() - _LOOKED_FOR)
        for post, _ in out:
            await measure_next(session, organization_id=INTERNAL_ORGANIZATION, post_id=post.id, at=None)
    for post, attempt in out:
        if not await _is_there(database, http, post, attempt):
            log.warning("a canary is not where it was sent", post=str(post.id))
            continue
        async with database.transaction(INTERNAL_ORGANIZATION) as session:
            await pieces.put_away(session, piece_id=post.content_piece_id)


async def _is_there(
    database: Database, http: aiohttp.ClientSession, post: ScheduledPost, attempt: PublishAttempt
) -> bool:
    """Ask the network for it, and take it down where it was found."""
    network = registry.get("sandbox")
    try:
        opened = await tokens.fresh_credentials(
            database, http, organization_id=INTERNAL_ORGANIZATION, account_id=post.social_account_id
        )
        armed = Armed(attempt.key, attempt.armed_at, attempt.record_key)
        found = await network.look_up(http, opened, Part(attempt.text_sent), armed)
        if isinstance(found, Published):
            await network.delete(http, opened, found.platform_post_id)
    except (Revoked, Unauthorized):
        async with database.transaction(INTERNAL_ORGANIZATION) as session:
            await accounts.let_go(session, account_id=post.social_account_id)
        return False
    return isinstance(found, Published)
