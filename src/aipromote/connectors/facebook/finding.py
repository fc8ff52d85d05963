"""Finds our post or comment in Facebook's lists, and where a post can be seen."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

import aiohttp

from aipromote import clock
from aipromote.connectors import matching, meta
from aipromote.connectors.contract import Absent, Armed, Credentials, LookUp, Part, Published, Undecided
from aipromote.connectors.errors import ConnectorError, TargetGone
from aipromote.connectors.facebook.graph import API, HOME
from aipromote.connectors.matching import Candidate

_LENGTH = 100
_FIELDS = "id,message,created_time,permalink_url"


async def shown(http: aiohttp.ClientSession, credentials: Credentials, name: str) -> Published:
    """Where a post can be seen and since when. It is out: where that is not told its number leads there, too."""
    with suppress(ConnectorError):
        body = API.readable(await API.get(http, credentials, name, fields="permalink_url,created_time"))
        return _published(name, body, otherwise=clock.now())
    return _published(name, {}, otherwise=clock.now())


async def among_posts(http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
    """By its text. The list is in order of time, so what it would have to show by now is not there."""
    path = f"{credentials.account_id}/published_posts"
    rows = API.rows(await API.get(http, credentials, path, fields=_FIELDS, limit=str(_LENGTH)))
    near = _candidates(rows, part)
    found = matching.find(part, armed, near)
    if found is not None:
        return found
    if clock.now() - armed.armed_at <= matching.AFTER:
        return Undecided("Facebook's list does not show it yet.")
    oldest = min((one.post.published_at for one in near), default=None)
    is_whole = len(rows) < _LENGTH or (oldest is not None and oldest < armed.armed_at - matching.BEFORE)
    return Absent() if is_whole else Undecided("Facebook's list does not go back that far.", final=True)


async def among_comments(http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
    """By its text. Facebook hides comments by rules of its own, so none is certainly absent."""
    fields = {"fields": _FIELDS, "filter": "stream", "order": "reverse_chronological", "limit": str(_LENGTH)}
    rows = API.rows(await API.get(http, credentials, f"{commented(part)}/comments", **fields), absent=TargetGone)
    found = matching.find(part, armed, _candidates(rows, part))
    is_late = clock.now() - armed.armed_at > matching.AFTER
    return found or Undecided("The comment is not in Facebook's list.", final=is_late)


def commented(part: Part) -> str:
    """What is commented on: the post, also by what follows a comment."""
    return part.root or part.reply_to or ""


def _candidates(rows: list[dict[str, Any]], part: Part) -> list[Candidate]:
    return [
        Candidate(_published(name, row, otherwise=at), meta.word(row.get("message")), part.reply_to)
        for row in rows
        if (name := meta.word(row.get("id"))) and (at := meta.moment(row.get("created_time")))
    ]


def _published(name: str, row: Mapping[str, Any], *, otherwise: datetime) -> Published:
    link = meta.word(row.get("permalink_url"))
    return Published(name, link or f"{HOME}{name}", meta.moment(row.get("created_time")) or otherwise)
