"""A plain client that goes where the queues are: to the primary that sentinels name, or to a node of a cluster.

The place is asked for whenever a connection is made, and a connection that learns that the place has changed, by a
failover or by somebody who moves a slot, is made anew. redis-py has clients for both, which do not serve here:

- Its sentinel connections ask where the primary is when they are made. One that breaks tries the old address again,
  twenty times twenty times for a worker, while the new primary waits.
- Its client for clusters refuses scripts in pipelines, which is how many jobs are pushed at once.

Scripts and transactions need all their keys on one server. So in a cluster all keys of the queues share a hash tag, and
with it one slot, which one node holds at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from redis.asyncio import Connection, ConnectionPool, Redis, SSLConnection
from redis.crc import key_slot
from redis.exceptions import (
    AskError,
    ClusterDownError,
    ConnectionError,  # noqa: A004 -- redis-py's own, which its retries know
    ReadOnlyError,
    RedisError,
    TryAgainError,
)

Address = tuple[str, int]
_ASKING_SECONDS = 1.0
_ELSEWHERE = (ReadOnlyError, AskError, ClusterDownError, TryAgainError)
"""What a server answers that is not, or not now, the one to ask (MOVED is a kind of ASK)."""


class Whereabouts(Protocol):
    """Knows whom to ask for the place."""

    async def place(self) -> Address:
        """Where to connect at this moment. ConnectionError when nobody knows."""


class Primary:
    """The primary that sentinels watch under the name `service`. `asking` are options for connections to them."""

    def __init__(self, sentinels: Sequence[Address], *, service: str, asking: Mapping[str, Any]) -> None:
        self._sentinels = list(sentinels)
        self._service = service
        self._asking = asking

    async def place(self) -> Address:
        """What the first sentinel says that answers."""
        for sentinel in list(self._sentinels):
            words = ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._service)
            if answer := await _ask(sentinel, *words, asking=self._asking):
                return str(answer[0]), int(answer[1])
            self._sentinels.append(self._sentinels.pop(0))  # those that answer are asked first
        message = f"no sentinel says where {self._service} is"
        raise ConnectionError(message)


class SlotHolder:
    """The node that holds the slot of `key`, of the cluster that `nodes` belong to."""

    def __init__(self, nodes: Sequence[Address], *, key: str, asking: Mapping[str, Any]) -> None:
        self._nodes = list(nodes)
        self._slot = key_slot(key.encode())
        self._asking = asking

    async def place(self) -> Address:
        """What the first node says that answers. Nodes heard of are remembered, to be asked when others die."""
        for node in list(self._nodes):
            ranges = await _ask(node, "CLUSTER", "SLOTS", asking=self._asking)
            holders = {
                (first, last): [(name or node[0], int(port)) for name, port, *_ in found]
                for first, last, *found in ranges or ()
            }
            self._remember(holder for found in holders.values() for holder in found)
            for (first, last), [primary, *_] in holders.items():
                if first <= self._slot <= last:
                    return primary
            self._nodes.append(self._nodes.pop(self._nodes.index(node)))
        message = f"no node of the cluster says who holds slot {self._slot}"
        raise ConnectionError(message)

    def _remember(self, holders: Any) -> None:
        self._nodes.extend(holder for holder in dict.fromkeys(holders) if holder not in self._nodes)


async def _ask(server: Address, *words: str, asking: Mapping[str, Any]) -> Any:
    """What it answers, over a connection of its own; None when it does not."""
    patience = {"socket_timeout": _ASKING_SECONDS, "socket_connect_timeout": _ASKING_SECONDS, "retry": None}
    options: dict[str, Any] = {"decode_responses": True, **patience, **asking}
    async with Redis(host=server[0], port=server[1], **options) as redis:
        try:
            return await redis.execute_command(*words)  # type: ignore[no-untyped-call]
        except (RedisError, OSError):
            return None


class _Following:
    """Beside a connection: finds out where to, and notices when that is no longer the place."""

    def __init__(self, *, whereabouts: Whereabouts, **options: Any) -> None:
        self._whereabouts = whereabouts
        super().__init__(**options)

    async def _connect(self) -> None:
        self.host, self.port = await self._whereabouts.place()
        await super()._connect()  # type: ignore[misc]  # of redis-py's connection beside it

    async def read_response(self, *args: Any, **options: Any) -> Any:
        try:
            return await super().read_response(*args, **options)  # type: ignore[misc]
        except _ELSEWHERE as error:
            await self.disconnect()  # type: ignore[attr-defined]
            message = f"the queues are elsewhere ({error})"
            raise ConnectionError(message) from error


class _Plain(_Following, Connection):
    pass


class _Secured(_Following, SSLConnection):
    pass


def client(whereabouts: Whereabouts, *, secured: bool, options: Mapping[str, Any]) -> Redis:
    """A client for that place, with redis-py's `options`. Connects when it is first used."""
    kind = _Secured if secured else _Plain
    return Redis.from_pool(ConnectionPool(connection_class=kind, whereabouts=whereabouts, **options))
