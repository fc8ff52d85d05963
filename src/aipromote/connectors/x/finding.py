"""Finding a post of ours in the account's own timeline: X takes no key, so only the text can tell (grade D).

X gives texts back with its own short links, and adds one of its own for each picture or film.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import aiohttp

from aipromote import clock
from aipromote.connectors import matching, wire
from aipromote.connectors.contract import Armed, Credentials, LookUp, Part, Published, Undecided
from aipromote.connectors.wire import Answer
from aipromote.connectors.x.answers import NETWORK, bearer, is_id, made_at, readable

_PAGES = 3
_PAGE_SIZE = 100
_SAME_SECOND = timedelta(seconds=2)
_OF_A_FILE = re.compile(r"/status/\d+/(?:photo|video)/\d+")
_SHORTENERS = frozenset({"t.co"})


async def by_text(http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
    """What the timeline shows since shortly before the call. It promises nothing, so nothing is ever absent."""
    has_settled = clock.now() > armed.armed_at + matching.AFTER
    query = {
        "max_results": str(_PAGE_SIZE),
        "exclude": "retweets",
        "start_time": (armed.armed_at - matching.BEFORE).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "tweet.fields": "created_at,text,referenced_tweets,entities",
    }
    url = f"{credentials.server}/2/users/{quote(credentials.account_id, safe='')}/tweets"
    candidates: list[matching.Candidate] = []
    for _ in range(_PAGES):
        answer = await wire.call(http, "GET", url, headers=bearer(credentials), params=query)
        candidates += _listed(answer, part, credentials)
        further = answer.fact("meta", "next_token")
        if not further:
            break
        query["pagination_token"] = further
    else:
        return Undecided("There are too many posts of that time to read them all.", final=has_settled)
    found = matching.find(part, armed, candidates, shorteners=_SHORTENERS)
    return found or Undecided("The timeline does not show it, which may be late.", final=has_settled)


def published(post_id: str, *, near: datetime, within: timedelta) -> Published:
    """The post, at the moment that its number tells, unless that is not `near` enough to be believed."""
    told = made_at(post_id)
    moment = told if abs(told - near) <= within else near
    return Published(post_id, f"https://x.com/i/web/status/{post_id}", moment)


def _listed(answer: Answer, part: Part, credentials: Credentials) -> list[matching.Candidate]:
    """The posts on one page. An empty page has no `data`, but says in `meta` that it is empty."""
    body = readable(answer)
    shown = body.get("data", [] if answer.at("meta", "result_count") == 0 else None)
    if not isinstance(shown, list):
        raise answer.unusable(NETWORK)
    candidates = [_candidate(one, part, credentials) for one in shown]
    if None in candidates:
        raise answer.unusable(NETWORK)
    return [one for one in candidates if one is not None]


def _candidate(shown: Any, part: Part, credentials: Credentials) -> matching.Candidate | None:
    try:
        post_id, text, moment = shown["id"], shown["text"], datetime.fromisoformat(shown["created_at"])
    except (KeyError, TypeError, ValueError):
        return None
    if not is_id(post_id) or not isinstance(text, str) or not moment.tzinfo:
        return None
    post = published(post_id, near=moment, within=_SAME_SECOND)
    entities = shown.get("entities")
    entities = entities if isinstance(entities, dict) else {}
    text, full_links = _as_written(text, _dicts(entities.get("urls")))
    reply_to = next(
        (one.get("id") for one in _dicts(shown.get("referenced_tweets")) if one.get("type") == "replied_to"), None
    )
    if reply_to is not None and not part.text.startswith("@"):
        text = _without_own_name(text, _dicts(entities.get("mentions")), credentials.account_id)
    return matching.Candidate(post, text, reply_to, full_links)


def _as_written(text: str, urls: list[dict[str, Any]]) -> tuple[str, dict[str, str]]:
    """The text without the links that X added for files, and what its other short links stand for."""
    full_links: dict[str, str] = {}
    for one in urls:
        short, full = one.get("url"), one.get("expanded_url")
        if not isinstance(short, str) or not isinstance(full, str) or not short:
            continue
        if "media_key" in one or _OF_A_FILE.search(full):
            text = text.replace(short, " ")
        else:
            full_links[short] = full
    return text, full_links


def _without_own_name(text: str, mentions: list[dict[str, Any]], account_id: str) -> str:
    """X may put the name of whom one answers before the text: in a thread that is one's own."""
    first = next((one for one in mentions if one.get("start") == 0 and one.get("id") == account_id), None)
    end = first.get("end") if first else None
    return text[end:] if isinstance(end, int) else text


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
