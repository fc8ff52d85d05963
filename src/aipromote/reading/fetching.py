"""One GET of one public page, on behalf of somebody who typed its address.

The address may have been chosen to make this server talk to its own neighbours. So a name is looked up once, every
address it leads to is checked, and the connection goes to exactly those; redirects are followed by hand and checked
again; no cookie, no credential and no proxy of this machine goes along; size and time are bounded in all.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from ipaddress import IPv6Address

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from aipromote import __version__
from aipromote.reading.addresses import PUBLIC, Rules, as_ip, checked, may_connect, private_words
from aipromote.reading.decoding import Unpacker, decoded
from aipromote.reading.errors import RefusedAddress, Unreadable

AGENT = "AIPromote"
"""The name that robots.txt rules can use."""
MAX_BYTES = 2 * 1024 * 1024
MAX_SECONDS = 15.0
MAX_REDIRECTS = 5
_MOVED = {301, 302, 303, 307, 308}
_UNCHANGED = 304
_CONDITIONS = {"If-None-Match", "If-Modified-Since"}
_LONGEST_MARK = 500
_TEXT = {"text/html", "application/xhtml+xml", "text/plain", "text/markdown"}
_HEADERS = {
    "User-Agent": f"{AGENT}/{__version__} (reads one site for its owner, on request)",
    "Accept": "text/html, application/xhtml+xml, text/plain;q=0.8",
    "Accept-Encoding": "gzip",
}

Lookup = Callable[[str, int], Awaitable[list[str]]]
"""From a host's name and a port to its addresses."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page as it came. `address` is where the redirects ended."""

    address: str
    media_type: str
    text: str = field(repr=False)
    content: bytes = field(default=b"", repr=False)
    """As it came, unpacked: XML names its own alphabet."""
    charset: str | None = None
    is_unchanged: bool = False
    """304: nothing is new since the marks that were sent along."""
    etag: str = ""
    last_modified: str = ""


async def system_lookup(host: str, port: int) -> list[str]:
    """What the machine's own resolver says."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in found]


class _CheckedResolver(AbstractResolver):
    """Looks a name up, once, and hands out only addresses that may be connected to. aiohttp connects to these."""

    def __init__(self, lookup: Lookup, rules: Rules) -> None:
        self._lookup = lookup
        self._rules = rules

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 -- aiohttp's signature
    ) -> list[ResolveResult]:
        found = [as_ip(text) for text in await self._lookup(host, port)]
        # One closed address among open ones is how a name is made to lead elsewhere the second time.
        if any(ip is None or not may_connect(ip, self._rules) for ip in found):
            raise RefusedAddress(private_words(host))
        return [
            ResolveResult(
                hostname=host,
                host=str(ip),
                port=port,
                family=socket.AF_INET6 if isinstance(ip, IPv6Address) else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for ip in found
        ]

    async def close(self) -> None:
        """Holds nothing."""


class Fetcher:
    """Fetches within one budget of time, which starts when it is made."""

    def __init__(self, http: aiohttp.ClientSession, rules: Rules, *, seconds: float) -> None:
        self._http = http
        self._rules = rules
        self._until = asyncio.get_running_loop().time() + seconds

    async def get(
        self, address: str, *, kinds: frozenset[str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Fetched:
        """The page at that address. Raises Unreadable, or RefusedAddress, in words for the person who typed it.

        `headers` go along to every address on the way: none that is secret.
        """
        url = checked(address, self._rules)
        try:
            async with asyncio.timeout_at(self._until):
                return await self._follow(url, kinds or frozenset(_TEXT), dict(headers or {}))
        except TimeoutError:
            raise Unreadable(f"{url.host} took too long to answer. Try again, or paste the text.") from None
        except aiohttp.ClientConnectorCertificateError:
            raise Unreadable(f"{url.host} shows no valid certificate, so its page cannot be trusted.") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if isinstance(cause := error.__cause__, RefusedAddress):
                raise cause from None
            raise Unreadable(f"{url.host} could not be reached. Is the address right?") from None

    async def _follow(self, url: URL, kinds: frozenset[str], headers: dict[str, str]) -> Fetched:
        for _ in range(MAX_REDIRECTS + 1):
            async with self._http.get(url, allow_redirects=False, headers=headers) as answer:
                self._check_peer(answer)
                if answer.status in _MOVED and (target := answer.headers.get("Location")):
                    url = checked(str(url.join(URL(target))), self._rules)
                    continue
                etag, changed = (answer.headers.get(name, "")[:_LONGEST_MARK] for name in ("ETag", "Last-Modified"))
                fetched = Fetched(str(url), answer.content_type, "", etag=etag, last_modified=changed)
                if answer.status == _UNCHANGED and headers.keys() & _CONDITIONS:
                    return replace(fetched, is_unchanged=True)
                content = await _read(answer, url, kinds)
                text = decoded(content, declared=answer.charset)
                return replace(fetched, text=text, content=content, charset=answer.charset)
        raise Unreadable(f"{url.host} redirects more than {MAX_REDIRECTS} times. Name the page where it ends.")

    def _check_peer(self, answer: aiohttp.ClientResponse) -> None:
        """The last look: who really is at the other end. A short answer may already have let go of its connection."""
        peer = (
            answer.connection.transport.get_extra_info("peername")
            if answer.connection and answer.connection.transport
            else None
        )
        ip = as_ip(str(peer[0])) if peer else None
        if ip is not None and not may_connect(ip, self._rules):
            raise RefusedAddress(private_words(str(answer.url.host)))


async def _read(answer: aiohttp.ClientResponse, url: URL, kinds: frozenset[str]) -> bytes:
    if not 200 <= answer.status < 300:  # noqa: PLR2004 -- HTTP's own
        raise Unreadable(
            f"{url.host} answered with {answer.status} {answer.reason or ''}".rstrip() + ". Is the address right?"
        )
    if answer.content_type not in kinds:
        shown = answer.content_type[:60]
        raise Unreadable(f"This is no web page but {shown}. Download it and upload the file instead.")
    unpacker = Unpacker(answer.headers.get("Content-Encoding", "").strip().lower(), limit=MAX_BYTES)
    async for chunk in answer.content.iter_chunked(64 * 1024):
        unpacker.feed(chunk)
        if unpacker.is_over:
            break
    return unpacker.content()


@asynccontextmanager
async def fetching(
    *, rules: Rules = PUBLIC, lookup: Lookup = system_lookup, seconds: float = MAX_SECONDS
) -> AsyncIterator[Fetcher]:
    """A fetcher with connections of its own, which end with it."""
    connector = aiohttp.TCPConnector(
        resolver=_CheckedResolver(lookup, rules), use_dns_cache=False, limit_per_host=2, enable_cleanup_closed=False
    )
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers=_HEADERS,
        auto_decompress=False,
        trust_env=False,
        timeout=aiohttp.ClientTimeout(total=None),
    ) as http:
        yield Fetcher(http, rules, seconds=seconds)
