"""Whether a Redis or Valkey server is set up to carry queues."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

import structlog
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, ResponseError

from aipromote.errors import Unavailable
from aipromote.jobs.connection import UNREACHABLE, for_callers, masked
from aipromote.jobs.ending import end

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_OLDEST = (6, 2)
_FULL = 0.9

What = Literal["silent", "version", "eviction", "persistence", "memory"]


@dataclass(frozen=True)
class Complaint:
    """One thing that is not as queues need it, in a sentence for the server's operator that says what to do."""

    what: What
    words: str


async def check_server(redis_url: str, *, prefix: str = "aipromote") -> list[Complaint]:
    """What is wrong with the server; empty when nothing is. Unavailable when away.

    Of a cluster it is the node that holds the keys with this prefix, of several servers with sentinels the primary.
    """
    redis = for_callers(redis_url, prefix=prefix)
    try:
        facts = await read_facts(redis)
    except UNREACHABLE as error:
        raise Unavailable(f"Redis at {masked(redis_url)} does not answer: {error}") from error
    finally:
        await redis.aclose()
    return complaints(facts)


async def read_facts(redis: Redis) -> Mapping[str, Any] | None:
    """What the server says of itself (INFO); None where it may not be asked, as on many that are rented.

    Raises what redis-py raises when the server is away.
    """
    try:
        facts: dict[str, Any] = await redis.info()
    except NoPermissionError:
        return None
    except ResponseError as error:
        if "unknown command" in str(error).lower():  # renamed, which is how servers forbade it before they had rights
            return None
        raise
    return facts


def complaints(facts: Mapping[str, Any] | None) -> list[Complaint]:
    """What is wrong with a server that says this of itself."""
    if facts is None:
        return [
            Complaint(
                "silent",
                "The server does not say how it is set up (INFO is forbidden). See to it that it has "
                "maxmemory-policy noeviction and appendonly yes, or allow INFO to this user: ACL SETUSER … +info",
            )
        ]
    return [*_version(facts), *_eviction(facts), *_persistence(facts), *_memory(facts)]


@asynccontextmanager
async def asking_server(redis_url: str | None, *, prefix: str) -> AsyncIterator[None]:
    """For the start of a process, which does not wait for it: one log line for each complaint."""
    asking = None if redis_url is None else asyncio.create_task(warn_of_server(redis_url, prefix=prefix))
    try:
        yield
    finally:
        await end([asking])


async def warn_of_server(redis_url: str, *, prefix: str) -> None:
    """One log line for each complaint. Never raises for what the server does."""
    try:
        found = await check_server(redis_url, prefix=prefix)
    except Unavailable as error:
        log.warning("redis is away", redis=masked(redis_url), error=error.message)
        return
    for complaint in found:
        log.warning("redis is not set up for queues", what=complaint.what, redis=masked(redis_url), do=complaint.words)


def _version(facts: Mapping[str, Any]) -> list[Complaint]:
    version = str(facts.get("valkey_version") or facts.get("redis_version") or "")
    if tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) >= _OLDEST:
        return []
    words = f"The server's version is {version or 'unknown'}; 6.2 is the oldest that the queues are known to run on."
    return [Complaint("version", f"{words} Install Valkey 8 or newer.")]


def _eviction(facts: Mapping[str, Any]) -> list[Complaint]:
    policy = facts.get("maxmemory_policy")
    if policy == "noeviction":
        return []
    words = (
        f"maxmemory-policy is {policy}: when memory is short the server would throw jobs away. Set it to noeviction."
    )
    return [Complaint("eviction", words)]


def _persistence(facts: Mapping[str, Any]) -> list[Complaint]:
    if facts.get("aof_enabled") == 1:
        return []
    words = "appendonly is off: a restart empties the queues until they are staged again. Set appendonly to yes."
    return [Complaint("persistence", words)]


def _memory(facts: Mapping[str, Any]) -> list[Complaint]:
    """Against its own limit, or without one against what the machine has."""
    used = int(facts.get("used_memory") or 0)
    limit = int(facts.get("maxmemory") or 0) or int(facts.get("total_system_memory") or 0)
    if not limit or used < _FULL * limit:
        return []
    share = f"{used / limit:.0%} of its memory ({limit / 1e6:.0f} MB) is used"
    return [Complaint("memory", f"{share}: when it is full no job can be pushed. Raise maxmemory, or give it its own.")]
