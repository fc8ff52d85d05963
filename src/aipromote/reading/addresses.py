"""Which addresses may be opened: public ones on the web. The rest is refused before a single byte is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from yarl import URL

from aipromote.reading.errors import RefusedAddress

IP = IPv4Address | IPv6Address
MAX_ADDRESS = 2000
_PORTS = {80, 443}
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))+\.?")
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)")
_OWN_NAMES = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa", "onion", "test", "invalid")
"""Last parts of names that lead to machines of a house, or nowhere."""

# Beyond what Python counts as not global: what some releases of it still let through, and addresses of clouds' own
# services that look public (168.63.129.16 is Azure's).
_CLOSED_V4 = [
    IPv4Network(block)
    for block in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"),
        "168.63.129.16/32",
    )
]
_OPEN_V6 = IPv6Network("2000::/3")
"""The only part of IPv6 that is given out to the public. NAT64, mapped and unique local addresses lie outside of it."""
_CLOSED_V6 = [
    IPv6Network(block)
    for block in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48", "3ffe::/16")
]
"""Inside of it: Teredo and other protocol blocks, documentation, 6to4 (which carries any IPv4 address)."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What may be opened. `loopback_is_open` is for trying things on one machine, and unsafe anywhere else."""

    loopback_is_open: bool = False


PUBLIC = Rules()


def may_connect(ip: IP, rules: Rules = PUBLIC) -> bool:
    """Whether a connection to this very address is allowed."""
    if rules.loopback_is_open and ip.is_loopback:
        return True
    if isinstance(ip, IPv4Address):
        return ip.is_global and not any(ip in block for block in _CLOSED_V4)
    # The marks of ISATAP inside an interface id hide an IPv4 address, too.
    hides_another = ip.packed[8:12] in {b"\0\0\x5e\xfe", b"\2\0\x5e\xfe"}
    return ip.is_global and ip in _OPEN_V6 and not hides_another and not any(ip in block for block in _CLOSED_V6)


def checked(address: str, rules: Rules = PUBLIC) -> URL:
    """The address as it may be asked for, without its fragment. Raises RefusedAddress with the reason.

    A name is not looked up here: what it leads to is checked when the connection is made (`fetching`).
    """
    url = _parsed(address.strip())
    if url.user is not None or url.password is not None or "@" in re.split(r"[/?#]", address.partition("//")[2])[0]:
        raise RefusedAddress(
            "An address with a name or a password before the host is not opened. Leave out what stands before @."
        )
    _check_host(url, rules)
    if url.port not in _PORTS and not rules.loopback_is_open:
        raise RefusedAddress(f"Port {url.port} is not opened: only a site's usual ports are (80 and 443).")
    return url.with_fragment(None)


def _parsed(address: str) -> URL:
    if not address:
        raise RefusedAddress("There is no address. Type one such as https://example.com.")
    if len(address) > MAX_ADDRESS:
        raise RefusedAddress(f"The address is longer than {MAX_ADDRESS} characters.")
    if re.search(r"[\s\\\x00-\x20\x7f]", address):
        raise RefusedAddress("An address has no spaces, line breaks or backslashes in it.")
    if not re.match(r"[a-z][a-z0-9+.-]*:(?!\d)", address, re.IGNORECASE):
        address = f"https://{address.removeprefix('//')}"
    try:
        url = URL(address)
        scheme, host, _ = url.scheme, url.raw_host, url.port
    except (ValueError, UnicodeError):
        raise RefusedAddress("This is not an address of a web page. One looks like https://example.com.") from None
    if scheme not in {"http", "https"}:
        raise RefusedAddress(f"Only addresses that start with https:// or http:// are opened, not {scheme}:.")
    if not host:
        raise RefusedAddress("The address names no site. One looks like https://example.com.")
    return url


def _check_host(url: URL, rules: Rules) -> None:
    host = str(url.raw_host).lower()
    try:
        ip = ip_address(host)
    except ValueError:
        _check_name(host, rules)
        return
    if getattr(ip, "scope_id", None) or not may_connect(ip, rules):
        raise RefusedAddress(private_words(host))


def _check_name(host: str, rules: Rules) -> None:
    if rules.loopback_is_open and host == "localhost":
        return
    last = host.removesuffix(".").rsplit(".", 1)[-1]
    if _NUMBER.fullmatch(last):  # 2130706433, 0x7f.1, 0177.0.0.1, 127.1: other systems read them as addresses
        raise RefusedAddress("A host written as a number is not opened. Use the site's name.")
    if last in _OWN_NAMES:
        raise RefusedAddress(private_words(host))
    if not _NAME.fullmatch(host):
        raise RefusedAddress(f"{host[:100]} is not the name of a public site. One looks like example.com.")


def private_words(host: str) -> str:
    """Why a machine of somebody's own is not opened."""
    return (
        f"{host[:100]} leads to a private or reserved network, not to the public web. "
        "It is not opened: paste the text, or upload it as a file."
    )


def as_ip(text: str) -> IP | None:
    """An address of the network, or None for anything else."""
    try:
        return ip_address(text.split("%", 1)[0])
    except (AddressValueError, ValueError):
        return None
