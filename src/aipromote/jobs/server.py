"""Whether a Redis or Valkey server is set up to carry queues."""

from __future__ import annotations

from typing import Any

from aipromote.errors import Unavailable
from aipromote.jobs.connection import UNREACHABLE, for_callers, masked

_OLDEST = (6, 2)


async def check_server(redis_url: str, *, prefix: str = "aipromote") -> list[str]:
    """What is wrong with the server, in sentences for its operator; empty when nothing is. Unavailable when away.

    Of a cluster it is the node that holds the keys with this prefix, of several servers with sentinels the primary.
    """
    redis = for_callers(redis_url, prefix=prefix)
    try:
        facts: dict[str, Any] = await redis.info()
    except UNREACHABLE as error:
        raise Unavailable(f"Redis at {masked(redis_url)} does not answer: {error}") from error
    finally:
        await redis.aclose()
    return [*_version(facts), *_eviction(facts), *_persistence(facts)]


def _version(facts: dict[str, Any]) -> list[str]:
    version = str(facts.get("valkey_version") or facts.get("redis_version") or "")
    if tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) >= _OLDEST:
        return []
    return [f"The server's version is {version or 'unknown'}; 6.2 is the oldest that the queues are known to run on."]


def _eviction(facts: dict[str, Any]) -> list[str]:
    policy = facts.get("maxmemory_policy")
    if policy == "noeviction":
        return []
    return [
        f"maxmemory-policy is {policy}: when memory is short the server would throw jobs away. Set it to noeviction."
    ]


def _persistence(facts: dict[str, Any]) -> list[str]:
    if facts.get("aof_enabled") == 1:
        return []
    return ["appendonly is off: a restart empties the queues until they are staged again. Set appendonly to yes."]
