"""How often somebody tried: counters per window that one addition both makes and reads, so nothing slips between."""

from __future__ import annotations

import hashlib
import time
from contextlib import suppress
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError

from aipromote.errors import AipromoteError


class TooMany(AipromoteError):
    """Tried too often."""

    status = 429


@dataclass(frozen=True, slots=True)
class Allowance:
    """At most `tries` within `seconds`."""

    tries: int
    seconds: int


class Attempts:
    """Counts in Redis, for all web processes together; in this process alone while Redis is away or not configured."""

    def __init__(self, redis: Redis | None, *, prefix: str) -> None:
        self._redis = redis
        self._prefix = prefix
        self._here: dict[str, tuple[float, int]] = {}

    async def spend(self, allowance: Allowance, *parts: str) -> None:
        """Count one try under this name. TooMany when the allowance is used up."""
        if await self._count(self._key(parts), allowance.seconds) > allowance.tries:
            minutes = max(1, allowance.seconds // 60)
            wait = "1 minute" if minutes == 1 else f"{minutes} minutes"
            raise TooMany(f"That was tried too often. Please wait {wait} and try again.")

    async def forgive(self, *parts: str) -> None:
        """Forget the tries under this name: the last one was right."""
        self._here.pop(self._key(parts), None)
        if self._redis is not None:
            with suppress(RedisError, OSError):
                await self._redis.delete(self._key(parts))

    def _key(self, parts: tuple[str, ...]) -> str:
        return f"{self._prefix}:tries:{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:32]}"

    async def _count(self, key: str, seconds: int) -> int:
        if self._redis is not None:
            try:
                async with self._redis.pipeline(transaction=True) as pipe:
                    pipe.incr(key)
                    pipe.expire(key, seconds, nx=True)
                    return int((await pipe.execute())[0])
            except (RedisError, OSError):
                pass  # people can sign in while Redis is away; this process counts for itself
        return self._count_here(key, seconds)

    def _count_here(self, key: str, seconds: int) -> int:
        now = time.monotonic()
        self._here = {name: entry for name, entry in self._here.items() if entry[0] > now}
        until, count = self._here.get(key, (now + seconds, 0))
        self._here[key] = (until, count + 1)
        return count + 1
