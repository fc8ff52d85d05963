"""Finding a post again: by the files that only it can have, or by its text as it was written, in the account's list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import aiohttp

from aipromote import clock
from aipromote.connectors import clocks, matching, wire
from aipromote.connectors.contract import Absent, Armed, Credentials, LookUp, Part, Published, Undecided
from aipromote.connectors.errors import Rejected, Unreachable
from aipromote.connectors.mastodon import answers
from aipromote.connectors.mastodon.uploading import Files
from aipromote.connectors.wire import Answer

ARRIVAL_WINDOW = timedelta(minutes=2)
"""After this long a call that was cut off is no longer worked on: servers give up after a minute."""
_PAGE, _MOST_PAGES = 40, 5
_MOST_TEXTS = 20


async def find(http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
    """Read the list back to when the call was armed.

    A server keeps the key of a call only once it has stored the post. So while the first call may still be worked on, a
    second with the same key could double; until then a server that gives no answer is asked again, not sent to again.
    """
    may_arrive = clock.now() - armed.armed_at <= ARRIVAL_WINDOW
    try:
        found = await _in_list(http, credentials, part, armed)
    except Unreachable as error:
        if may_arrive and not isinstance(error.__cause__, aiohttp.ClientConnectorError):
            return Undecided("The server gives no answer and may still be working on the call.")
        raise
    is_absent = isinstance(found, Absent)
    return Undecided("The call may still be on its way.") if is_absent and may_arrive else found


async def _in_list(
    http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed
) -> Published | Absent | Undecided:
    read = await _since(http, credentials, armed)
    if read is None:
        return Undecided("There are too many newer posts to look through.")
    listed, answer = read
    files = Files.read(armed.prepared)
    for status, post in listed:
        if files is not None and _media_ids(status) & set(files.ids):
            return post  # a file belongs to one post
    if files is not None and files.ids and not part.text.strip():
        return clocks.absent(answer)
    begin, end = armed.armed_at - matching.BEFORE, armed.armed_at + matching.AFTER
    answers_alike = [post for status, post in listed if status.get("in_reply_to_id") == part.reply_to]
    near = [post for post in answers_alike if begin <= post.published_at <= end]
    if len(near) > _MOST_TEXTS:
        return Undecided("There are too many posts of that time to look through.")
    candidates = []
    for post in near:
        text = await _text(http, credentials, post.platform_post_id)
        if text is None:
            return Undecided("The server does not tell what was written, so the post cannot be recognized.")
        candidates.append(matching.Candidate(post, text, part.reply_to))
    return matching.find(part, armed, candidates) or clocks.absent(answer)


async def _since(
    http: aiohttp.ClientSession, credentials: Credentials, armed: Armed
) -> tuple[list[tuple[dict[str, Any], Published]], Answer] | None:
    """The account's own posts since shortly before the call was armed, newest first, and the last answer.

    None where they are too many.
    """
    found: list[tuple[dict[str, Any], Published]] = []
    where = {"limit": str(_PAGE), "exclude_reblogs": "true"}
    for _ in range(_MOST_PAGES):
        url = f"{credentials.server}/api/v1/accounts/{credentials.account_id}/statuses"
        answer = await wire.call(http, "GET", url, headers=answers.bearer(credentials), params=where)
        if not answer.is_success:
            answers.refuse(answer)
        if not isinstance(answer.body, list):
            raise answer.unusable(answers.NETWORK)
        page = [(status, post) for status in answer.body if (post := answers.post(status)) is not None]
        if len(page) < len(answer.body):
            raise answer.unusable(answers.NETWORK)  # an unreadable one might be ours
        found += page
        if not page or page[-1][1].published_at < armed.armed_at - matching.BEFORE:
            return found, answer
        where["max_id"] = page[-1][1].platform_post_id
    return None


async def _text(http: aiohttp.ClientSession, credentials: Credentials, post_id: str) -> str | None:
    """The text as it was written; the post itself has it as HTML, with mentions and links changed."""
    url = f"{credentials.server}/api/v1/statuses/{post_id}/source"
    answer = await wire.call(http, "GET", url, headers=answers.bearer(credentials))
    try:
        answers.readable(answer)
    except Rejected:
        return None
    text = answer.at("text")
    return text if isinstance(text, str) else None


def _media_ids(status: dict[str, Any]) -> set[str]:
    files = status.get("media_attachments")
    return {str(file.get("id")) for file in files if isinstance(file, dict)} if isinstance(files, list) else set()
