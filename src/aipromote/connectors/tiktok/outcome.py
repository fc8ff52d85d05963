"""What became of a post that TikTok was sent: asked by the `publish_id`, or looked for in the list of videos."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import aiohttp

from aipromote import clock
from aipromote.connectors import matching, wire
from aipromote.connectors.contract import Absent, Armed, Credentials, LookUp, Part, Processing, Published, Undecided
from aipromote.connectors.matching import Candidate
from aipromote.connectors.numbers import count
from aipromote.connectors.tiktok import files
from aipromote.connectors.tiktok.answers import NETWORK, ask, failure, is_ok
from aipromote.connectors.tiktok.files import Bringing
from aipromote.connectors.wire import Answer

ASK_AFTER = timedelta(seconds=5)
_MODERATION = timedelta(seconds=60)
_ARRIVAL_WINDOW = timedelta(seconds=60)
_LIST_WINDOW = timedelta(minutes=12)
_ONLY_SELF = "SELF_ONLY"
_FIELDS = "id,create_time,title,video_description,share_url"


async def by_publish_id(http: aiohttp.ClientSession, credentials: Credentials, found: Bringing, armed: Armed) -> LookUp:
    """Ask TikTok. Raises what it refused the post for."""
    answer = await files.status(http, credentials, found.publish_id)
    if answer is None:
        return Undecided("TikTok does not know this call any more.", final=True)
    state = answer.fact("data", "status")
    if state == "FAILED":
        reason = answer.fact("data", "fail_reason")
        if reason in {"internal", "photo_pull_failed"} and found.is_photo:
            return Absent()  # for pictures there is nothing to be brought anew: it can be fired again
        raise failure(reason)
    if state == "PUBLISH_COMPLETE":
        return _complete(answer, found, armed)
    if state == "PROCESSING_UPLOAD" and armed.handle is None:
        return _not_all_there(answer, found, armed)
    if state in {"PROCESSING_UPLOAD", "PROCESSING_DOWNLOAD", "SEND_TO_USER_INBOX"}:
        return working(found, "TikTok is working on it.")
    return Undecided("TikTok answered with something unreadable.")


async def by_list(http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
    """The newest public posts of the account; it promises to list neither pictures nor what only some may see."""
    answer = await ask(http, credentials, f"/v2/video/list/?fields={_FIELDS}", {"max_count": 20})
    videos = answer.at("data", "videos")
    if not isinstance(videos, list):
        raise answer.unusable(NETWORK)
    candidates = [one for one in map(_candidate, videos) if one is not None]
    found = matching.find(part, armed, candidates)
    if found is not None:
        return found
    is_over = clock.now() - armed.armed_at > _LIST_WINDOW
    return Undecided("TikTok does not list it, which proves nothing.", final=is_over)


async def metrics_of(http: aiohttp.ClientSession, credentials: Credentials, post_id: str) -> dict[str, Any]:
    """The counters of one public post; none where TikTok does not list it."""
    fields = "id,like_count,comment_count,share_count,view_count"
    body = {"filters": {"video_ids": [post_id]}}
    answer = await ask(http, credentials, f"/v2/video/query/?fields={fields}", body)
    videos = answer.at("data", "videos")
    if not isinstance(videos, list):
        raise answer.unusable(NETWORK)
    return next((one for one in videos if isinstance(one, dict) and str(one.get("id")) == post_id), {})


def working(found: Bringing, reason: str, *, ask_after: timedelta = ASK_AFTER) -> Processing:
    """TikTok has it and is not done."""
    return Processing(replace(found, url="").handle, reason, ask_after)  # nothing is sent there any more


def taken(answer: Answer) -> str:
    """The `publish_id` of a post that was taken, or nothing."""
    return answer.fact("data", "publish_id")[:100] if is_ok(answer) else ""


def _complete(answer: Answer, found: Bringing, armed: Armed) -> LookUp:
    """The number comes only when TikTok has looked through the post, and never for one that only its owner sees."""
    ids = answer.at("data", "publicaly_available_post_id")  # as TikTok spells it
    number = next((str(one) for one in ids if str(one).isdigit()), None) if isinstance(ids, list) else None
    profile = f"https://www.tiktok.com/@{quote(found.username, safe='')}"
    if number is not None:
        kind = "photo" if found.is_photo else "video"
        return Published(number, f"{profile}/{kind}/{number}", armed.armed_at)
    if found.privacy == _ONLY_SELF:
        return Published(found.publish_id, profile, armed.armed_at)
    return working(found, "TikTok is looking through the post.", ask_after=_MODERATION)


def _not_all_there(answer: Answer, found: Bringing, armed: Armed) -> LookUp:
    arrived = count(answer.at("data", "uploaded_bytes"))
    if arrived is not None and arrived >= found.size:
        return working(found, "TikTok is working on it.")
    is_over = clock.now() - armed.armed_at > _ARRIVAL_WINDOW
    if arrived is None or not is_over:
        return Undecided("The last bytes may still be on their way.")
    return Absent()


def _candidate(one: Any) -> Candidate | None:
    try:
        number, text = str(one["id"]), str(one.get("video_description") or one.get("title") or "")
        moment = datetime.fromtimestamp(int(one["create_time"]), UTC)
        url = str(one["share_url"])
    except (KeyError, TypeError, ValueError, OverflowError, OSError, AttributeError):
        return None
    return Candidate(Published(number, url, moment), text)


async def user(http: aiohttp.ClientSession, credentials: Credentials) -> Answer:
    """Who the account is, as far as the grant lets it tell."""
    granted, fields = credentials.scope.split(), ["open_id", "display_name"]
    if "user.info.profile" in granted:
        fields += ["username", "profile_deep_link"]
    if "user.info.stats" in granted:
        fields += ["follower_count", "following_count", "video_count"]
    url = f"{credentials.server}/v2/user/info/"
    headers = {"Authorization": f"Bearer {credentials.access_token}"}
    return await wire.call(http, "GET", url, headers=headers, params={"fields": ",".join(fields)})
