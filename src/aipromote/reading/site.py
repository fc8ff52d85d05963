"""A whole little site: the page that was named, and up to four more that it links to, as its robots.txt allows."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from aipromote.errors import AipromoteError
from aipromote.reading.addresses import PUBLIC, Rules
from aipromote.reading.apart import read_fetched
from aipromote.reading.errors import Unreadable
from aipromote.reading.fetching import AGENT, MAX_SECONDS, Fetcher, Lookup, fetching, system_lookup
from aipromote.reading.passages import Reading

_TOPICS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(about|company|über|ueber|a-propos|quienes|story|mission)\b",
        r"\b(pricing|prices|plans|preise|tarifs|precios)\b",
        r"\b(team|founders|people|equipe|equipo)\b",
        r"\b(customers|case-stud\w*|testimonials|stories|references|kunden|clients|clientes)\b",
    )
]
_ROBOTS_SECONDS = 4.0
_NOTHING = ["User-agent: *", "Disallow: /"]


@dataclass(frozen=True, slots=True)
class Site:
    """What was read of it, the named page first; and what was not, in words."""

    readings: list[Reading]
    left_out: list[str] = field(default_factory=list)


async def read_site(
    address: str, *, rules: Rules = PUBLIC, lookup: Lookup = system_lookup, seconds: float = MAX_SECONDS
) -> Site:
    """Read it within that time in all. Raises Unreadable when the named page cannot be read."""
    async with fetching(rules=rules, lookup=lookup, seconds=seconds) as fetcher:
        first = await _first(fetcher, address)
        chosen = further_pages(first)
        if not chosen:
            return Site([first])
        robots = await _robots(fetcher, first.source)
        allowed = [page for page in chosen if robots.can_fetch(AGENT, page)]
        left_out = [
            f"{page} was not opened: the site's robots.txt asks for that." for page in chosen if page not in allowed
        ]
        found = await asyncio.gather(*(_further(fetcher, page) for page in allowed))
    readings = [one for one in found if isinstance(one, Reading)]
    return Site([first, *_distinct(readings, first)], left_out + [one for one in found if isinstance(one, str)])


async def _first(fetcher: Fetcher, address: str) -> Reading:
    """Without a scheme, https is tried, and http where nobody answers there."""
    try:
        return await read_fetched(await fetcher.get(address))
    except Unreadable as problem:
        typed = address.strip()
        if "://" in typed or "could not be reached" not in problem.message:
            raise
    return await read_fetched(await fetcher.get(f"http://{typed}"))


async def _further(fetcher: Fetcher, address: str) -> Reading | str:
    try:
        return await read_fetched(await fetcher.get(address))
    except AipromoteError as problem:
        return f"{address} was left out: {problem.message}"


async def _robots(fetcher: Fetcher, address: str) -> RobotFileParser:
    """The site's rules. None there: all is allowed. No answer: nothing but the named page is."""
    rules = RobotFileParser()
    parts = urlsplit(address)
    try:
        async with asyncio.timeout(_ROBOTS_SECONDS):
            page = await fetcher.get(
                f"{parts.scheme}://{parts.netloc}/robots.txt", kinds=frozenset({"text/plain", "text/html"})
            )
        rules.parse(page.text[:500_000].splitlines() if page.media_type == "text/plain" else [])
    except TimeoutError:
        rules.parse(_NOTHING)
    except Unreadable as problem:
        # A refusal (404, 403) is no rule; a site that is broken or silent is left alone.
        rules.parse([] if re.search(r"answered with 4\d\d", problem.message) else _NOTHING)
    rules.modified()
    return rules


def _of_this_site(link: str, host: str, port: int | None) -> str:
    """The link's page, where it is of this site; "" for others, and for what is no address ("localhost:PORT")."""
    try:
        parts = urlsplit(link)
        is_ours = (parts.hostname or "").removeprefix("www.") == host and (parts.port or 0) == (port or 0)
    except ValueError:
        return ""
    return parts._replace(fragment="", query="").geturl() if is_ours else ""


def further_pages(first: Reading) -> list[str]:
    """One page on each topic, of the same site, in the order of the topics."""
    home = urlsplit(first.source)
    host = (home.hostname or "").removeprefix("www.")
    links = [(page, one.text) for one in first.of("link") if (page := _of_this_site(one.name, host, home.port))]
    chosen: list[str] = []
    for topic in _TOPICS:
        fitting = [
            page
            for page, label in links
            if page not in {*chosen, first.source} and topic.search(f"{urlsplit(page).path} {label}")
        ]
        chosen += sorted(set(fitting), key=lambda page: (page.count("/"), fitting.index(page)))[:1]
    return chosen


def _distinct(readings: Sequence[Reading], first: Reading) -> list[Reading]:
    """Without pages that redirected to one another."""
    found = {one.source: one for one in readings if one.source != first.source}
    return list(found.values())
