"""From where a request comes: the connection's own address, or what a proxy says that the operator trusts.

Any client can write any header. So a header counts only where the connection comes from a trusted proxy, and of it only
what trusted proxies have added: it is read from its end, until somebody is named who is no such proxy.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from starlette.requests import Request

from aipromote import settings
from aipromote.errors import SetupError

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_HOUSEHOLD = 64
"""Whoever has one address of the sixth version has this many bits of them to choose from."""


def tries_of(request: Request) -> str:
    """By what the tries of a client are counted: its address, or the network of one household with version 6."""
    host = client_address(request)
    address = _address(host)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, _HOUSEHOLD), strict=False))
    return host


def client_address(request: Request) -> str:
    """The client's address; empty where the server does not know it."""
    host = request.client.host if request.client else ""
    trusted = trusted_proxies(settings.get().trusted_proxies)
    if not _is_in(host, trusted):
        return host
    named = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
    for name in reversed([part.strip() for part in named if part.strip()]):
        address = _address(name)
        if address is None:
            return host  # what a trusted proxy would not have written
        host = str(address)
        if not _is_in(host, trusted):
            return host
    return host


@lru_cache(maxsize=4)
def trusted_proxies(text: str) -> tuple[_Network, ...]:
    """The networks of AIPROMOTE_TRUSTED_PROXIES. Raises SetupError for what is no network."""
    try:
        return tuple(ipaddress.ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise SetupError(f"AIPROMOTE_TRUSTED_PROXIES: {error}. It looks like 127.0.0.1,10.0.0.0/8.") from error


def _is_in(host: str, networks: tuple[_Network, ...]) -> bool:
    address = _address(host)
    return address is not None and any(address in network for network in networks if network.version == address.version)


def _address(text: str) -> _Address | None:
    """Of `1.2.3.4`, `1.2.3.4:80`, `::1` or `[::1]:80`. A version 4 address written as version 6 is version 4."""
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
