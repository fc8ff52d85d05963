"""Under which name passkeys know this instance, and from which addresses their answers may come."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from aipromote import settings

_HERE = "localhost"


@dataclass(frozen=True, slots=True)
class Party:
    """`rp_id` is the host that passkeys are bound to, `origin` the one address that a browser may be at."""

    rp_id: str
    origin: str


def party() -> Party | None:
    """By the public address. A browser on this machine takes `localhost`; None for any other bare IP address.

    Passkeys are bound to names, and browsers make them on https, or on `localhost`, only.
    """
    chosen = settings.get()
    parts = urlsplit(chosen.public_url or f"http://{chosen.host}:{chosen.port}")
    host = (parts.hostname or "").lower()
    if _is_this_machine(host):
        port = f":{parts.port}" if parts.port else ""
        return Party(_HERE, f"{parts.scheme}://{_HERE}{port}")
    if parts.scheme != "https" or not host or _is_address(host):
        return None
    port = f":{parts.port}" if parts.port not in {None, 443} else ""
    return Party(host, f"https://{host}{port}")


def _is_this_machine(host: str) -> bool:
    return host == _HERE or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
