"""How this room connects to Redis. The word stands for Redis and Valkey alike.

A URL says where it is, whatever it is made of:

- `redis://…`, `rediss://…` (TLS), `unix://…`: one server
- `redis+sentinel://user:password@one:26379,two:26379,three:26379/0?service=aipromote`: whichever server the sentinels
  call the primary at that moment; `sentinel_password=…` where they have one of their own
- `redis+cluster://user:password@one:6379,two:6379`: a cluster, found through any of its nodes

`rediss+sentinel` and `rediss+cluster` speak TLS.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlencode, urlsplit, urlunsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import BusyLoadingError, RedisError

from aipromote.errors import SetupError
from aipromote.jobs import following

UNREACHABLE = (RedisError, OSError)
"""What a command raises when the server is away or answers with an error."""

_LONGEST_BLOCK_SECONDS = 10  # BullMQ never blocks a connection for longer than this
_CLUSTER = frozenset({"redis+cluster", "rediss+cluster"})
_SENTINEL = frozenset({"redis+sentinel", "rediss+sentinel"})
_PORT, _SENTINEL_PORT = 6379, 26379
_SERVICE = "aipromote"


def for_callers(url: str, *, prefix: str) -> Redis:
    """A client for somebody who waits for the answer: gives up after about two seconds.

    `prefix` begins every key that it may be asked for (see `key_prefix`).
    """
    return _client(url, prefix=prefix, answer_seconds=2.0, retries=1)


def for_workers(url: str, *, prefix: str) -> Redis:
    """A client that may block waiting for work, and bridges an outage of about ten seconds by itself.

    redis-py's own five seconds would end every idle wait with an error. No limit at all would wait for ever on a
    connection whose other end vanished without a word. So: longer than the longest wait.
    """
    return _client(url, prefix=prefix, answer_seconds=2.0 * _LONGEST_BLOCK_SECONDS, retries=20)


def key_prefix(url: str, prefix: str) -> str:
    """The name space of all keys. In a cluster it is a hash tag, so that they lie in one slot, as scripts need it."""
    return f"{{{prefix}}}" if is_cluster(url) and "{" not in prefix else prefix


def is_cluster(url: str) -> bool:
    """Whether the keys are spread over several servers."""
    return urlsplit(url).scheme in _CLUSTER


def masked(url: str) -> str:
    """The URL without its passwords, for logs and messages."""
    parts = urlsplit(url)
    query = {name: "***" if "password" in name else values[0] for name, values in parse_qs(parts.query).items()}
    netloc = parts.netloc
    if parts.password:
        netloc = f"{parts.username or ''}:***@{netloc.rpartition('@')[2]}"
    return urlunsplit(parts._replace(netloc=netloc, query=urlencode(query, safe="*")))


async def server_ms(redis: Redis) -> int:
    """The server's own clock in milliseconds: what BullMQ's timestamps are measured by, whatever product time says."""
    seconds, microseconds = await redis.time()
    return int(seconds) * 1000 + int(microseconds) // 1000


def _client(url: str, *, prefix: str, answer_seconds: float, retries: int) -> Redis:
    options: dict[str, Any] = {
        "decode_responses": True,
        "socket_timeout": answer_seconds,
        "socket_connect_timeout": 2.0,
        "socket_keepalive": True,
        "retry": Retry(ExponentialBackoff(cap=0.5, base=0.05), retries),
        "retry_on_error": [BusyLoadingError, ConnectionError, TimeoutError],
    }
    parts = urlsplit(url)
    if parts.scheme not in _SENTINEL | _CLUSTER:
        return Redis.from_url(url, **options)
    secured = parts.scheme.startswith("rediss")
    whereabouts = _cluster(parts, prefix) if parts.scheme in _CLUSTER else _sentinels(parts)
    if parts.scheme in _SENTINEL:
        options["db"] = int(parts.path.strip("/") or 0)
    return following.client(whereabouts, secured=secured, options=options | _login(parts))


def _cluster(parts: SplitResult, prefix: str) -> following.Whereabouts:
    key = key_prefix(parts.geturl(), prefix)
    return following.SlotHolder(_hosts(parts, _PORT), key=key, asking=_tls(parts) | _login(parts))


def _sentinels(parts: SplitResult) -> following.Whereabouts:
    query = parse_qs(parts.query)
    password = {"password": query["sentinel_password"][0]} if "sentinel_password" in query else {}
    service = query.get("service", [_SERVICE])[0]
    return following.Primary(_hosts(parts, _SENTINEL_PORT), service=service, asking=_tls(parts) | password)


def _tls(parts: SplitResult) -> dict[str, Any]:
    return {"ssl": True} if parts.scheme.startswith("rediss") else {}


def _login(parts: SplitResult) -> dict[str, Any]:
    """For the servers that hold the data."""
    found: dict[str, Any] = {"username": parts.username, "password": parts.password}
    return {name: unquote(value) for name, value in found.items() if value}


def _hosts(parts: SplitResult, usual_port: int) -> list[tuple[str, int]]:
    """Of `one:1,two:2,[::1]:3`. SetupError when a port is not a number or nothing is named."""
    found = []
    for place in filter(None, parts.netloc.rpartition("@")[2].split(",")):
        one = urlsplit(f"//{place}")
        try:
            found.append((one.hostname or "", one.port or usual_port))
        except ValueError as error:
            raise SetupError(f"REDIS_URL names {place}, which is no address ({error}).") from error
    if not found:
        raise SetupError(f"REDIS_URL names no server: {parts.scheme}:// is followed by host:port,host:port.")
    return found
