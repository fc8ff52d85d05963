"""The connector to X (API v2).

X takes no key and has no way to ask for one, so after a lost answer only the account's own timeline tells: a post that
is found there is ours, one that is not may still come (grade D). A repeat is refused as "duplicate content", which is
no proof either: the same words may be older. `platform_post_id` is X's number of the post.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import aiohttp

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.base import Network
from aipromote.connectors.capabilities import (
    GIF,
    JPEG,
    MEGABYTE,
    MP4,
    PNG,
    QUICKTIME,
    WEBP,
    Capabilities,
    ImageRules,
    LinkStyle,
    VideoRules,
)
from aipromote.connectors.contract import (
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
)
from aipromote.connectors.numbers import count
from aipromote.connectors.x import files, finding, tokens
from aipromote.connectors.x.answers import NETWORK, bearer, is_id, made_at, readable, refuse
from aipromote.documents.vocabulary import Platform

_CLOCKS_DIFFER = timedelta(hours=1)
_COUNTED_PRIVATELY = timedelta(days=29)
"""X tells an account the clicks on its posts of the last thirty days."""
_GIF_BYTES, _GIF_WIDTH, _GIF_HEIGHT = 15 * MEGABYTE, 1280, 1080


class XConnector(Network):
    """Implements `OAuthConnector`."""

    name = "x"
    platform = Platform.TWITTER
    server = tokens.SERVER
    needs_app = True
    certainty = Certainty.MATCH
    scopes = frozenset({"tweet.read", "tweet.write", "users.read", "media.write"})
    can = Capabilities(
        images=ImageRules(frozenset({JPEG, PNG, GIF, WEBP}), 5 * MEGABYTE),
        max_images=4,
        # The lower of the two ceilings that X documents: longer films depend on what the account pays.
        videos=VideoRules(
            frozenset({MP4, QUICKTIME}), 512 * MEGABYTE, min_seconds=0.5, max_seconds=140, min_ratio=1 / 3, max_ratio=3
        ),
        max_videos=1,
        max_alt_text=1000,
        link=LinkStyle.AUTOMATIC,
        has_threads=True,
        has_first_comment=True,
        counters=frozenset({"impressions", "likes", "comments", "shares", "saves", "clicks"}),
    )

    def problems(self, platform: Platform, part: Part) -> list[str]:
        """What is wrong as far as can be known; a GIF goes alone, and may be larger than a picture."""
        gifs = [file for file in part.media if file.mime_type == GIF]
        if gifs and len(part.media) > 1:
            return [*super().problems(platform, part), "X takes one GIF alone in a post, without other files."]
        found = super().problems(platform, part)
        if not gifs:
            return found
        gif = gifs[0]
        if _GIF_BYTES >= gif.size > 5 * MEGABYTE:
            found = [one for one in found if not one.startswith(f"{gif.name} has {gif.size / MEGABYTE:.1f} MB;")]
        if (gif.width or 0) > _GIF_WIDTH or (gif.height or 0) > _GIF_HEIGHT:
            found.append(f"{gif.name} is larger than the {_GIF_WIDTH} × {_GIF_HEIGHT} pixels that X takes of a GIF.")
        return found

    def authorization_url(self, consent: Consent) -> str:
        """X's consent page."""
        return tokens.consent_page(consent)

    async def exchange(self, http: aiohttp.ClientSession, consent: Consent, *, code: str) -> list[Grant]:
        """Trade the code, and ask whose the tokens are."""
        credentials = await tokens.exchange(http, consent, code)
        profile = await self.profile(http, credentials)
        return [Grant(replace(credentials, account_id=profile.account_id), profile)]

    async def refresh(self, http: aiohttp.ClientSession, credentials: Credentials) -> Credentials:
        """A new pair of tokens; the old refresh token is good once."""
        return await tokens.refresh(http, credentials)

    async def revoke(self, http: aiohttp.ClientSession, credentials: Credentials) -> None:
        """End both tokens."""
        await tokens.revoke(http, credentials)

    async def prepare(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, prepared: str | None
    ) -> Prepared:
        """Upload the files."""
        return await files.bring(http, credentials, part, prepared)

    async def publish(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed
    ) -> Published:
        """Create the post, once."""
        body: dict[str, Any] = {"text": part.text} if part.text or not part.media else {}
        if part.media:
            body["media"] = {"media_ids": files.ready(part, armed.prepared)}
        if part.reply_to is not None:
            body["reply"] = {"in_reply_to_tweet_id": part.reply_to}
        url = f"{credentials.server}/2/tweets"
        answer = await wire.call(http, "POST", url, publishes=True, headers=bearer(credentials), json=body)
        post_id = answer.fact("data", "id")
        if not answer.is_success or not is_id(post_id):  # a success may speak of errors, too: the number decides
            refuse(answer)
        return finding.published(post_id, near=clock.now(), within=_CLOCKS_DIFFER)

    async def look_up(self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
        """Compare the text with the account's timeline."""
        return await finding.by_text(http, credentials, part, armed)

    async def metrics(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> Metrics:
        """What X counts. Clicks are told for thirty days; after that they are not known any more."""
        is_young = is_id(platform_post_id) and clock.now() - made_at(platform_post_id) < _COUNTED_PRIVATELY
        shown = await _counters(http, credentials, platform_post_id, private=is_young)
        if shown is None and is_young:  # X withholds the whole post where it withholds a field
            shown = await _counters(http, credentials, platform_post_id, private=False)
        if shown is None:
            return Metrics()
        public, private = shown
        reposts, quotes = count(public.get("retweet_count")), count(public.get("quote_count"))
        return Metrics(
            impressions=count(public.get("impression_count")),
            likes=count(public.get("like_count")),
            comments=count(public.get("reply_count")),
            shares=None if reposts is None else reposts + (quotes or 0),
            saves=count(public.get("bookmark_count")),
            clicks=count(private.get("url_link_clicks")),
        )

    async def profile(self, http: aiohttp.ClientSession, credentials: Credentials) -> Profile:
        """The account behind the token."""
        url = f"{credentials.server}/2/users/me"
        answer = await wire.call(
            http, "GET", url, headers=bearer(credentials), params={"user.fields": "public_metrics"}
        )
        readable(answer)
        account_id, handle = answer.fact("data", "id"), answer.fact("data", "username")
        if not is_id(account_id) or not handle:
            raise answer.unusable(NETWORK)
        return Profile(
            account_id=account_id,
            handle=handle,
            display_name=answer.fact("data", "name") or None,
            profile_url=f"https://x.com/{handle}",
            followers=count(answer.at("data", "public_metrics", "followers_count")),
            following=count(answer.at("data", "public_metrics", "following_count")),
            posts=count(answer.at("data", "public_metrics", "tweet_count")),
        )

    async def delete(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> None:
        """Take the post down; one that X does not find is gone."""
        url = f"{credentials.server}/2/tweets/{quote(platform_post_id, safe='')}"
        answer = await wire.call(http, "DELETE", url, headers=bearer(credentials))
        if answer.status == 404 and answer.fact("title"):  # noqa: PLR2004 -- HTTP's own number
            return
        if answer.at("data", "deleted") is not True:
            refuse(answer)


async def _counters(
    http: aiohttp.ClientSession, credentials: Credentials, post_id: str, *, private: bool
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The public and the private counters of a post; None where X shows no such post."""
    fields = "public_metrics,non_public_metrics" if private else "public_metrics"
    url = f"{credentials.server}/2/tweets"
    answer = await wire.call(
        http, "GET", url, headers=bearer(credentials), params={"ids": post_id, "tweet.fields": fields}
    )
    readable(answer)
    shown = answer.at("data", 0)
    if not isinstance(shown, dict):
        if isinstance(answer.at("errors", 0), dict):
            return None
        raise answer.unusable(NETWORK)
    public, kept = shown.get("public_metrics"), shown.get("non_public_metrics")
    return public if isinstance(public, dict) else {}, kept if isinstance(kept, dict) else {}
