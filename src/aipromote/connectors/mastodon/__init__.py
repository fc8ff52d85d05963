"""The connector to Mastodon. Every server is a network of its own: it registers apps and sets its own limits.

A server remembers the key of a call for an hour, so a repeat gives the first post again. After that hour, and while the
first call may still be worked on, only the account's own list of posts tells: see `finding`.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

import aiohttp

from aipromote.connectors import wire
from aipromote.connectors.base import Network
from aipromote.connectors.capabilities import (
    GIF,
    JPEG,
    MEGABYTE,
    MP4,
    PNG,
    QUICKTIME,
    WEBM,
    WEBP,
    Capabilities,
    ImageRules,
    VideoRules,
)
from aipromote.connectors.contract import (
    App,
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
from aipromote.connectors.errors import Stale
from aipromote.connectors.mastodon import answers, connecting, finding, uploading
from aipromote.connectors.mastodon.uploading import Files
from aipromote.connectors.numbers import count
from aipromote.documents.vocabulary import Platform

DEFAULT_SERVER = "https://mastodon.social"


class MastodonConnector(Network):
    """Implements `RegisteringConnector`."""

    name = "mastodon"
    platform = Platform.MASTODON
    server = DEFAULT_SERVER
    is_server_chosen = True
    needs_app = False
    certainty = Certainty.EXACT
    scopes = frozenset(connecting.SCOPES)
    can = Capabilities(
        images=ImageRules(frozenset({JPEG, PNG, GIF, WEBP}), 16 * MEGABYTE),
        max_images=4,
        videos=VideoRules(frozenset({MP4, QUICKTIME, WEBM}), 99 * MEGABYTE),
        max_videos=1,
        max_alt_text=1500,
        has_threads=True,
        counters=frozenset({"likes", "comments", "shares"}),
    )

    async def register(self, http: aiohttp.ClientSession, *, server: str, redirect_uri: str) -> App:
        """Make this installation known to the server."""
        return await connecting.register(http, server=server, redirect_uri=redirect_uri)

    def authorization_url(self, consent: Consent) -> str:
        """The server's consent page."""
        return connecting.authorization_url(consent)

    async def exchange(self, http: aiohttp.ClientSession, consent: Consent, *, code: str) -> list[Grant]:
        """Trade the code for a token, and ask whose it is."""
        opened = await connecting.exchange(http, consent, code=code)
        profile = await self.profile(http, opened)
        return [Grant(replace(opened, account_id=profile.account_id), profile)]

    async def revoke(self, http: aiohttp.ClientSession, credentials: Credentials) -> None:
        """Give the token back."""
        await connecting.revoke(http, credentials)

    async def prepare(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, prepared: str | None
    ) -> Prepared:
        """Upload the files, within what this server takes."""
        return await uploading.prepare(http, credentials, part, prepared)

    async def publish(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed
    ) -> Published:
        """Post with the key, once. Who may see it is what the account's owner has chosen over there."""
        files = Files.read(armed.prepared) or Files()
        if not files.are_those_of(part):
            raise Stale("The files of this post are not uploaded.")
        body = {"status": part.text} | ({"media_ids": files.ids} if files.ids else {})
        answer = await wire.call(
            http,
            "POST",
            f"{credentials.server}/api/v1/statuses",
            publishes=True,
            headers=answers.bearer(credentials) | {"Idempotency-Key": armed.key},
            json=body | ({"in_reply_to_id": part.reply_to} if part.reply_to else {}),
        )
        if not answer.is_success:
            answers.refuse(answer)
        post = answers.post(answer.body)
        if post is None:
            raise answer.unusable(answers.NETWORK)
        return post

    async def look_up(self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
        """Look for it in the account's own list."""
        return await finding.find(http, credentials, part, armed)

    async def metrics(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> Metrics:
        """Favourites, replies, boosts with quotes. Mastodon counts no views and no clicks."""
        answer = await wire.call(
            http, "GET", _status_url(credentials, platform_post_id), headers=answers.bearer(credentials)
        )
        if answers.is_gone(answer):
            return Metrics()
        body = answers.readable(answer)
        if not answer.fact("id"):
            raise answer.unusable(answers.NETWORK)
        boosts, quotes = (count(body.get(name)) for name in ("reblogs_count", "quotes_count"))
        return Metrics(
            likes=count(body.get("favourites_count")),
            comments=count(body.get("replies_count")),
            shares=None if boosts is None else boosts + (quotes or 0),
        )

    async def profile(self, http: aiohttp.ClientSession, credentials: Credentials) -> Profile:
        """The account behind the token."""
        url = f"{credentials.server}/api/v1/accounts/verify_credentials"
        answer = await wire.call(http, "GET", url, headers=answers.bearer(credentials))
        return connecting.profile(answer, credentials.server)

    async def delete(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> None:
        """Take the post down; gone already is fine."""
        url = _status_url(credentials, platform_post_id)
        answer = await wire.call(http, "DELETE", url, headers=answers.bearer(credentials))
        if not answer.is_success and not answers.is_gone(answer):
            answers.refuse(answer)


def _status_url(credentials: Credentials, post_id: str) -> str:
    return f"{credentials.server}/api/v1/statuses/{quote(post_id, safe='')}"
