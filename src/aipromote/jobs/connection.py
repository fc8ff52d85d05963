"""How this room connects to Redis. The word stands for Redis and Valkey alike."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import BusyLoadingError, RedisError

UNREACHABLE = (RedisError, OSError)
"""What a command raises when the server is away or answers with an error."""

_LONGEST_BLOCK_SECONDS = 10  # BullMQ never blocks a connection for longer than this


def for_callers(url: str) -> Redis:
    """A client for somebody who waits for the answer: gives up after about two seconds."""
    return _client(url, answer_seconds=2.0, retries=1)


def for_workers(url: str) -> Redis:
    """A client that may block waiting for work, and bridges an outage of about ten seconds by itself.

    redis-py's own five seconds would end every idle wait with an error. No limit at all would wait for ever on a
    connection whose other end vanished without a word. So: longer than the longest wait.
    """
    return _client(url, answer_seconds=2.0 * _LONGEST_BLOCK_SECONDS, retries=20)


def _client(url: str, *, answer_seconds: float, retries: int) -> Redis:
    return Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=answer_seconds,
        socket_connect_timeout=2.0,
        socket_keepalive=True,
        retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), retries),
        retry_on_error=[BusyLoadingError, ConnectionError, TimeoutError],
    )


def masked(url: str) -> str:
    """The URL without its password, for logs and messages."""
    parts = urlsplit(url)
    if not parts.password:
        return url
    return urlunsplit(parts._replace(netloc=f"{parts.username or ''}:***@{parts.netloc.rpartition('@')[2]}"))


async def server_ms(redis: Redis) -> int:
    """The server's own clock in milliseconds: what BullMQ's timestamps are measured by, whatever product time says."""
    seconds, microseconds = await redis.time()
    return int(seconds) * 1000 + int(microseconds) // 1000
