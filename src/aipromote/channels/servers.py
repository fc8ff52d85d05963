"""Where a network is: its usual server, or one that a person named.

A client secret and what a person types go to the usual server of a network, which its connector names. A server that a
person names is a public one, reached by https; what its name leads to is looked at once more with each call (`reach`).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from aipromote import settings
from aipromote.connectors.protocols import Connector
from aipromote.connectors.reach import Reach
from aipromote.errors import InvalidInput
from aipromote.reading.addresses import MAX_ADDRESS, checked
from aipromote.reading.errors import RefusedAddress

SANDBOX = "sandbox"
_LONGEST = 500


def reach() -> Reach:
    """What calls to networks may connect to, as the settings say now."""
    config = settings.get()
    return Reach(config.networks_private, (config.sandbox_url,) if config.sandbox_url else ())


def usual(connector: Connector) -> str:
    """The network's own server. InvalidInput where the sandbox does not run, or the network has no usual one."""
    server = (settings.get().sandbox_url if connector.name == SANDBOX else "") or connector.server
    if not server and connector.name == SANDBOX:
        raise InvalidInput("The sandbox network is not running here. `aipromote up` starts it.")
    if not server:
        raise InvalidInput("Please give the address of your site, such as https://blog.example.", field="server")
    return server.rstrip("/")


def chosen(connector: Connector, named: str) -> str:
    """The server to connect to: the usual one, or the one that was named where a network lets people choose.

    InvalidInput for anything but a public server's address, without a slash at its end.
    """
    text = named.strip()
    if not connector.is_server_chosen or not text or text.rstrip("/") == connector.server:
        return usual(connector)
    return cleaned(text)


def cleaned(text: str) -> str:
    """The base address of a server that a person named: `social.example` is `https://social.example`."""
    parts = _parts(text if "://" in text else f"https://{text}")
    if not settings.get().networks_private:
        if parts[0] != "https":
            raise InvalidInput("Only servers that are reached by https are connected to.", field="server")
        try:
            checked(f"{parts[0]}://{parts[1]}")
        except RefusedAddress:
            raise InvalidInput(
                f"{parts[1][:100]} is no server on the public web. Only such servers are connected to, unless the "
                "operator of this instance allows others (AIPROMOTE_NETWORKS_PRIVATE).",
                field="server",
            ) from None
    return f"{parts[0]}://{parts[1]}{parts[2]}"


def plain(text: str) -> str:
    """The same for an address that this software chose itself: it has to be one on the web, and no more."""
    return "{}://{}{}".format(*_parts(text.strip()))


def _parts(text: str) -> tuple[str, str, str]:
    """Scheme, host with its port, path."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    usable = host and parts.scheme.lower() in {"http", "https"} and "@" not in parts.netloc
    is_plain = not any(char.isspace() or not char.isprintable() or char in "\\<>\"'" for char in text)
    if not usable or not is_plain or parts.query or parts.fragment or len(text) > min(_LONGEST, MAX_ADDRESS):
        raise InvalidInput("Please give the address of the server, such as https://bsky.social.", field="server")
    return parts.scheme.lower(), parts.netloc.lower(), parts.path.rstrip("/")
