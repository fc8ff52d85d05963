"""The connector to TikTok: videos that are sent, pictures that TikTok fetches.

TikTok posts by itself when the last byte of a video has arrived, so the call that opens an upload posts nothing yet.
It is made while the post is prepared, and what is fired is the last chunk: its `publish_id` is known before, every byte
has one place in the file, and a lost answer is settled by asking what became of it. (Opening the upload at the post's
time would have to be repeated blindly when its answer is lost, and two of them are two posts.) Pictures are one call;
if its answer is lost, only the list of posts can tell, which promises nothing.

`platform_post_id` is the number of the post, or the `publish_id` of one that only its owner sees.
"""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import NoReturn

import aiohttp

from aipromote import clock
from aipromote.connectors.base import Network
from aipromote.connectors.capabilities import (
    JPEG,
    MEGABYTE,
    MP4,
    QUICKTIME,
    WEBM,
    WEBP,
    Capabilities,
    ImageRules,
    LinkStyle,
    VideoRules,
)
from aipromote.connectors.contract import (
    Armed,
    Ask,
    Certainty,
    Consent,
    Credentials,
    Grant,
    LookUp,
    Metrics,
    Part,
    Prepared,
    Processing,
    Profile,
    Undecided,
)
from aipromote.connectors.errors import MediaRejected, RateLimited, Rejected, Stale
from aipromote.connectors.numbers import count
from aipromote.connectors.tiktok import files, outcome, tokens
from aipromote.connectors.tiktok.answers import NETWORK, call, is_ok, meaning, refuse
from aipromote.connectors.tiktok.files import Bringing
from aipromote.connectors.wire import Answer
from aipromote.documents.vocabulary import Platform


class TikTokConnector(Network):
    """Implements `OAuthConnector`."""

    name = "tiktok"
    platform = Platform.TIKTOK
    server = tokens.SERVER
    needs_app = True
    asks: tuple[Ask, ...] = (tokens.AUDIENCE,)
    certainty = Certainty.HANDLE
    scopes = frozenset({"video.publish"})
    can = Capabilities(
        images=ImageRules(frozenset({JPEG, WEBP}), 20 * MEGABYTE),
        max_images=35,
        videos=VideoRules(
            frozenset({MP4, QUICKTIME, WEBM}),
            4096 * MEGABYTE,
            max_seconds=600,
            min_width=360,
            min_height=360,
            max_width=4096,
            max_height=4096,
        ),
        max_videos=1,
        needs_media=True,
        link=LinkStyle.NONE,
        max_title=90,
        counters=frozenset({"impressions", "likes", "comments", "shares"}),
    )

    def problems(self, platform: Platform, part: Part) -> list[str]:
        """What is wrong as far as can be known. A video has no title."""
        is_video = any(file.is_video for file in part.media)
        return super().problems(platform, replace(part, title=None) if is_video else part)

    def authorization_url(self, consent: Consent) -> str:
        """TikTok's consent page."""
        return tokens.consent_page(consent)

    async def exchange(self, http: aiohttp.ClientSession, consent: Consent, *, code: str) -> list[Grant]:
        """Trade the code, and ask whose account it opens."""
        opened = await tokens.exchange(http, consent, code)
        return [Grant(opened, await self.profile(http, opened))]

    async def refresh(self, http: aiohttp.ClientSession, credentials: Credentials) -> Credentials:
        """A new pair of tokens."""
        return await tokens.refresh(http, credentials)

    async def revoke(self, http: aiohttp.ClientSession, credentials: Credentials) -> None:
        """End the grant."""
        await tokens.revoke(http, credentials)

    async def prepare(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, prepared: str | None
    ) -> Prepared:
        """Ask what the account may do, and send a video up to its last chunk."""
        return await files.bring(http, credentials, part, prepared) if part.media else Prepared()

    async def publish(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed
    ) -> Processing:
        """Send the last chunk of the video, or the addresses of the pictures, once."""
        found = files.read(armed.prepared)
        if not part.media:
            raise MediaRejected("TikTok takes no post without a picture or video.")
        if found.is_photo:
            return await _publish_pictures(http, credentials, part, found)
        if not found.publish_id or clock.now().timestamp() >= found.until or found.size != part.media[0].size:
            raise Stale("The video has to be brought to TikTok again.", code="media")
        answer = await files.finish(http, part, found)
        if answer.status != HTTPStatus.CREATED:
            _refuse_bytes(answer)
        return outcome.working(found, "TikTok has the whole video and is working on it.")

    async def look_up(self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
        """Ask by `publish_id`; pictures whose call brought none are looked for in the list."""
        found = files.read(armed.handle or armed.prepared)
        if found.publish_id:
            return await outcome.by_publish_id(http, credentials, found, armed)
        if found.is_photo:
            return await outcome.by_list(http, credentials, part, armed)
        return Undecided("Which call it was is not known any more.", final=True)

    async def metrics(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> Metrics:
        """Views (as impressions), likes, comments, shares of a public post."""
        if not platform_post_id.isdigit():
            return Metrics()  # only its owner sees it
        told = await outcome.metrics_of(http, credentials, platform_post_id)
        return Metrics(
            impressions=count(told.get("view_count")),
            likes=count(told.get("like_count")),
            comments=count(told.get("comment_count")),
            shares=count(told.get("share_count")),
        )

    async def profile(self, http: aiohttp.ClientSession, credentials: Credentials) -> Profile:
        """The account behind the token."""
        answer = await outcome.user(http, credentials)
        if not is_ok(answer):
            refuse(answer)
        number = answer.fact("data", "user", "open_id") or credentials.account_id
        username, name = answer.fact("data", "user", "username"), answer.fact("data", "user", "display_name")
        if not number:
            raise answer.unusable(NETWORK)
        return Profile(
            account_id=number,
            handle=username or name or number,
            display_name=name or None,
            profile_url=f"https://www.tiktok.com/@{username}" if username else None,
            followers=count(answer.at("data", "user", "follower_count")),
            following=count(answer.at("data", "user", "following_count")),
            posts=count(answer.at("data", "user", "video_count")),
        )

    async def delete(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> None:
        """TikTok lets no app delete posts."""
        del http, credentials, platform_post_id
        raise Rejected("TikTok lets no app delete posts; delete it in TikTok itself.", code="no_delete")


async def _publish_pictures(
    http: aiohttp.ClientSession, credentials: Credentials, part: Part, found: Bringing
) -> Processing:
    addresses = [file.url for file in part.media]
    if None in addresses:
        raise Stale("The pictures have no public address now.", code="media")
    info = {
        "title": (part.title or "").strip(),
        "description": part.text,
        "privacy_level": found.privacy,
        "disable_comment": found.has_no_comments,
        "auto_add_music": False,
        "brand_organic_toggle": True,
        "brand_content_toggle": False,
    }
    body = {
        "media_type": "PHOTO",
        "post_mode": "DIRECT_POST",
        "post_info": info,
        "source_info": {"source": "PULL_FROM_URL", "photo_images": addresses, "photo_cover_index": 0},
    }
    answer = await call(http, credentials, "/v2/post/publish/content/init/", body, publishes=True)
    if not (publish_id := outcome.taken(answer)):
        refuse(answer)
    return outcome.working(replace(found, publish_id=publish_id), "TikTok is fetching the pictures.")


def _refuse_bytes(answer: Answer) -> NoReturn:
    """A bare status may come from anybody; what became of the last chunk is asked afterwards."""
    error = meaning(answer)
    raise error if isinstance(error, MediaRejected | RateLimited) else answer.unusable(NETWORK)
