"""Finds our own post in the list of what the person posted: by subreddit and title, a comment by its text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

from aipromote import clock
from aipromote.connectors import matching
from aipromote.connectors.contract import Absent, Armed, Credentials, LookUp, Part, Published, Undecided
from aipromote.connectors.matching import Candidate
from aipromote.connectors.reddit import places
from aipromote.connectors.reddit.answers import call, children

_LIMIT = 100
_ARRIVAL_WINDOW, _MEDIA_WINDOW = timedelta(minutes=5), timedelta(minutes=30)
_UNPROVEN = "Reddit does not list it yet."


def post_address(name: str) -> str:
    """The page of a post, from its full name (`t3_…`)."""
    return f"https://www.reddit.com/comments/{name.removeprefix('t3_')}/"


def comment_address(name: str, part: Part) -> str:
    """The page of a comment under our post."""
    return f"{post_address(part.root or str(part.reply_to))}_/{name.removeprefix('t1_')}/"


async def look_up(http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
    """Read the newest hundred. They prove that it is not there if they go back far enough, after some minutes."""
    is_comment = part.reply_to is not None
    path = f"/user/{places.user_of(credentials)}/{'comments' if is_comment else 'submitted'}"
    where = {"sort": "new", "limit": str(_LIMIT), "raw_json": "1"}
    listed = children(await call(http, "GET", credentials, path, params=where))
    if is_comment:
        wanted, candidates = part, [_comment(one, part) for one in listed]
    else:
        wanted = replace(part, text=(part.title or "").strip())
        candidates = [_post(one) for one in listed if _is_there(one, credentials)]
    found = matching.find(wanted, armed, [one for one in candidates if one is not None])
    if isinstance(found, Published):
        return replace(found, published_at=armed.armed_at)  # as the answer to the call, which names no time
    if found is not None:
        return found
    has_files = bool(armed.handle or armed.prepared)  # the part itself comes without them
    window = _MEDIA_WINDOW if has_files else _ARRIVAL_WINDOW
    is_over = clock.now() - armed.armed_at > window
    return Absent() if is_over and _reaches(listed, armed) else Undecided(_UNPROVEN)


def _is_there(one: dict[str, Any], credentials: Credentials) -> bool:
    return str(one.get("subreddit", "")).casefold() == places.target_of(credentials).casefold()


def _reaches(listed: list[dict[str, Any]], armed: Armed) -> bool:
    """Whether the list goes back to before the call: it is short, or its last entry is older."""
    if len(listed) < _LIMIT:
        return True
    moments = [moment for one in listed if (moment := _moment(one)) is not None]
    return bool(moments) and min(moments) < armed.armed_at - matching.BEFORE


def _post(one: dict[str, Any]) -> Candidate | None:
    name, moment = str(one.get("name", "")), _moment(one)
    if not name.startswith("t3_") or moment is None:
        return None
    return Candidate(Published(name, post_address(name), moment), str(one.get("title", "")))


def _comment(one: dict[str, Any], part: Part) -> Candidate | None:
    name, moment = str(one.get("name", "")), _moment(one)
    if not name.startswith("t1_") or moment is None:
        return None
    published = Published(name, comment_address(name, part), moment)
    return Candidate(published, str(one.get("body", "")), reply_to=str(one.get("parent_id", "")))


def _moment(one: dict[str, Any]) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(one["created_utc"]), UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return None
