"""The connector to Threads. Every message is built as a container first, whose status makes a lost answer certain.

`account_id` is the number of the profile, `platform_post_id` that of the post. A thread is a chain of answers; the
container of an answer names what it answers, so it is built as soon as that is out.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import aiohttp

from aipromote.connectors import containers, links, meta, meta_tokens, wire
from aipromote.connectors.base import Network
from aipromote.connectors.capabilities import (
    JPEG,
    MEGABYTE,
    MP4,
    PNG,
    QUICKTIME,
    Capabilities,
    ImageRules,
    LinkStyle,
    VideoRules,
)
from aipromote.connectors.containers import Containers, Plan
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
from aipromote.connectors.errors import (
    PermissionMissing,
    Rejected,
    Stale,
    TargetGone,
)
from aipromote.documents.vocabulary import Platform

SERVER = "https://graph.threads.net"
API = meta.Api("Threads", "v1.0")
SCOPES = (
    "threads_basic",
    "threads_content_publish",
    "threads_manage_replies",
    "threads_read_replies",
    "threads_manage_insights",
    "threads_delete",
)
_HOME = "https://www.threads.net/"
_CONTAINERS = Containers(
    API, "threads", "threads_publish", "status", "error_message", "text", lists=("threads", "replies")
)
_MOST_FILES, _MOST_LINKS = 20, 5
_COUNTERS = ("views", "likes", "replies", "reposts", "quotes", "shares")


class ThreadsConnector(Network):
    """Implements `OAuthConnector`."""

    name = "threads"
    platform = Platform.THREADS
    server = SERVER
    needs_app = True
    certainty = Certainty.HANDLE
    can = Capabilities(
        images=ImageRules(frozenset({JPEG, PNG}), 8 * MEGABYTE, min_width=320, min_ratio=0.1, max_ratio=10),
        max_images=_MOST_FILES,
        videos=VideoRules(frozenset({MP4, QUICKTIME}), 1024 * MEGABYTE, max_seconds=300, max_width=1920),
        max_videos=_MOST_FILES,
        mixes_media=True,
        max_alt_text=1000,
        link=LinkStyle.CARD,
        has_threads=True,
        fetches_media=True,
        counters=frozenset({"impressions", "likes", "comments", "shares"}),
    )

    def problems(self, platform: Platform, part: Part) -> list[str]:
        """What is wrong as far as can be known, also with how many files and links there are."""
        found = super().problems(platform, part)
        if len(part.media) > _MOST_FILES:
            found.append(f"Threads takes {_MOST_FILES} pictures and films in one post; there are {len(part.media)}.")
        addresses = set(_addresses(part.text))
        if len(addresses) > _MOST_LINKS:
            found.append(f"Threads takes {_MOST_LINKS} different links in one post; there are {len(addresses)}.")
        return found

    def prepares(self, part: Part) -> bool:
        """Always: a text has a container, too."""
        del part
        return True

    def authorization_url(self, consent: Consent) -> str:
        """Threads' consent page. It has no PKCE; `state` and the app's secret stand in for it."""
        assert consent.app is not None
        query = {
            "client_id": consent.app.client_id,
            "redirect_uri": consent.redirect_uri,
            "scope": ",".join(SCOPES),
            "response_type": "code",
            "state": consent.state,
        }
        page = wire.elsewhere(consent.server, usual=SERVER, there="https://threads.net")
        return f"{page}/oauth/authorize?{urlencode(query)}"

    async def exchange(self, http: aiohttp.ClientSession, consent: Consent, *, code: str) -> list[Grant]:
        """Trade the code for a token of an hour, that for one of sixty days, and ask whose it is."""
        url = f"{consent.server}/oauth/access_token"
        answer = await meta_tokens.short_lived(http, consent, url=url, code=code)
        try:
            token = meta_tokens.token_of(API, answer)
        except Rejected as refused:
            raise meta_tokens.refused_code(API, refused) from refused
        credentials = await meta_tokens.long_lived(API, http, consent, token=token, kind="th")
        profile = await self.profile(http, credentials)
        return [Grant(meta_tokens.of_account(credentials, profile), profile)]

    async def refresh(self, http: aiohttp.ClientSession, credentials: Credentials) -> Credentials:
        """Another sixty days."""
        return await meta_tokens.renewed(API, http, credentials, kind="th")

    async def prepare(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, prepared: str | None
    ) -> Prepared:
        """Build the container; Threads fetches the files by itself."""
        return await _CONTAINERS.prepare(http, credentials, _plan(part), prepared)

    async def publish(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed
    ) -> Published:
        """Publish the container, once."""
        del part  # it is in the container
        name = await _CONTAINERS.publish(http, credentials, armed.prepared)
        return await _CONTAINERS.shown(http, credentials, name, home=_HOME)

    async def look_up(self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
        """Ask the container."""
        return await _CONTAINERS.look_up(http, credentials, part, armed)

    async def metrics(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> Metrics:
        """Views, likes, replies; reposts, quotes and shares together."""
        told = await API.insights(http, credentials, f"{platform_post_id}/insights", _COUNTERS)
        passed_on = [told[name] for name in ("reposts", "quotes", "shares") if name in told]
        return Metrics(
            impressions=told.get("views"),
            likes=told.get("likes"),
            comments=told.get("replies"),
            shares=sum(passed_on) if passed_on else None,
        )

    async def profile(self, http: aiohttp.ClientSession, credentials: Credentials) -> Profile:
        """The profile behind the token, with its followers where the grant may count them."""
        answer = await API.get(http, credentials, "me", fields="id,username,name")
        name, handle = API.named(answer), answer.fact("username")
        if not handle:
            raise answer.unusable(API.network)
        return Profile(
            account_id=name,
            handle=handle,
            display_name=answer.fact("name") or None,
            profile_url=f"{_HOME}@{handle}",
            followers=await _followers(http, credentials, name),
        )

    async def delete(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> None:
        """Take the post down."""
        await API.delete(http, credentials, platform_post_id)


def _plan(part: Part) -> Plan:
    """The fields of the container: a text with a card for its first link, one file, or a carousel."""
    if part.position > 0 and part.reply_to is None:
        raise Stale("The message before this one is not out yet.")  # without it this would be a post of its own
    words = {"text": part.text} if part.text else {}
    if part.reply_to is not None:
        words["reply_to_id"] = part.reply_to
    absent = PermissionMissing if part.reply_to is None else TargetGone
    if not part.media:
        card = {"link_attachment": found[0]} if (found := _addresses(part.text)) else {}
        whole = {"media_type": "TEXT", **words, **card}
        return Plan(whole, wait=timedelta(seconds=3), absent=absent, refusal=Rejected)
    urls = containers.addresses(part, API.network)
    files = [_file(file, url) for file, url in zip(part.media, urls, strict=True)]
    wait = timedelta(seconds=60 if any(file.is_video for file in part.media) else 10)
    if len(files) == 1:
        return Plan({**files[0], **words}, wait=wait, absent=absent)
    items = tuple({**file, "is_carousel_item": "true"} for file in files)
    return Plan({"media_type": "CAROUSEL", **words}, items, wait=wait, absent=absent)


def _file(file: Media, url: str) -> dict[str, str]:
    fields = {"media_type": "VIDEO", "video_url": url} if file.is_video else {"media_type": "IMAGE", "image_url": url}
    return fields | ({"alt_text": file.alt_text} if file.alt_text.strip() else {})


def _addresses(text: str) -> list[str]:
    """All addresses in the text, in order, in full."""
    found = [(text[link.start : link.end], link.has_scheme) for link in links.find(text)]
    return [address if has_scheme else f"https://{address}" for address, has_scheme in found]


async def _followers(http: aiohttp.ClientSession, credentials: Credentials, name: str) -> int | None:
    try:
        told = await API.insights(http, credentials, f"{name}/threads_insights", ["followers_count"])
    except (Rejected, PermissionMissing):  # a count is no reason to fail
        return None
    return told.get("followers_count")
