"""Collection of one post's counters at one age.

A collection that failed leaves no trace in the numbers: there is either what the network said, or no row.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import aiohttp
import structlog

from aipromote import clock
from aipromote.analytics import actions, upkeep
from aipromote.analytics.jobs import SLOTS, Capture
from aipromote.channels import queries as channels
from aipromote.channels.models import SocialAccount
from aipromote.channels.tokens import fresh_credentials
from aipromote.connectors import registry
from aipromote.connectors.contract import Metrics
from aipromote.connectors.errors import ConnectorError, PermissionMissing, RateLimited, Rejected, Revoked, Unauthorized
from aipromote.db.database import Database
from aipromote.errors import NotFound
from aipromote.jobs.outcomes import Cancel, Done, Outcome, Snooze
from aipromote.jobs.periodic import Means
from aipromote.publishing import queries as publishing
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_TROUBLE_SECONDS = 60.0
_SIMULATED_SECONDS = 2.0
_FINAL = (Rejected, PermissionMissing, Revoked, Unauthorized)


async def collect(pointer: Capture, *, database: Database, http: aiohttp.ClientSession) -> Outcome:
    """Ask for the counters and keep them. The post or the account gone: Cancel; a network in trouble: Snooze."""
    found = await _published(pointer, database=database)
    if isinstance(found, Cancel | Snooze):
        return found
    post, account = found
    try:
        metrics = await _ask(post, account, database=database, http=http)
    except RateLimited as error:
        return Snooze(_wait(error.retry_at))
    except _FINAL as error:
        log.warning("post not measured", post=str(post.id), slot=pointer.slot, reason=error.reason, code=error.code)
        return Cancel(f"{type(error).__name__}: {error.reason}")
    except ConnectorError as error:
        log.info("post not measured yet", post=str(post.id), slot=pointer.slot, reason=error.reason)
        return Snooze(_wait(None))
    await _keep(pointer, post, account, metrics, database=database)
    return Done()


async def keep_numbers(means: Means) -> None:
    """Periodic: the day's round. One that failed or was killed is done again; its parts mind neither."""
    kept = await upkeep.keep_up(means.database)
    log.info("numbers kept up", counted=kept.counted, dropped=list(kept.dropped), deleted=kept.deleted)


async def _published(pointer: Capture, *, database: Database) -> tuple[ScheduledPost, SocialAccount] | Cancel | Snooze:
    """The post and its account, when the post is out and old enough to be measured for this slot."""
    async with database.transaction(pointer.organization_id) as session:
        try:
            post = await publishing.post(session, organization_id=pointer.organization_id, post_id=pointer.post_id)
            account = await channels.account(
                session, organization_id=pointer.organization_id, account_id=post.social_account_id
            )
        except NotFound as error:
            return Cancel(error.message, dropped="gone")
    if post.status is not PostStatus.PUBLISHED or post.published_at is None or not post.platform_post_id:
        return Cancel("There is nothing published to measure.")
    if pointer.slot not in SLOTS:
        return Cancel(f"There is no capture slot of {pointer.slot} s.", dropped="gone")
    if (due := post.published_at + timedelta(seconds=pointer.slot)) > clock.now():
        return Snooze(_wait(due))
    return post, account


async def _ask(
    post: ScheduledPost, account: SocialAccount, *, database: Database, http: aiohttp.ClientSession
) -> Metrics:
    """The counters, with tokens that are refreshed once if the network does not accept them."""
    connector = registry.get(account.connector)
    renewed = partial(fresh_credentials, database, http, organization_id=account.organization_id, account_id=account.id)
    platform_post_id = post.platform_post_id or ""
    credentials = await renewed()
    try:
        return await connector.metrics(http, credentials, platform_post_id)
    except Unauthorized:
        credentials = await renewed(rejected=credentials.access_token)
        return await connector.metrics(http, credentials, platform_post_id)


async def _keep(
    pointer: Capture, post: ScheduledPost, account: SocialAccount, metrics: Metrics, *, database: Database
) -> None:
    measured_at = clock.now()
    if post.published_at is not None:
        async with database.transaction() as session:
            await actions.ensure_partition(session, day=(post.published_at + timedelta(seconds=pointer.slot)).date())
    async with database.transaction(pointer.organization_id) as session:
        await actions.record(
            session, post=post, account=account, slot=pointer.slot, metrics=metrics, measured_at=measured_at
        )


def _wait(until: datetime | None) -> float:
    """Seconds of real time to `until`. Simulated time passes in jumps, so there the look is soon."""
    seconds = _TROUBLE_SECONDS if until is None else max(1.0, (until - clock.now()).total_seconds())
    return min(seconds, _SIMULATED_SECONDS) if clock.is_simulated() else seconds
