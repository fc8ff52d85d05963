"""The calls themselves: each made once, one at a time for an account, with a time-out and no connection held."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from itertools import groupby

import aiohttp
import structlog

from aipromote import clock
from aipromote.channels import tokens
from aipromote.channels.tokens import NotOpened
from aipromote.connectors import registry
from aipromote.connectors.contract import Processing, Published
from aipromote.connectors.errors import ConnectorError, RateLimited, Revoked, Unauthorized, UnknownOutcome, Unreachable
from aipromote.db.database import Database
from aipromote.jobs import tally
from aipromote.publishing import unhurried
from aipromote.publishing.claims import Claim
from aipromote.publishing.gate import gate
from aipromote.publishing.pace import Pace

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class NotFired(ConnectorError):
    """The claim would have ended before the call: nothing was sent, somebody takes it anew."""


Answer = Published | Processing | ConnectorError


async def fire_all(
    database: Database, http: aiohttp.ClientSession, claims: Sequence[Claim], *, deadline: float, pace: Pace
) -> list[tuple[Claim, Answer]]:
    """Send what is armed. `deadline` is the `time.monotonic()` after which no call may begin."""
    open_gate = gate(http, pace)
    ordered = sorted(claims, key=lambda claim: (claim.account_key, claim.scheduled_at, claim.post_id))

    async def one_account(own: Sequence[Claim]) -> list[tuple[Claim, Answer]]:
        async with open_gate:
            return await _fire_in_turn(database, http, own, deadline=deadline, pace=pace)

    accounts = [list(own) for _, own in groupby(ordered, key=lambda claim: claim.account_key)]
    answers = await asyncio.gather(*(one_account(own) for own in accounts))
    return [answer for own in answers for answer in own]


async def _fire_in_turn(
    database: Database, http: aiohttp.ClientSession, claims: Sequence[Claim], *, deadline: float, pace: Pace
) -> list[tuple[Claim, Answer]]:
    """The posts of one account. Where the network closes the door on one, the others do not knock."""
    answers: list[tuple[Claim, Answer]] = []
    closed: ConnectorError | None = None
    for claim in claims:
        answer = closed or await _open_and_fire(database, http, claim, deadline=deadline, pace=pace)
        if isinstance(answer, RateLimited | Revoked | NotOpened):
            closed = answer
        answers.append((claim, answer))
    return answers


async def _open_and_fire(
    database: Database, http: aiohttp.ClientSession, claim: Claim, *, deadline: float, pace: Pace
) -> Answer:
    """Fire one, with tokens that were refreshed ahead of their end, or renewed where the network refuses them."""
    try:
        await _open(database, http, claim)
        answer = await _fire(http, claim, deadline=deadline, pace=pace)
        if isinstance(answer, Unauthorized) and not claim.has_renewed:
            assert claim.credentials is not None
            await _renew(database, http, claim, rejected=claim.credentials.access_token)
            claim.has_renewed = True
    except (Revoked, RateLimited, NotOpened) as error:
        return error
    except ConnectorError as error:
        # What a network says while it renews a token is no word about the post.
        return Unreachable(f"The account could not be opened: {error.reason}", code=error.code)
    except Exception as error:
        log.exception("an account could not be opened", account=str(claim.account_id))
        return Unreachable(f"The account could not be opened ({type(error).__name__}).")
    return answer


async def _open(database: Database, http: aiohttp.ClientSession, claim: Claim) -> None:
    assert claim.account is not None
    if claim.credentials is None:
        claim.credentials = tokens.credentials(claim.account)
    if tokens.is_stale(claim.credentials):
        await _renew(database, http, claim)


async def _renew(database: Database, http: aiohttp.ClientSession, claim: Claim, *, rejected: str | None = None) -> None:
    claim.credentials = await tokens.fresh_credentials(
        database, http, organization_id=claim.organization_id, account_id=claim.account_id, rejected=rejected
    )


async def _fire(http: aiohttp.ClientSession, claim: Claim, *, deadline: float, pace: Pace) -> Answer:
    """The one call. Whatever goes wrong once it has begun, and is not understood, is an unknown outcome."""
    assert claim.account is not None
    assert claim.armed is not None
    assert claim.credentials is not None
    if time.monotonic() >= deadline or clock.after(pace.fire_timeout) >= claim.claimed_until:
        return NotFired("The worker did not come to it in time; nothing was sent.")
    begun = time.monotonic()
    try:
        async with asyncio.timeout(unhurried.seconds(claim, pace=pace)):
            connector = registry.get(claim.account.connector)
            return await connector.publish(http, claim.credentials, claim.part(), claim.armed)
    except ConnectorError as error:
        return error
    except TimeoutError:
        return UnknownOutcome("The network did not answer in time.")
    except Exception as error:
        log.exception("a call that publishes ended in a way nobody foresaw", post=str(claim.post_id))
        return UnknownOutcome(f"The call ended in a way that was not foreseen ({type(error).__name__}).")
    finally:
        tally.observe("call_seconds", time.monotonic() - begun, platform=claim.account.platform.value.lower())
