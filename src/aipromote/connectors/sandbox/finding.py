"""Finding out what became of a call to the sandbox network that nobody knows the outcome of."""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import aiohttp

from aipromote import clock
from aipromote.connectors import matching, wire
from aipromote.connectors.contract import (
    Absent,
    Armed,
    Certainty,
    Credentials,
    LookUp,
    Part,
    Processing,
    Published,
    Undecided,
)
from aipromote.connectors.sandbox.answers import NETWORK, bearer, processed, published_post, readable
from aipromote.connectors.wire import Answer

_ARRIVAL_WINDOW = timedelta(seconds=30)
"""A call goes out, and has ended, while the claim that it was armed for lasts."""
VISIBILITY_WINDOW = _ARRIVAL_WINDOW + timedelta(seconds=60)
"""The sandbox shows whatever it stored within 50 seconds; a call armed longer ago than this can no longer turn up."""
_PAGES = 10


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


async def by_key(http: aiohttp.ClientSession, credentials: Credentials, armed: Armed) -> LookUp | None:
    """Ask for the key. Not there counts as absent only when a stored post would certainly show by now.

    None where keys cannot be looked up, whatever the grant said.
    """
    # Asked before the call, so that an answer on its way does not make the window look longer than it was.
    certain = clock.now() - armed.armed_at > VISIBILITY_WINDOW
    answer = await _ask(http, credentials, f"/api/v1/posts/by-key/{quote(armed.key, safe='')}")
    if answer.status == HTTPStatus.NOT_FOUND and answer.code() == "no_look_up_by_key":
        return None
    if _is_not_found(answer):
        return Absent() if certain else Undecided("The sandbox may show a post more than a minute late.")
    found = readable(answer).get("posts")
    published = published_post(found[0]) if isinstance(found, list) and found else processed(answer)
    return published or Undecided(f"{NETWORK} answered with something unreadable.")


async def by_list(http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
    """Read the account's list and compare. Absent only where the network says that its list is complete by now."""
    has_settled = clock.now() > armed.armed_at + matching.AFTER
    candidates: list[matching.Candidate] = []
    path = f"/api/v1/accounts/{quote(credentials.account_id, safe='')}/posts"
    complete_until: datetime | None = None
    for number in range(_PAGES):
        page = readable(await _ask(http, credentials, path))
        listed = _listed(page)
        if listed is None:
            return Undecided(f"{NETWORK} answered with something unreadable.")
        candidates += listed
        complete_until = _moment(page.get("complete_until")) if number == 0 else complete_until
        further = page.get("next")
        reaches_back = any(one.post.published_at < armed.armed_at - matching.BEFORE for one in listed)
        if not isinstance(further, str) or reaches_back:
            break
        path = f"{path.partition('?')[0]}?before={quote(further, safe='')}"
    else:
        complete_until = None  # too many posts to read them all
    if found := matching.find(part, armed, candidates):
        return found
    if complete_until is not None and complete_until > armed.armed_at + _ARRIVAL_WINDOW:
        return Absent()
    return Undecided("It is not in the list, which may be late.", final=has_settled and complete_until is None)


def certainty(credentials: Credentials) -> Certainty:
    """What the account plays, by its grant."""
    grades = {"grade.a": Certainty.EXACT, "grade.c": Certainty.LISTING, "grade.d": Certainty.MATCH}
    return next((grades[scope] for scope in credentials.scope.split() if scope in grades), Certainty.HANDLE)


def _listed(page: dict[str, Any]) -> list[matching.Candidate] | None:
    """The posts on one page of the list; None where it is no list of posts."""
    shown = page.get("posts")
    candidates = [_candidate(one) for one in shown] if isinstance(shown, list) else [None]
    known = [one for one in candidates if one is not None]
    return known if len(known) == len(candidates) else None


def _candidate(shown: Any) -> matching.Candidate | None:
    match published_post(shown), shown:
        case Published() as post, {"text": str(text), **more}:
            links, reply_to = more.get("links"), more.get("reply_to")
            told = links.items() if isinstance(links, dict) else ()
            full = {short: link for short, link in told if short and isinstance(link, str)}
            return matching.Candidate(post, text, reply_to if isinstance(reply_to, str) else None, full_links=full)
        case _:
            return None


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None


async def _ask(http: aiohttp.ClientSession, credentials: Credentials, path: str) -> Answer:
    return await wire.call(http, "GET", f"{credentials.server}{path}", headers=bearer(credentials))


def _is_not_found(answer: Answer) -> bool:
    """In the network's own words: a page that somebody in between could not find says nothing."""
    return answer.status == HTTPStatus.NOT_FOUND and answer.code() == "not_found"
