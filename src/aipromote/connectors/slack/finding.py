"""Finding out what became of a call: the channel or the thread is read for the key that the message carries.

Files that Slack shares by itself carry no key; the message is known by their numbers. It may come minutes later, so
that it is not in sight proves nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import aiohttp

from aipromote import clock
from aipromote.connectors import clocks, matching
from aipromote.connectors.contract import Armed, Credentials, LookUp, Part, Processing, Undecided
from aipromote.connectors.slack import files, messages, web
from aipromote.connectors.slack.messages import Place
from aipromote.connectors.wire import Answer

_ARRIVAL_WINDOW = timedelta(seconds=60)
"""After this long a call that was cut off can no longer be on its way."""
_PAGE, _PAGES = "100", 5
SHARING = timedelta(seconds=5)


async def look_up(
    http: aiohttp.ClientSession, credentials: Credentials, where: Place, part: Part, armed: Armed
) -> LookUp:
    """The message, or whether it can be said that there is none."""
    arrived = clock.now() - armed.armed_at > _ARRIVAL_WINDOW  # asked before the call, so that the window is not longer
    shared = files.uploaded(armed.prepared) if armed.prepared is not None else None  # the part comes without its files
    awaited = set(shared.numbers) if shared is not None and shared.is_shared else set()
    if armed.handle is not None:
        awaited.add(armed.handle)
    read = await _around(http, credentials, where, part, armed)
    if read is None:
        return Undecided("The channel has too many messages to be read through.")
    seen, answer = read
    for one in seen:
        post = messages.told(one, where)
        if post is not None and (_carries(one, armed.key) or (awaited and awaited & files.numbers_of(one))):
            return post
    if awaited:
        if armed.handle is not None:
            return Processing(armed.handle, "Slack is still working on the files.", SHARING)
        return Undecided("Slack may still be working on the files.")
    return clocks.absent(answer) if arrived else Undecided("The call may still be on its way.")


async def _around(
    http: aiohttp.ClientSession, credentials: Credentials, where: Place, part: Part, armed: Armed
) -> tuple[list[Any], Answer] | None:
    """All messages of the time around the call, and the last answer; None where there are too many."""
    thread = messages.thread(part)
    method = "conversations.history" if thread is None else "conversations.replies"
    fields = {
        "channel": where.channel,
        "oldest": _stamp(armed.armed_at - matching.BEFORE),
        "latest": _stamp(armed.armed_at + matching.AFTER),
        "inclusive": "true",
        "include_all_metadata": "true",
        "limit": _PAGE,
    } | ({} if thread is None else {"ts": thread})
    seen: list[Any] = []
    for _ in range(_PAGES):
        answer = await web.ask(http, credentials, method, **fields)
        page = web.readable(answer).get("messages")
        if not isinstance(page, list):
            raise answer.unusable(web.NETWORK)
        seen += page
        cursor = answer.fact("response_metadata", "next_cursor")
        if not cursor and answer.at("has_more") is not True:
            return seen, answer
        if not cursor:
            return None
        fields["cursor"] = cursor
    return None


def _carries(message: Any, key: str) -> bool:
    metadata = message.get("metadata") if isinstance(message, dict) else None
    if not isinstance(metadata, dict) or metadata.get("event_type") != messages.EVENT:
        return False
    payload = metadata.get("event_payload")
    return isinstance(payload, dict) and payload.get("key") == key


def _stamp(instant: datetime) -> str:
    return f"{instant.timestamp():.6f}"
