"""The connector to Instagram, for professional accounts that are connected by Instagram's own login.

A post is built as a container, whose status makes a lost answer certain, and then published. `account_id` is the
number of the account. `platform_post_id` is the number of the post, or `comment:` and the number of a comment: there
are no threads, so a part that answers another one is a comment under the post.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import aiohttp

from aipromote.connectors import containers, meta, meta_tokens, wire
from aipromote.connectors.base import Network
from aipromote.connectors.capabilities import (
    JPEG,
    MEGABYTE,
    MP4,
    QUICKTIME,
    Capabilities,
    ImageRules,
    LinkStyle,
    VideoRules,
)
from aipromote.connectors.containers import Plan
from aipromote.connectors.contract import (
    Armed,
    Certainty,
    Consent,
    Credentials,
    Grant,
    LookUp,
    Media,
    Metrics,
    Part,
    Prepared,
    Profile,
    Published,
)
from aipromote.connectors.errors import AccountLimit, ConnectorError, MediaRejected, Rejected
from aipromote.connectors.instagram import comments
from aipromote.connectors.instagram.graph import API, CONTAINERS, HOME, SERVER
from aipromote.documents.vocabulary import Platform

SCOPES = (
    "instagram_business_basic",
    "instagram_business_content_publish",
    "instagram_business_manage_comments",
    "instagram_business_manage_insights",
)
_MOST_FILES = 10
_COUNTERS = ("views", "reach", "likes", "comments", "saved", "shares")


class InstagramConnector(Network):
    """Implements `OAuthConnector`."""

    name = "instagram"
    platform = Platform.INSTAGRAM
    server = SERVER
    needs_app = True
    certainty = Certainty.HANDLE
    scopes = frozenset(SCOPES[:2])
    can = Capabilities(
        images=ImageRules(frozenset({JPEG}), 8 * MEGABYTE, min_width=320, min_ratio=0.8, max_ratio=1.91),
        max_images=_MOST_FILES,
        # One page of Instagram's says 300 MB, an older one a gigabyte.
        videos=VideoRules(frozenset({MP4, QUICKTIME}), 300 * MEGABYTE, min_seconds=3, max_seconds=15 * 60),
        max_videos=_MOST_FILES,
        mixes_media=True,
        needs_media=True,
        max_alt_text=1000,
        link=LinkStyle.NONE,
        has_first_comment=True,
        fetches_media=True,
        counters=frozenset({"impressions", "reach", "likes", "comments", "shares", "saves"}),
    )

    def problems(self, platform: Platform, part: Part) -> list[str]:
        """What is wrong as far as can be known, also with how many files there are; comments have none."""
        found = super().problems(platform, part)
        if len(part.media) > _MOST_FILES:
            found.append(f"Instagram takes {_MOST_FILES} pictures and films in one post; there are {len(part.media)}.")
        if part.position > 0 and part.media:
            found.append("A comment on Instagram takes no files.")
        return found

    def prepares(self, part: Part) -> bool:
        """Whether a container is built: for posts, not for comments."""
        return part.position == 0 and part.reply_to is None

    def authorization_url(self, consent: Consent) -> str:
        """Instagram's consent page. It has no PKCE; `state` and the app's secret stand in for it."""
        assert consent.app is not None
        query = {
            "enable_fb_login": "0",
            "client_id": consent.app.client_id,
            "redirect_uri": consent.redirect_uri,
            "scope": ",".join(SCOPES),
            "response_type": "code",
            "state": consent.state,
        }
        page = wire.elsewhere(consent.server, usual=SERVER, there="https://www.instagram.com")
        return f"{page}/oauth/authorize?{urlencode(query)}"

    async def exchange(self, http: aiohttp.ClientSession, consent: Consent, *, code: str) -> list[Grant]:
        """Trade the code for a token of an hour, that for one of sixty days, and ask whose it is."""
        host = wire.elsewhere(consent.server, usual=SERVER, there="https://api.instagram.com")
        answer = await meta_tokens.short_lived(http, consent, url=f"{host}/oauth/access_token", code=code)
        try:
            token = meta_tokens.token_of(API, answer)
        except Rejected as refused:
            raise meta_tokens.refused_code(API, refused) from refused
        scope = meta_tokens.permissions_of(answer)
        credentials = await meta_tokens.long_lived(API, http, consent, token=token, kind="ig", scope=scope)
        profile = await self.profile(http, credentials)
        return [Grant(meta_tokens.of_account(credentials, profile), profile)]

    async def refresh(self, http: aiohttp.ClientSession, credentials: Credentials) -> Credentials:
        """Another sixty days."""
        return await meta_tokens.renewed(API, http, credentials, kind="ig")

    async def prepare(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, prepared: str | None
    ) -> Prepared:
        """Build the container; Instagram fetches the files by itself."""
        if not self.prepares(part):
            return Prepared()
        return await CONTAINERS.prepare(http, credentials, _plan(part), prepared)

    async def publish(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed
    ) -> Published:
        """Publish the container, or write the comment, once."""
        if part.reply_to is not None:
            return await comments.write(http, credentials, part)
        try:
            name = await CONTAINERS.publish(http, credentials, armed.prepared)
        except AccountLimit as full:
            words = await _quota(http, credentials) or full.reason
            raise AccountLimit(words, code=full.code, retry_at=full.retry_at) from full
        return await CONTAINERS.shown(http, credentials, name, home=HOME)

    async def look_up(self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
        """Ask the container, or read the comments."""
        seek = CONTAINERS.look_up if part.reply_to is None else comments.look_up
        return await seek(http, credentials, part, armed)

    async def metrics(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> Metrics:
        """What Instagram counts for this kind of post; for a comment its likes."""
        if platform_post_id.startswith(comments.PREFIX):
            return await comments.metrics(http, credentials, platform_post_id)
        told = await API.insights(http, credentials, f"{platform_post_id}/insights", _COUNTERS)
        return Metrics(
            impressions=told.get("views"),
            reach=told.get("reach"),
            likes=told.get("likes"),
            comments=told.get("comments"),
            shares=told.get("shares"),
            saves=told.get("saved"),
        )

    async def profile(self, http: aiohttp.ClientSession, credentials: Credentials) -> Profile:
        """The account behind the token. Its `id` is another one for each app; `user_id` is what calls go by."""
        fields = "user_id,username,name,account_type,followers_count,follows_count,media_count"
        answer = await API.get(http, credentials, "me", fields=fields)
        body = API.readable(answer)
        name, handle = str(body.get("user_id") or ""), answer.fact("username")
        if not name.isdigit() or not handle:
            raise answer.unusable(API.network)
        return Profile(
            account_id=name,
            handle=handle,
            display_name=answer.fact("name") or None,
            profile_url=f"{HOME}{handle}/",
            followers=meta.number(body.get("followers_count")),
            following=meta.number(body.get("follows_count")),
            posts=meta.number(body.get("media_count")),
        )

    async def delete(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> None:
        """Take a comment down. Instagram may refuse to let apps delete posts, and says so."""
        await API.delete(http, credentials, platform_post_id.removeprefix(comments.PREFIX))


def _plan(part: Part) -> Plan:
    """The fields of the container: a picture, a reel, or a carousel."""
    if not part.media:
        raise MediaRejected("Instagram takes no post without a picture or video.")
    words = {"caption": part.text} if part.text else {}
    urls = containers.addresses(part, API.network)
    wait = timedelta(seconds=60 if any(file.is_video for file in part.media) else 10)
    if len(urls) > 1:
        files = [
            _file(file, url, "VIDEO") | {"is_carousel_item": "true"} for file, url in zip(part.media, urls, strict=True)
        ]
        return Plan({"media_type": "CAROUSEL", **words}, tuple(files), wait=wait)
    share = {"share_to_feed": "true"} if part.media[0].is_video else {}
    return Plan(_file(part.media[0], urls[0], "REELS") | share | words, wait=wait)


def _file(file: Media, url: str, kind_of_film: str) -> dict[str, str]:
    """A picture is told by its address alone, and only it has words for those who do not see."""
    if file.is_video:
        return {"media_type": kind_of_film, "video_url": url}
    return {"image_url": url, **({"alt_text": file.alt_text} if file.alt_text.strip() else {})}


async def _quota(http: aiohttp.ClientSession, credentials: Credentials) -> str | None:
    """How many posts this account may publish, which Instagram's pages disagree about; None where it is not told."""
    path = f"{credentials.account_id}/content_publishing_limit"
    try:
        answer = await API.get(http, credentials, path, fields="config,quota_usage")
    except ConnectorError:
        return None
    used = meta.number(answer.at("data", 0, "quota_usage"))
    total = meta.number(answer.at("data", 0, "config", "quota_total"))
    if used is None or total is None:
        return None
    return f"Instagram lets this account publish {total} posts in 24 hours; {used} are used."
