"""Comments under one's own post: what a further part of a post becomes where there are no threads."""

from __future__ import annotations

from collections.abc import Iterator

import aiohttp

from aipromote import clock
from aipromote.connectors import matching, meta
from aipromote.connectors.contract import Armed, Credentials, LookUp, Metrics, Part, Published, Undecided
from aipromote.connectors.errors import MediaRejected, PermissionMissing, Rejected, TargetGone
from aipromote.connectors.instagram.graph import API, CONTAINERS, HOME
from aipromote.connectors.matching import Candidate
from aipromote.connectors.wire import Answer

PREFIX = "comment:"


async def write(http: aiohttp.ClientSession, credentials: Credentials, part: Part) -> Published:
    """Write it, once."""
    if part.media:
        raise MediaRejected("A comment on Instagram takes no files.")
    name, edge = _under(part)
    answer = await API.post(http, credentials, f"{name}/{edge}", {"message": part.text}, publishes=True)
    try:
        comment = API.named(answer, absent=TargetGone)
    except PermissionMissing as missing:  # of comments, not of posts: the account stays open
        words = f"This Instagram account was connected without comments ({missing.reason.rstrip('.')})."
        raise Rejected(words, code=missing.code) from missing
    shown = await CONTAINERS.shown(http, credentials, name, home=HOME)
    return Published(f"{PREFIX}{comment}", shown.url, clock.now())


async def look_up(http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
    """Find it by its text. Instagram hides comments by rules of its own, so none is certainly absent."""
    name, edge = _under(part)
    answer = await API.get(http, credentials, f"{name}/{edge}", fields="id,text,timestamp", limit="50")
    near = list(_comments(answer, part))
    found = matching.find(part, armed, near)
    if isinstance(found, Published):
        shown = await CONTAINERS.shown(http, credentials, name, home=HOME)
        return Published(found.platform_post_id, shown.url, found.published_at)
    is_last = clock.now() - armed.armed_at > matching.AFTER
    return found or Undecided("The comment is not in Instagram's list.", final=is_last)


async def metrics(http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> Metrics:
    """Its likes."""
    answer = await API.get(http, credentials, platform_post_id.removeprefix(PREFIX), fields="like_count")
    return Metrics(likes=meta.number(API.readable(answer, absent=TargetGone).get("like_count")))


def _under(part: Part) -> tuple[str, str]:
    """What is commented on, and the name of the list of that: the post, also for what follows a comment."""
    target = part.root or part.reply_to or ""
    return target.removeprefix(PREFIX), "replies" if target.startswith(PREFIX) else "comments"


def _comments(answer: Answer, part: Part) -> Iterator[Candidate]:
    for row in API.rows(answer, absent=TargetGone):
        name, at = meta.word(row.get("id")), meta.moment(row.get("timestamp"))
        if name and at:
            yield Candidate(Published(f"{PREFIX}{name}", HOME, at), meta.word(row.get("text")), part.reply_to)
