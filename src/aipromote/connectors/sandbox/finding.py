"""Finding out what became of a call to the sandbox network that nobody knows the outcome of."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from urllib.parse import quote

import aiohttp

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.contract import Absent, Armed, Credentials, LookUp, Processing, Published, Undecided
from aipromote.connectors.sandbox.answers import NETWORK, bearer, processed, published_post, readable
from aipromote.connectors.wire import Answer

VISIBILITY_WINDOW = timedelta(seconds=60)
"""The sandbox shows whatever it stored within 50 seconds; a call armed longer ago than this can no longer turn up."""


async def by_handle(
    http: aiohttp.ClientSession, credentials: Credentials, armed: Armed
) -> Published | Processing | None:
    """What the network says of the work that it has begun; None where it has begun none or has forgotten it."""
    if armed.handle is None:
        return None
    answer = await _ask(http, credentials, f"/api/v1/posts/status/{quote(armed.handle, safe='')}")
    if _is_not_found(answer):
        return None
    readable(answer)
    found = processed(answer)
    if found is None:
        raise answer.unusable(NETWORK)
    return found


async def by_key(http: aiohttp.ClientSession, credentials: Credentials, armed: Armed) -> LookUp:
    """Ask for the key. Not there counts as absent only when a stored post would certainly show by now."""
    # Asked before the call, so that an answer on its way does not make the window look longer than it was.
    certain = clock.now() - armed.armed_at > VISIBILITY_WINDOW
    answer = await _ask(http, credentials, f"/api/v1/posts/by-key/{quote(armed.key, safe='')}")
    if _is_not_found(answer):
        return Absent() if certain else Undecided("The sandbox may show a post up to a minute late.")
    found = readable(answer).get("posts")
    published = published_post(found[0]) if isinstance(found, list) and found else processed(answer)
    return published or Undecided(f"{NETWORK} answered with something unreadable.")


async def _ask(http: aiohttp.ClientSession, credentials: Credentials, path: str) -> Answer:
    return await wire.call(http, "GET", f"{credentials.server}{path}", headers=bearer(credentials))


def _is_not_found(answer: Answer) -> bool:
    """In the network's own words: a page that somebody in between could not find says nothing."""
    return answer.status == HTTPStatus.NOT_FOUND and answer.code() == "not_found"
