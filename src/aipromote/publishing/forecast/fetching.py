"""Whether networks that fetch files can reach them: each is asked for its first byte, by the address they would get."""

from __future__ import annotations

import time
from collections import OrderedDict

import aiohttp
import structlog

from aipromote.assets import addresses
from aipromote.assets.renditions import Sendable
from aipromote.publishing.checks import Refusal

log: structlog.stdlib.BoundLogger = structlog.get_logger()
_PATIENCE = aiohttp.ClientTimeout(total=8)
_KEPT_SECONDS = 600.0
_KEPT = 5000
_reached: OrderedDict[str, float] = OrderedDict()
"""Files that answered, and when: by key, for the addresses differ each time."""


async def trouble(http: aiohttp.ClientSession, file: Sendable, *, network: str) -> Refusal | None:
    """Why the network cannot fetch the file, as far as that can be seen from here; None when it can."""
    address = addresses.address_of(file)
    if address is None:
        words = f"{network} fetches files from a public address, and this installation has none"
        return Refusal("file_unreachable", f"{words}: set AIPROMOTE_PUBLIC_URL.", "Then schedule the post again.")
    now = time.monotonic()
    if now - _reached.get(file.key, -_KEPT_SECONDS) < _KEPT_SECONDS:
        return None
    if (wrong := await _asked(http, address)) is not None:
        words = f"{network} cannot fetch {file.name}: its address does not answer ({wrong})"
        return Refusal("file_unreachable", f"{words}. Look at AIPROMOTE_PUBLIC_URL and the proxy before it.")
    _reached[file.key] = now
    while len(_reached) > _KEPT:
        _reached.popitem(last=False)
    return None


async def _asked(http: aiohttp.ClientSession, address: str) -> str | None:
    """What is wrong, without the address: whoever has it can read the file."""
    headers = {"Range": "bytes=0-0"}
    try:
        async with http.get(address, headers=headers, timeout=_PATIENCE, allow_redirects=False) as answer:
            return None if answer.status in {200, 206} else f"HTTP {answer.status}"
    except TimeoutError:
        return "no answer within 8 s"
    except (aiohttp.ClientError, OSError) as error:
        log.info("an address of a file does not answer", error=type(error).__name__)
        return "no connection"
