"""The connector to the sandbox network, whose accounts can stand in for any platform."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import quote, urlencode

import aiohttp

from aipromote.connectors import wire
from aipromote.connectors.base import Network
from aipromote.connectors.capabilities import (
    COUNTERS,
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
    Armed,
    Ask,
    Certainty,
    Consent,
    Credentials,
    Grant,
    LookUp,
    Media,
    Metrics,
    Part,
    Prepared,
    Processing,
    Profile,
    Published,
)
from aipromote.connectors.errors import Revoked, Stale
from aipromote.connectors.granting import granted
from aipromote.connectors.numbers import count
from aipromote.connectors.sandbox import finding
from aipromote.connectors.sandbox.answers import NETWORK, bearer, processed, published_post, readable, refuse
from aipromote.documents.vocabulary import Platform

CLIENT_ID = "aipromote"
SCOPES = "posts.read posts.write metrics.read"
_COUNTERS = ("impressions", "reach", "likes", "comments", "shares", "saves", "clicks", "followers_delta")


class SandboxConnector(Network):
    """Implements `OAuthConnector`. The key goes along as a handle and can be looked up; it does not stop a repeat.

    That is what usual accounts do. One can also play a network that is more or less reliable; its grant says so.
    """

    name = "sandbox"
    platform = Platform.SANDBOX
    asks: tuple[Ask, ...] = (Ask("handle", "Handle", placeholder="yourstartup", is_required=False),)
    server = ""  # it has another address at every start
    needs_app = False
    can = Capabilities(
        images=ImageRules(frozenset({JPEG, PNG, GIF, WEBP}), 50 * MEGABYTE),
        max_images=35,
        videos=VideoRules(frozenset({MP4, QUICKTIME, WEBM}), 512 * MEGABYTE),
        max_videos=1,
        mixes_media=True,
        max_alt_text=2000,
        max_title=500,
        has_threads=True,
        has_first_comment=True,
        counters=COUNTERS,
    )
    certainty = Certainty.HANDLE
    scopes = frozenset({"posts.read", "posts.write"})

    def certainty_of(self, credentials: Credentials) -> Certainty:
        """What the account plays: `grade.a`, `grade.c` or `grade.d` among its scopes, B without one."""
        return finding.certainty(credentials)

    async def prepare(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, prepared: str | None
    ) -> Prepared:
        """Upload what is attached: the ids of the files, in their order."""
        del prepared
        return Prepared(json.dumps([await _upload(http, credentials, file) for file in part.media]))

    def authorization_url(self, consent: Consent) -> str:
        """The consent page, with handle, platform and grade filled in from the hint."""
        query = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": consent.redirect_uri,
            "state": consent.state,
            "code_challenge": consent.code_challenge,
            "code_challenge_method": "S256",
            "scope": SCOPES,
        }
        hints = {name: consent.hint[name] for name in ("platform", "handle", "grade") if consent.hint.get(name)}
        return f"{consent.server}/oauth/authorize?{urlencode(query | hints)}"

    async def exchange(self, http: aiohttp.ClientSession, consent: Consent, *, code: str) -> list[Grant]:
        """Trade the code for tokens, and ask whose they are."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": consent.redirect_uri,
            "code_verifier": consent.code_verifier,
        }
        credentials = await _tokens(http, consent.server, form, old_refresh=None)
        return [Grant(credentials, await self.profile(http, credentials))]

    async def refresh(self, http: aiohttp.ClientSession, credentials: Credentials) -> Credentials:
        """A new pair. The old refresh token ends with this call, so store the answer before using it."""
        if not credentials.refresh_token:
            raise Revoked("There is no refresh token; the account must be connected again.")
        form = {"grant_type": "refresh_token", "refresh_token": credentials.refresh_token}
        return await _tokens(http, credentials.server, form, old_refresh=credentials.refresh_token)

    async def publish(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed
    ) -> Published | Processing:
        """Fire once, with the files that were uploaded before."""
        if part.media and not armed.prepared:
            raise Stale("The files of this post were not uploaded.")
        media = json.loads(armed.prepared) if armed.prepared else []
        answer = await wire.call(
            http,
            "POST",
            f"{credentials.server}/api/v1/posts",
            publishes=True,
            headers=bearer(credentials) | {"Idempotency-Key": armed.key},
            json={"text": part.text, "reply_to": part.reply_to, "media": media},
        )
        result = (published_post(answer.body) or processed(answer)) if answer.is_success else None
        return result or refuse(answer)

    async def look_up(self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
        """Ask for the handle where there is one, for the key where keys can be looked up, and else read the list."""
        found: LookUp | None = await finding.by_handle(http, credentials, armed)
        if found is None and finding.certainty(credentials) in {Certainty.EXACT, Certainty.HANDLE}:
            found = await finding.by_key(http, credentials, armed)
        return found or await finding.by_list(http, credentials, part, armed)

    async def metrics(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> Metrics:
        """The simulated counters; those that the platform stood in for does not report are None."""
        url = f"{credentials.server}/api/v1/posts/{quote(platform_post_id, safe='')}/metrics"
        answer = await wire.call(http, "GET", url, headers=bearer(credentials))
        values = readable(answer).get("metrics")
        if not isinstance(values, dict):
            raise answer.unusable(NETWORK)
        return Metrics(**{name: count(values.get(name)) for name in _COUNTERS})

    async def profile(self, http: aiohttp.ClientSession, credentials: Credentials) -> Profile:
        """The account behind the token."""
        url = f"{credentials.server}/api/v1/accounts/me"
        answer = await wire.call(http, "GET", url, headers=bearer(credentials))
        body = readable(answer)
        return Profile(
            account_id=answer.fact("id"),
            handle=answer.fact("handle"),
            display_name=answer.fact("display_name") or None,
            profile_url=answer.fact("url") or None,
            followers=count(body.get("followers")),
            following=count(body.get("following")),
            posts=count(body.get("posts")),
        )

    async def delete(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> None:
        """Take the post down; gone already is fine."""
        url = f"{credentials.server}/api/v1/posts/{quote(platform_post_id, safe='')}"
        answer = await wire.call(http, "DELETE", url, headers=bearer(credentials))
        if answer.status not in {204, 404}:
            refuse(answer)


async def _tokens(
    http: aiohttp.ClientSession, server: str, form: dict[str, str], *, old_refresh: str | None
) -> Credentials:
    hidden = [form.get("code"), form.get("code_verifier"), form.get("refresh_token")]
    answer = await wire.call(
        http, "POST", f"{server}/oauth/token", secrets=hidden, data=form | {"client_id": CLIENT_ID}
    )
    if answer.fact("error") == "invalid_grant":
        raise Revoked("The sandbox no longer accepts this consent; connect the account again.", code="invalid_grant")
    readable(answer)
    if not answer.fact("access_token"):
        raise answer.unusable(NETWORK)
    before = Credentials(server, "", old_refresh, answer.fact("token_type") or "Bearer")
    return replace(granted(before, answer), account_id=answer.fact("account_id"))


async def _upload(http: aiohttp.ClientSession, credentials: Credentials, file: Media) -> str:
    answer = await wire.call(
        http,
        "POST",
        f"{credentials.server}/api/v1/media",
        headers=bearer(credentials) | {"Content-Type": file.mime_type},
        params={"alt": file.alt_text},
        data=await file.content(),
    )
    readable(answer)
    if not answer.fact("id"):
        raise answer.unusable(NETWORK)
    return answer.fact("id")
