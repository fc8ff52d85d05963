"""Which machines a call to a network may reach.

An account may live on a server that somebody named, and its name may lead to a machine of this house, also tomorrow.
So the address of every connection is looked at when it is made: a public one, one that a named exception leads to (the
sandbox network runs on this machine), or anything where the operator says so.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver
from yarl import URL

from aipromote.reading.addresses import as_ip, may_connect


class PrivateAddress(OSError):
    """The connection would lead to a private or reserved network. No byte was sent."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} is in a private or reserved network")


@dataclass(frozen=True, slots=True)
class Reach:
    """`everything`: no address is refused. `exceptions` are base addresses of servers that are always reached."""

    everything: bool = False
    exceptions: tuple[str, ...] = ()


class _Noting(AbstractResolver):
    """Looks names up as always, and notes what the exceptions lead to."""

    def __init__(self, note: Callable[[str, int, list[ResolveResult]], None]) -> None:
        self._inner = DefaultResolver()
        self._note = note

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        self._note(host, port, found)
        return found

    async def close(self) -> None:
        await self._inner.close()


class _Gate:
    """Makes sockets, for addresses that may be reached. It is asked anew each time: the sandbox may move."""

    def __init__(self, reach: Callable[[], Reach]) -> None:
        self._reach = reach
        self._known: set[tuple[str, int]] = set()

    def note(self, host: str, port: int, found: list[ResolveResult]) -> None:
        if (host.lower(), port) in self._named():
            self._known |= {(one["host"], port) for one in found}

    def socket(self, address: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, (host, port, *_) = address
        ip = as_ip(str(host))
        open_to = self._reach().everything or (ip is not None and may_connect(ip))
        if not open_to and (str(host), port) not in self._known | self._named():
            raise PrivateAddress(str(host))
        return socket.socket(family=family, type=kind, proto=protocol)

    def _named(self) -> set[tuple[str, int]]:
        urls = [URL(each) for each in self._reach().exceptions]
        return {(str(url.host).lower(), url.port or 0) for url in urls if url.host}


def guarded(reach: Callable[[], Reach], *, limit: int = 100) -> aiohttp.TCPConnector:
    """Connections to what `reach` allows at the time of each one."""
    gate = _Gate(reach)
    return aiohttp.TCPConnector(limit=limit, resolver=_Noting(gate.note), socket_factory=gate.socket)


def is_private(error: BaseException) -> str:
    """What was refused, if a connection failed because of that; otherwise nothing. aiohttp wraps it more than once."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, PrivateAddress):
            return str(seen)
        if isinstance(seen, BaseExceptionGroup):
            return next(filter(None, map(is_private, seen.exceptions)), "")
        seen = seen.__cause__ or seen.__context__
    return ""
