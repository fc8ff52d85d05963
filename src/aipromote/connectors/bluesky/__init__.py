"""The connector to Bluesky and every other server of the AT Protocol that holds `app.bsky.feed.post` records.

A post's key is chosen before the call and the server keeps one record under each key, so a repeat can never make a
second post: a key that is taken is answered with a bare 500 (an unknown outcome here), and the look-up finds the post.
`platform_post_id` is `at://did/collection/key#cid`: a reply has to name both the address and the content hash.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta

import aiohttp

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.base import Network
from aipromote.connectors.bluesky import preparing, record, sessions, xrpc
from aipromote.connectors.bluesky.handles import Ready
from aipromote.connectors.capabilities import (
    GIF,
    JPEG,
    MP4,
    PNG,
    WEBP,
    Capabilities,
    ImageRules,
    LinkStyle,
    VideoRules,
)
from aipromote.connectors.contract import (
    Absent,
    Armed,
    Ask,
    Certainty,
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
from aipromote.connectors.errors import Duplicate, RateLimited, Rejected, Revoked, Stale, Unauthorized, Unreachable
from aipromote.documents.vocabulary import Platform

DEFAULT_SERVER = "https://bsky.social"
_ADDRESS = re.compile(r"at://[^/]+/[^/]+/[^/]+")
_ARRIVAL_WINDOW = timedelta(seconds=60)
"""After this long a call that was cut off can no longer be on its way."""


class BlueskyConnector(Network):
    """Implements `KeyConnector`."""

    name = "bluesky"
    platform = Platform.BLUESKY
    server = DEFAULT_SERVER
    is_server_chosen = True
    asks: tuple[Ask, ...] = (
        Ask("identifier", "Handle", placeholder="you.bsky.social"),
        Ask("password", "App password", "From Settings, Privacy and security. Used once and not kept.", is_secret=True),
    )
    certainty = Certainty.EXACT
    can = Capabilities(
        # What every server takes. Newer ones allow pictures of 2,000,000 and videos of 300,000,000 bytes.
        images=ImageRules(frozenset({JPEG, PNG, GIF, WEBP}), 1_000_000),
        max_images=4,
        videos=VideoRules(frozenset({MP4}), 100_000_000),
        max_videos=1,
        max_alt_text=1000,
        link=LinkStyle.CARD,
        has_threads=True,
        counters=frozenset({"likes", "comments", "shares", "saves"}),
    )

    def choose_record_key(self, armed_at: datetime) -> str | None:
        """A fresh key in the protocol's own form, sortable by time."""
        return record.fresh_key(armed_at)

    def prepares(self, part: Part) -> bool:
        """Whether there are files to upload, or accounts in the text to find."""
        return preparing.is_needed(part)

    async def prepare(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, prepared: str | None
    ) -> Prepared:
        """Upload pictures to the account's server, a video to the video service, and find who is mentioned."""
        return await preparing.prepare(http, credentials, part, prepared)

    async def sign_in(self, http: aiohttp.ClientSession, *, server: str, given: Mapping[str, str]) -> list[Grant]:
        """Open a session with an app password. Sessions are scarce (30 in five minutes): keep them and refresh."""
        password = given.get("password", "")
        body = {"identifier": given.get("identifier", "").strip().removeprefix("@"), "password": password}
        url = f"{server}/xrpc/com.atproto.server.createSession"
        answer = await wire.call(http, "POST", url, json=body, secrets=[password])
        if answer.status in {400, 401} and answer.fact("error"):
            raise Revoked(sessions.why_not(answer), code=answer.code())
        credentials = sessions.credentials(server, answer)
        try:
            return [Grant(credentials, await self.profile(http, credentials))]
        except (Unreachable, Rejected, RateLimited):
            # Counts come from the network's index behind the server, which may be away or missing while the server
            # itself takes posts. The session says who it is, and sessions are too scarce to throw one away.
            return [Grant(credentials, sessions.profile(answer, credentials))]

    async def refresh(self, http: aiohttp.ClientSession, credentials: Credentials) -> Credentials:
        """A new pair of tokens. The old refresh token ends soon after, so store the answer before using it."""
        if not credentials.refresh_token:
            raise Revoked("There is no refresh token.")
        url = f"{credentials.server}/xrpc/com.atproto.server.refreshSession"
        headers = {"Authorization": f"Bearer {credentials.refresh_token}"}
        answer = await wire.call(http, "POST", url, headers=headers)
        if answer.status in {400, 401} and answer.fact("error"):
            raise Revoked("Bluesky ended this session.", code=answer.code())
        return sessions.credentials(credentials.server, answer)

    async def revoke(self, http: aiohttp.ClientSession, credentials: Credentials) -> None:
        """End the session; one that has ended already is no error. Only its owner can delete the app password."""
        if not credentials.refresh_token:
            return
        url = f"{credentials.server}/xrpc/com.atproto.server.deleteSession"
        headers = {"Authorization": f"Bearer {credentials.refresh_token}"}
        answer = await wire.call(http, "POST", url, headers=headers, secrets=[credentials.access_token])
        if not answer.is_success:
            with suppress(Unauthorized, Revoked):
                xrpc.refuse(answer)

    async def publish(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed
    ) -> Published:
        """Create the record under the chosen key, once."""
        assert armed.record_key, "choose_record_key comes before publish"
        ready = Ready.read(armed.prepared) or Ready()
        if not ready.has_files_of(part):
            raise Stale("The files of this post are not uploaded.")
        body = {
            "repo": credentials.account_id,
            "collection": record.COLLECTION,
            "rkey": armed.record_key,
            "record": record.post(part, created_at=armed.armed_at, ready=ready),
        }
        url = f"{credentials.server}/xrpc/com.atproto.repo.createRecord"
        answer = await wire.call(http, "POST", url, publishes=True, headers=xrpc.bearer(credentials), json=body)
        if not answer.is_success:
            if "already" in answer.fact("message"):  # Bluesky's own server says 500; this is for others
                raise Duplicate("Bluesky has a post under this key already.", code=answer.code())
            xrpc.refuse(answer)
        if not _ADDRESS.fullmatch(answer.fact("uri")) or not answer.fact("cid"):
            raise answer.unusable(xrpc.NETWORK)
        return _published(answer.fact("uri"), answer.fact("cid"), record.moment(record.stamp(armed.armed_at)))

    async def look_up(self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
        """Read the record of the chosen key back."""
        arrived = clock.now() - armed.armed_at > _ARRIVAL_WINDOW
        where = {"repo": credentials.account_id, "collection": record.COLLECTION, "rkey": armed.record_key or ""}
        answer = await xrpc.read(http, credentials, "com.atproto.repo.getRecord", where)
        if answer.fact("error") == "RecordNotFound" or "Could not locate record" in answer.fact("message"):
            return Absent() if arrived else Undecided("The call may still be on its way.")
        body = xrpc.readable(answer)
        stored = body.get("value")
        if not isinstance(stored, dict) or not _ADDRESS.fullmatch(answer.fact("uri")):
            return Undecided("Bluesky answered with something unreadable.")
        if stored.get("text") != part.text:
            return Undecided("Another post has the key that was chosen for this one.", final=True)
        return _published(answer.fact("uri"), answer.fact("cid"), record.moment(str(stored.get("createdAt"))))

    async def metrics(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> Metrics:
        """Likes, replies, reposts with quotes, bookmarks. Bluesky tells nobody about impressions and clicks."""
        uri, _ = record.split_id(platform_post_id)
        body = xrpc.readable(await xrpc.read(http, credentials, "app.bsky.feed.getPosts", {"uris": uri}))
        posts = body.get("posts")
        if not isinstance(posts, list):
            raise Unreachable("Bluesky told no counters.")
        if not posts:
            return Metrics()  # gone, or not indexed yet: nothing is known
        reposts, quotes = (xrpc.count(posts[0], name) for name in ("repostCount", "quoteCount"))
        return Metrics(
            likes=xrpc.count(posts[0], "likeCount"),
            comments=xrpc.count(posts[0], "replyCount"),
            shares=None if reposts is None else reposts + (quotes or 0),
            saves=xrpc.count(posts[0], "bookmarkCount"),
        )

    async def profile(self, http: aiohttp.ClientSession, credentials: Credentials) -> Profile:
        """The account behind the session."""
        where = {"actor": credentials.account_id}
        answer = await xrpc.read(http, credentials, "app.bsky.actor.getProfile", where)
        return sessions.profile(answer, credentials)

    async def delete(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> None:
        """Delete the record; the server does not mind one that is gone."""
        uri, _ = record.split_id(platform_post_id)
        body = {"repo": credentials.account_id, "collection": record.COLLECTION, "rkey": uri.rsplit("/", 1)[-1]}
        url = f"{credentials.server}/xrpc/com.atproto.repo.deleteRecord"
        answer = await wire.call(http, "POST", url, headers=xrpc.bearer(credentials), json=body)
        if not answer.is_success:
            xrpc.refuse(answer)


def _published(uri: str, cid: str, moment: datetime) -> Published:
    did, _, key = uri.removeprefix("at://").split("/", 2)
    return Published(f"{uri}#{cid}", f"https://bsky.app/profile/{did}/post/{key}", moment)
