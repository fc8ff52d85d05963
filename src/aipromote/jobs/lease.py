"""A lease in Redis: who is at some work, for exactly as long as it lives.

A lock that lasts as long as the work may take would outlive a worker that was killed. This one is short, and renewed
while the work goes on. It saves doing the same twice; where twice would be wrong, the work itself must prevent it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

import structlog

from aipromote.jobs.carrier import Carrier
from aipromote.jobs.connection import UNREACHABLE

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_RENEW = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end return 0"
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"
_RENEWALS = 3
"""In the time that a lease lasts."""


@asynccontextmanager
async def leased(carrier: Carrier, name: str, *, seconds: float = 60.0) -> AsyncIterator[bool]:
    """Whether the work is this task's for as long as the block lasts; False: somebody else is at it.

    After a kill the lease is free within `seconds`. Raises what redis-py raises when the server is away at the start;
    later the work goes on without it.
    """
    key, token, lasts = f"{carrier.prefix}:{name}", uuid4().hex, round(seconds * 1000)
    if not await carrier.redis.set(key, token, nx=True, px=lasts):
        yield False
        return
    renewing = asyncio.create_task(_renew(carrier, key, token, lasts))
    try:
        yield True
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing
        with suppress(*UNREACHABLE):
            await carrier.redis.eval(_RELEASE, 1, key, token)


async def _renew(carrier: Carrier, key: str, token: str, lasts: int) -> None:
    while True:
        await asyncio.sleep(lasts / 1000 / _RENEWALS)
        try:
            await carrier.redis.eval(_RENEW, 1, key, token, lasts)
        except UNREACHABLE as error:
            log.warning("lease not renewed", lease=key, error=repr(error))
