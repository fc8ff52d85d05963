"""Tries are counted, with Redis and without."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from aipromote.http.attempts import Allowance, Attempts, TooMany

_THREE = Allowance(tries=3, seconds=60)


async def _spend_at_once(attempts: Attempts, name: str, times: int) -> int:
    """How many of so many tries at once were let through."""
    tries = (attempts.spend(_THREE, name) for _ in range(times))
    return sum(outcome is None for outcome in await asyncio.gather(*tries, return_exceptions=True))


async def test_of_many_tries_at_once_only_the_allowed_number_passes(redis_server_url: str) -> None:
    redis = Redis.from_url(redis_server_url)
    attempts = Attempts(redis, prefix=f"test-{uuid4()}")
    assert await _spend_at_once(attempts, "ada", 20) == 3
    assert await _spend_at_once(attempts, "eve", 2) == 2
    await redis.aclose()


async def test_without_redis_this_process_counts_for_itself() -> None:
    away = Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.1)
    attempts = Attempts(away, prefix="test")
    assert await _spend_at_once(attempts, "ada", 5) == 3
    assert await _spend_at_once(Attempts(None, prefix="test"), "ada", 5) == 3
    await away.aclose()


async def test_who_was_right_in_the_end_begins_anew() -> None:
    attempts = Attempts(None, prefix="test")
    await _spend_at_once(attempts, "ada", 3)
    await attempts.forgive("ada")
    await attempts.spend(_THREE, "ada")


async def test_the_refusal_says_how_long_to_wait() -> None:
    attempts = Attempts(None, prefix="test")
    await _spend_at_once(attempts, "ada", 3)
    with pytest.raises(TooMany, match="wait 1 minute and"):
        await attempts.spend(_THREE, "ada")
