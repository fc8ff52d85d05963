"""Finding a post or comment of a page in LinkedIn's lists. What a person posted cannot be listed with usual scopes.

LinkedIn answers a repeat with the name of the post that it repeats. That is no way to find out: where the first call
did not arrive, the repeat publishes; and the post that is named may have been deleted. So nothing is repeated here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import aiohttp

from aipromote import clock
from aipromote.connectors import clocks, matching
from aipromote.connectors.contract import Absent, Armed, Credentials, LookUp, Part, Published, Undecided
from aipromote.connectors.linkedin import rest
from aipromote.connectors.linkedin.rest import NETWORK
from aipromote.connectors.linkedin.text import plain
from aipromote.connectors.wire import Answer

_PAGES, _SIZE = 5, 50
_SAME_MOMENT = timedelta(seconds=30)
_UNPUBLISHED = frozenset({"DRAFT", "PUBLISH_FAILED"})


async def among_posts(http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
    """Compare with the author's posts, the last changed first, back to before the call."""
    has_settled = clock.now() > armed.armed_at + matching.AFTER
    since = armed.armed_at - matching.BEFORE
    author = rest.encoded(credentials.account_id)
    candidates: list[matching.Candidate] = []
    for number in range(_PAGES):
        path = f"/rest/posts?author={author}&q=author&count={_SIZE}&start={number * _SIZE}&sortBy=LAST_MODIFIED"
        shown, answer = await _elements(http, credentials, path)
        candidates += [one for one in map(_post, shown) if one is not None]
        changed = [moment for one in shown if (moment := rest.epoch(one.get("lastModifiedAt")))]
        if len(shown) < _SIZE or (changed and min(changed) < since):
            break
    else:
        return Undecided("There are too many posts of that time to read them all.", final=has_settled)
    return _judged(part, armed, candidates, absent=clocks.absent(answer) if has_settled else None)


async def among_comments(http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
    """Compare with the comments under the post."""
    has_settled = clock.now() > armed.armed_at + matching.AFTER
    target = object_of(part)
    candidates: list[matching.Candidate] = []
    for number in range(_PAGES):
        path = f"/rest/socialActions/{rest.encoded(target)}/comments?count={_SIZE}&start={number * _SIZE}"
        shown, answer = await _elements(http, credentials, path)
        mine = [one for one in shown if one.get("actor") == credentials.account_id]
        candidates += [one for one in (_comment(one, part, target) for one in mine) if one is not None]
        if len(shown) < _SIZE:
            break
    else:
        return Undecided("There are too many comments to read them all.", final=has_settled)
    return _judged(part, armed, candidates, absent=clocks.absent(answer) if has_settled else None)


def object_of(part: Part) -> str:
    """What a comment stands under: the post, also where the part before is a comment itself."""
    return part.root or part.reply_to or ""


def published(urn: str, *, near: datetime, within: timedelta) -> Published:
    """A post, at the moment that its number tells where that can be believed."""
    address = f"https://www.linkedin.com/feed/update/{urn}/"
    return Published(urn, address, rest.moment_of(urn, near=near, within=within))


def commented(urn: str, target: str, *, moment: datetime) -> Published:
    """A comment under a post."""
    address = f"https://www.linkedin.com/feed/update/{target}/?commentUrn={rest.encoded(urn)}"
    return Published(urn, address, moment)


def comment_name(shown: dict[str, Any], target: str) -> str | None:
    """The comment's URN, as told or made of its number and what it stands under."""
    told, number = shown.get("commentUrn"), shown.get("id")
    if isinstance(told, str) and told.startswith("urn:li:comment:"):
        return told
    return f"urn:li:comment:({target},{number})" if isinstance(number, str) and number.isdigit() else None


def made_at(shown: dict[str, Any]) -> datetime | None:
    """When a comment was made."""
    created = shown.get("created")
    return rest.epoch(created.get("time")) if isinstance(created, dict) else None


def _judged(
    part: Part, armed: Armed, candidates: list[matching.Candidate], *, absent: Absent | Undecided | None
) -> LookUp:
    found = matching.find(part, armed, candidates, shorteners={"lnkd.in"})
    if found is not None:
        return found
    return absent or Undecided("LinkedIn does not list it, which may be late.")


async def _elements(
    http: aiohttp.ClientSession, credentials: Credentials, path: str
) -> tuple[list[dict[str, Any]], Answer]:
    answer = await rest.call(http, "GET", credentials, path, rest_method="FINDER" if "q=author" in path else None)
    elements = rest.readable(answer, credentials).get("elements")
    if not isinstance(elements, list) or not all(isinstance(one, dict) for one in elements):
        raise answer.unusable(NETWORK)
    return elements, answer


def _post(shown: dict[str, Any]) -> matching.Candidate | None:
    urn, commentary = shown.get("id"), shown.get("commentary") or ""
    moments = (rest.epoch(shown.get(name)) for name in ("publishedAt", "firstPublishedAt", "createdAt"))
    moment = next((one for one in moments if one is not None), None)
    if not isinstance(urn, str) or not isinstance(commentary, str) or moment is None:
        return None
    if shown.get("lifecycleState") in _UNPUBLISHED:
        return None
    return matching.Candidate(published(urn, near=moment, within=_SAME_MOMENT), plain(commentary))


def _comment(shown: dict[str, Any], part: Part, target: str) -> matching.Candidate | None:
    urn, moment = comment_name(shown, target), made_at(shown)
    message = shown.get("message")
    text = message.get("text") if isinstance(message, dict) else None
    if urn is None or moment is None or not isinstance(text, str):
        return None
    return matching.Candidate(commented(urn, target, moment=moment), text, part.reply_to)
