"""Heartbeats: how a process that works on the queues shows that it lives.

An index (sorted set of ids by time of the last beat) and one small document per process, which outlives the process
by an hour, so that a worker that died is seen as dead and not merely missing.
"""

from __future__ import annotations

import json
import os
import socket
import time
from dataclasses import dataclass, fields
from typing import Any
from uuid import uuid4

from redis.asyncio import Redis

from aipromote import __version__
from aipromote.jobs.connection import server_ms

_REMEMBERED_SECONDS = 3600
BEAT_SECONDS = 5.0
ALIVE_SECONDS = 3 * BEAT_SECONDS


@dataclass(frozen=True)
class Beat:
    """One process as it last described itself."""

    id: str
    role: str
    """`worker` or `stager`."""
    host: str
    pid: int
    queues: tuple[str, ...]
    seconds_ago: float
    facts: dict[str, Any]
    """What the role has to say: jobs running, last errors, how long ago it looked at what."""
    version: str | None = None
    """Of the product. None: an older release, which does not tell."""
    since_seconds: float | None = None
    """For how long it has been running."""

    @property
    def alive(self) -> bool:
        """Whether it beat recently enough."""
        return self.seconds_ago < ALIVE_SECONDS


class Pulse:
    """One process's heartbeat."""

    def __init__(self, redis: Redis, *, prefix: str, role: str, queues: tuple[str, ...] = ()) -> None:
        self._redis = redis
        self._prefix = prefix
        self.id = f"{role}-{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:6]}"
        self._self: dict[str, Any] = {
            "role": role,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "queues": list(queues),
            "version": __version__,
        }
        self._began = time.monotonic()

    async def beat(self, **facts: Any) -> None:
        """Say that this process lives. Also forgets those that have been silent for an hour."""
        now = await server_ms(self._redis)
        told = self._self | {"since_seconds": round(time.monotonic() - self._began, 1), "facts": facts}
        async with self._redis.pipeline() as pipe:
            pipe.set(_document(self._prefix, self.id), json.dumps(told), ex=_REMEMBERED_SECONDS)
            pipe.zadd(_index(self._prefix), {self.id: now})
            pipe.zremrangebyscore(_index(self._prefix), 0, now - _REMEMBERED_SECONDS * 1000)
            await pipe.execute()

    async def forget(self) -> None:
        """Say good-bye: a process that stopped on purpose is not a dead one."""
        async with self._redis.pipeline() as pipe:
            pipe.delete(_document(self._prefix, self.id))
            pipe.zrem(_index(self._prefix), self.id)
            await pipe.execute()


async def beats(redis: Redis, *, prefix: str) -> tuple[Beat, ...]:
    """Every process that beat within the last hour and did not say good-bye, the latest first."""
    now = await server_ms(redis)
    index: Any = await redis.zrange(_index(prefix), 0, -1, desc=True, withscores=True)
    if not index:
        return ()
    documents = await redis.mget([_document(prefix, member) for member, _ in index])
    return tuple(
        _beat(member, json.loads(document), seconds_ago=max(0.0, (now - score) / 1000))
        for (member, score), document in zip(index, documents, strict=True)
        if document
    )


def _beat(member: str, document: dict[str, Any], *, seconds_ago: float) -> Beat:
    """Of a process of this release, or of another one."""
    known = {field.name: document[field.name] for field in fields(Beat) if field.name in document}
    return Beat(**(known | {"id": member, "queues": tuple(document["queues"]), "seconds_ago": seconds_ago}))


def _index(prefix: str) -> str:
    return f"{prefix}:pulse"


def _document(prefix: str, member: str) -> str:
    return f"{prefix}:pulse:{member}"
