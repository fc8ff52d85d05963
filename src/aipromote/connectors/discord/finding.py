"""Finding out what became of a bot's call that nobody knows the outcome of: the channel is read around that time.

Discord does not keep the nonce with a message, so it is found by its author, its text and what it answers. A bot that
may not read the history is shown an empty list, which must not be taken for "it is not there".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from aipromote import clock
from aipromote.connectors import clocks, matching
from aipromote.connectors.contract import Armed, Credentials, LookUp, Part, Undecided
from aipromote.connectors.discord import messages, rest
from aipromote.connectors.discord.places import Place
from aipromote.connectors.wire import Answer

_ARRIVAL_WINDOW = timedelta(seconds=60)
"""After this long a call that was cut off can no longer be on its way."""
_EPOCH_MS = 1_420_070_400_000
_PAGE, _PAGES = 100, 5


async def look_up(
    http: aiohttp.ClientSession, credentials: Credentials, place: Place, part: Part, armed: Armed
) -> LookUp:
    """The message, or whether it can be said that there is none."""
    arrived = clock.now() - armed.armed_at > _ARRIVAL_WINDOW  # asked before the call, so that the window is not longer
    after, seen = snowflake(armed.armed_at - matching.BEFORE), list[Any]()
    for _ in range(_PAGES):
        page, answer = await _page(http, credentials, place, after=str(after))
        seen += page
        if len(page) < _PAGE:
            break
        after = max(int(one["id"]) for one in page)
    else:
        return Undecided("The channel has too many messages to be read through.")
    found = matching.find(part, armed, _candidates(seen, place))
    if found is not None:
        return found
    if not seen and not (await _page(http, credentials, place))[0]:
        return Undecided("Discord shows this bot no messages: it needs “Read message history”.")
    return clocks.absent(answer) if arrived else Undecided("The call may still be on its way.")


def snowflake(instant: datetime) -> int:
    """The smallest number that a message of that time can have."""
    return max(0, int(instant.timestamp() * 1000) - _EPOCH_MS) << 22


async def _page(
    http: aiohttp.ClientSession, credentials: Credentials, place: Place, **where: str
) -> tuple[list[dict[str, Any]], Answer]:
    url = f"{place.root(credentials)}/messages"
    answer = await rest.call(http, "GET", url, credentials, place, limit=str(_PAGE), **where)
    if not answer.is_success:
        rest.refuse(answer)
    if not isinstance(answer.body, list) or any(messages.told(one, place) is None for one in answer.body):
        raise answer.unusable(rest.NETWORK)
    return answer.body, answer


def _candidates(seen: list[dict[str, Any]], place: Place) -> Iterator[matching.Candidate]:
    for one in seen:
        post, author, reference = messages.told(one, place), one.get("author"), one.get("message_reference")
        if post is None or not isinstance(author, dict) or author.get("id") != place.author:
            continue
        reply_to = reference.get("message_id") if isinstance(reference, dict) else None
        yield matching.Candidate(post, str(one.get("content", "")), reply_to)
