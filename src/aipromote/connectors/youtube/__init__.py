"""The connector to YouTube: videos, which YouTube itself calls Shorts when they are upright or square and short.

The video is uploaded as a private one while it is prepared, and YouTube works on it before its time. What is fired is
one change: private to public. The id is known before the call and doing it twice makes no second video, so a lost
answer costs nothing: the video is asked whether it is public. (Keeping the last chunk back would be exact, too, but
only as long as the session lives, and YouTube would find out after the post's time that it cannot use the file.)

`platform_post_id` is the id of the video, or of a comment.
"""

from __future__ import annotations

import re
from datetime import timedelta

import aiohttp

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.base import Network
from aipromote.connectors.capabilities import MEGABYTE, MP4, QUICKTIME, WEBM, Capabilities, LinkStyle, VideoRules
from aipromote.connectors.contract import (
    Absent,
    Armed,
    Certainty,
    Consent,
    Credentials,
    Grant,
    LookUp,
    Metrics,
    Part,
    Prepared,
    Profile,
    Published,
    Undecided,
)
from aipromote.connectors.errors import PolicyBlocked, Rejected, Stale, TargetGone
from aipromote.connectors.youtube import comments, files, tokens
from aipromote.connectors.youtube.answers import NETWORK, bearer, count, items, meaning, refuse
from aipromote.documents.vocabulary import Platform

_ARRIVAL_WINDOW = timedelta(seconds=60)
_SHORT_SECONDS = 180
_LONGEST_VIDEO_ID = 11
_BRACKETS = re.compile(r"[<>]")
_KEPT_PRIVATE = (
    "YouTube keeps the video private: it does so for clients that Google has not audited. It is on the channel, unseen."
)


class YouTubeConnector(Network):
    """Implements `OAuthConnector`."""

    name = "youtube"
    platform = Platform.YOUTUBE_SHORTS
    server = tokens.SERVER
    needs_app = True
    certainty = Certainty.EXACT
    scopes = frozenset({tokens.SCOPE})
    can = Capabilities(
        # YouTube takes 256 GB; what is longer than three minutes or lies on its side is a video, but no Short.
        videos=VideoRules(
            frozenset({MP4, QUICKTIME, WEBM}), 2048 * MEGABYTE, max_seconds=_SHORT_SECONDS, max_ratio=1.0
        ),
        max_videos=1,
        needs_media=True,
        max_title=100,
        needs_title=True,
        link=LinkStyle.NONE,  # Shorts show addresses in descriptions as plain text
        has_first_comment=True,
        counters=frozenset({"impressions", "likes", "comments"}),
    )

    def problems(self, platform: Platform, part: Part) -> list[str]:
        """What is wrong as far as can be known. A comment has a length of its own, no title and no file."""
        if part.position > 0 or part.reply_to is not None:
            found = ["A comment on YouTube takes no files."] if part.media else []
            if len(part.text) > comments.MAX_LENGTH:
                found.append(f"A comment on YouTube takes {comments.MAX_LENGTH:,} characters.")
            return found
        found = super().problems(platform, part)
        if _BRACKETS.search(part.text + (part.title or "")):
            found.append("YouTube takes no < and > in titles and descriptions.")
        return found

    def prepares(self, part: Part) -> bool:
        """Whether there is a video to upload; comments have none."""
        return bool(part.media) and part.reply_to is None

    def authorization_url(self, consent: Consent) -> str:
        """Google's consent page, where the person also chooses the channel."""
        return tokens.consent_page(consent)

    async def exchange(self, http: aiohttp.ClientSession, consent: Consent, *, code: str) -> list[Grant]:
        """Trade the code, and ask which channel it opens."""
        opened = await tokens.exchange(http, consent, code)
        profile = await self.profile(http, opened)
        granted = Credentials(
            opened.server,
            opened.access_token,
            opened.refresh_token,
            scope=opened.scope,
            expires_at=opened.expires_at,
            account_id=profile.account_id,
            app=opened.app,
        )
        return [Grant(granted, profile)]

    async def refresh(self, http: aiohttp.ClientSession, credentials: Credentials) -> Credentials:
        """A new access token."""
        return await tokens.refresh(http, credentials)

    async def revoke(self, http: aiohttp.ClientSession, credentials: Credentials) -> None:
        """End the grant."""
        await tokens.revoke(http, credentials)

    async def prepare(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, prepared: str | None
    ) -> Prepared:
        """Upload the video as a private one, and wait until YouTube is done with it."""
        return await files.bring(http, credentials, part, prepared) if self.prepares(part) else Prepared()

    async def publish(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed
    ) -> Published:
        """Make the video public, or write the comment."""
        if part.reply_to is not None:
            return await comments.write(http, credentials, part, armed)
        video = files.read(armed.prepared).video
        if not video:
            raise Stale("The video has to be brought to YouTube first.", code="media")
        # The only PUT that publishes: a repeat changes nothing, so it does not matter that aiohttp may make one.
        answer = await wire.call(
            http,
            "PUT",
            f"{credentials.server}/youtube/v3/videos?part=status",
            publishes=True,
            headers=bearer(credentials),
            json={"id": video, "status": files.visible("public")},
        )
        if not answer.is_success:
            error = meaning(answer)
            raise Stale("The video is not on YouTube any more.", code=error.code) if _is_gone(error) else error
        state = answer.fact("status", "privacyStatus")
        if answer.fact("id") != video or not state:
            raise answer.unusable(NETWORK)
        if state != "public":
            raise PolicyBlocked(_KEPT_PRIVATE, code=state if state.isalpha() else "private")
        return _published(video, armed)

    async def look_up(self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
        """Ask the video whether it is public."""
        if part.reply_to is not None:
            return await comments.find(http, credentials, part, armed)
        video = files.read(armed.prepared).video
        if not video:
            return Undecided("Which video it was is not known any more.", final=True)
        state = await files.video_state(http, credentials, video)
        if state is None:
            return Undecided("The video is not on the channel any more.", final=True)
        if state.get("privacyStatus") == "public":
            return _published(video, armed)
        is_over = clock.now() - armed.armed_at > _ARRIVAL_WINDOW
        return Absent() if is_over else Undecided("The call may still be on its way.")

    async def metrics(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> Metrics:
        """Views (as impressions), likes, comments. A like count that its owner hides stays unknown."""
        where = {"part": "statistics", "id": platform_post_id}
        answer = await wire.call(
            http, "GET", f"{credentials.server}/youtube/v3/videos", headers=bearer(credentials), params=where
        )
        found = next((one.get("statistics") for one in items(answer)), None)
        told = found if isinstance(found, dict) else {}
        return Metrics(
            impressions=count(told.get("viewCount")),
            likes=count(told.get("likeCount")),
            comments=count(told.get("commentCount")),
        )

    async def profile(self, http: aiohttp.ClientSession, credentials: Credentials) -> Profile:
        """The channel behind the token."""
        where = {"part": "snippet,statistics", "mine": "true"}
        answer = await wire.call(
            http, "GET", f"{credentials.server}/youtube/v3/channels", headers=bearer(credentials), params=where
        )
        channels = items(answer)
        if not channels:
            raise Rejected("This Google account has no YouTube channel; make one on YouTube, then connect again.")
        number, told = answer.fact("items", 0, "id"), answer.at("items", 0, "statistics")
        if not files.is_id(number):
            raise answer.unusable(NETWORK)
        counts = told if isinstance(told, dict) else {}
        title = answer.fact("items", 0, "snippet", "title")
        return Profile(
            account_id=number,
            handle=answer.fact("items", 0, "snippet", "customUrl").removeprefix("@") or title or number,
            display_name=title or None,
            profile_url=f"https://www.youtube.com/channel/{number}",
            followers=None if counts.get("hiddenSubscriberCount") else count(counts.get("subscriberCount")),
            posts=count(counts.get("videoCount")),
        )

    async def delete(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> None:
        """Delete the video or the comment; one that is not there is gone."""
        kind = "videos" if len(platform_post_id) <= _LONGEST_VIDEO_ID else "comments"
        answer = await wire.call(
            http,
            "DELETE",
            f"{credentials.server}/youtube/v3/{kind}",
            headers=bearer(credentials),
            params={"id": platform_post_id},
        )
        if not answer.is_success and not _is_gone(meaning(answer)):
            refuse(answer)


def _is_gone(error: Exception) -> bool:
    return isinstance(error, TargetGone)


def _published(video: str, armed: Armed) -> Published:
    return Published(video, f"https://www.youtube.com/shorts/{video}", armed.armed_at)
