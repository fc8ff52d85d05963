"""Comments under the channel's own videos. YouTube takes no key with one, so a lost answer is settled by its text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

from aipromote import clock
from aipromote.connectors import matching, wire
from aipromote.connectors.contract import Armed, Credentials, LookUp, Part, Published, Undecided
from aipromote.connectors.matching import Candidate
from aipromote.connectors.youtube import files
from aipromote.connectors.youtube.answers import NETWORK, bearer, items, refuse

MAX_LENGTH = 10_000
_PATH = "/youtube/v3/commentThreads"
_UNTIL = timedelta(minutes=12)


def address(video: str, comment: str) -> str:
    """The page that shows the comment first."""
    return f"https://www.youtube.com/watch?v={video}&lc={comment}"


async def write(http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> Published:
    """Write it under the video, once."""
    video = str(part.reply_to)
    said = {"snippet": {"textOriginal": part.text}}
    answer = await wire.call(
        http,
        "POST",
        f"{credentials.server}{_PATH}?part=snippet",
        publishes=True,
        headers=bearer(credentials),
        json={"snippet": {"videoId": video, "topLevelComment": said}},
    )
    if not answer.is_success or not answer.fact("id"):
        refuse(answer)
    if not all(files.is_id(piece) for piece in answer.fact("id").split(".")):
        raise answer.unusable(NETWORK)
    return Published(answer.fact("id"), address(video, answer.fact("id")), armed.armed_at)


async def find(http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
    """Read the newest comments of the video."""
    video = str(part.reply_to)
    where = {"part": "snippet", "videoId": video, "order": "time", "maxResults": "100", "textFormat": "plainText"}
    answer = await wire.call(http, "GET", f"{credentials.server}{_PATH}", headers=bearer(credentials), params=where)
    mine = (_candidate(one, video, credentials) for one in items(answer))
    found = matching.find(part, armed, [one for one in mine if one is not None])
    if isinstance(found, Published):
        return Published(found.platform_post_id, found.url, armed.armed_at)
    is_over = clock.now() - armed.armed_at > _UNTIL
    return found or Undecided("YouTube does not show the comment.", final=is_over)


def _candidate(thread: dict[str, Any], video: str, credentials: Credentials) -> Candidate | None:
    try:
        number = thread["id"]
        said = thread["snippet"]["topLevelComment"]["snippet"]
        if said["authorChannelId"]["value"] != credentials.account_id or not isinstance(number, str):
            return None
        moment = datetime.fromisoformat(said["publishedAt"]).replace(tzinfo=UTC)
        text = said.get("textOriginal", said["textDisplay"])
    except (KeyError, TypeError, ValueError):
        return None
    return Candidate(Published(number, address(video, number), moment), str(text), reply_to=video)
