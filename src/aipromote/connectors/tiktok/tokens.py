"""TikTok's OAuth 2. Refresh tokens rotate: the old one ends with the call that brings the new one.

Its PKCE differs from the standard: the challenge is the hash in hexadecimal digits. Who sees an account's posts is the
person's choice, with no default, as TikTok demands; it is kept among the scopes (`audience.everyone`).
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import quote, unquote, urlencode

import aiohttp

from aipromote.connectors import wire
from aipromote.connectors.contract import App, Ask, Consent, Credentials
from aipromote.connectors.errors import Rejected, Revoked, Unreachable
from aipromote.connectors.granting import granted
from aipromote.connectors.tiktok.answers import NETWORK, refuse
from aipromote.connectors.wire import Answer

SERVER = "https://open.tiktokapis.com"
SCOPES = ("user.info.basic", "user.info.profile", "user.info.stats", "video.publish", "video.list")
AUDIENCES = {
    "everyone": "PUBLIC_TO_EVERYONE",
    "followers": "FOLLOWER_OF_CREATOR",
    "friends": "MUTUAL_FOLLOW_FRIENDS",
    "me": "SELF_ONLY",
}
AUDIENCE = Ask(
    "audience",
    "Who sees the posts",
    "everyone, followers, friends, or me. An app that TikTok has not audited can post for “me” only.",
)
_PREFIX = "audience."
_CONSENT_SERVER = "https://www.tiktok.com"
_WRONG_APP = frozenset({"invalid_client", "unauthorized_client"})


def consent_page(consent: Consent) -> str:
    """Where the person says yes."""
    _audience(consent)
    query = {
        "client_key": _app(consent.app).client_id,
        "response_type": "code",
        "scope": ",".join(SCOPES),
        "redirect_uri": consent.redirect_uri,
        "state": consent.state,
        "code_challenge": hashlib.sha256(consent.code_verifier.encode()).hexdigest(),
        "code_challenge_method": "S256",
    }
    base = wire.elsewhere(consent.server, usual=SERVER, there=_CONSENT_SERVER)
    return f"{base}/v2/auth/authorize/?{urlencode(query, quote_via=quote)}"


async def exchange(http: aiohttp.ClientSession, consent: Consent, code: str) -> Credentials:
    """Trade the code, which may come encoded a second time."""
    form = {
        "grant_type": "authorization_code",
        "code": unquote(code),
        "redirect_uri": consent.redirect_uri,
        "code_verifier": consent.code_verifier,
    }
    nobody = Credentials(consent.server, "", scope=_PREFIX + _audience(consent), app=_app(consent.app))
    opened = await _trade(http, nobody, form)
    if not opened.account_id:
        raise Unreachable("TikTok told no account.")
    return opened


async def refresh(http: aiohttp.ClientSession, credentials: Credentials) -> Credentials:
    """A new pair; the old refresh token has ended with this call, so store the answer before using it."""
    if not credentials.refresh_token:
        raise Revoked("There is no refresh token; the account must be connected again.")
    form = {"grant_type": "refresh_token", "refresh_token": credentials.refresh_token}
    return await _trade(http, credentials, form)


async def revoke(http: aiohttp.ClientSession, credentials: Credentials) -> None:
    """End the grant. TikTok refuses a token that it does not know, which is as good."""
    answer = await _call(http, credentials, "revoke", {"token": credentials.access_token})
    if not answer.is_success and not answer.fact("error"):
        refuse(answer)


def privacy_of(credentials: Credentials) -> str:
    """Who is to see the posts, as TikTok names it."""
    chosen = next((one for one in credentials.scope.split() if one.startswith(_PREFIX)), "")
    level = AUDIENCES.get(chosen.removeprefix(_PREFIX))
    if level is None:
        raise Rejected("Who sees the posts was not chosen; connect the account again.", code="audience")
    return level


async def _trade(http: aiohttp.ClientSession, credentials: Credentials, form: dict[str, str]) -> Credentials:
    answer = await _call(http, credentials, "token", form)
    _check(answer)
    chosen = [one for one in credentials.scope.split() if one.startswith(_PREFIX)]
    renewed = granted(replace(credentials, scope=""), answer)
    kept = [*renewed.scope.split(), *chosen] if renewed.scope else [credentials.scope]
    return replace(renewed, scope=" ".join(kept), account_id=credentials.account_id or answer.fact("open_id"))


def _check(answer: Answer) -> None:
    """Here, errors are flat, and may come with status 200."""
    error = answer.fact("error")
    if error in _WRONG_APP:
        raise Unreachable("TikTok does not accept the client key and secret of this installation.", code=answer.code())
    if error and answer.status in {HTTPStatus.OK, HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}:
        raise Revoked("TikTok no longer accepts this consent; connect the account again.", code=answer.code())
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        refuse(answer)
    if not answer.is_success or not answer.fact("access_token"):
        raise answer.unusable(NETWORK)


async def _call(http: aiohttp.ClientSession, credentials: Credentials, verb: str, form: dict[str, str]) -> Answer:
    app = credentials.app
    hidden = [*form.values(), credentials.access_token, credentials.refresh_token, app.client_secret if app else ""]
    if app is not None:
        form = form | {"client_key": app.client_id, "client_secret": app.client_secret}
    return await wire.call(http, "POST", f"{credentials.server}/v2/oauth/{verb}/", secrets=hidden, data=form)


def _audience(consent: Consent) -> str:
    told = consent.hint.get(AUDIENCE.name, "").strip().lower()
    if told not in AUDIENCES:
        raise Rejected("Say who sees the posts: everyone, followers, friends, or me.", code="audience")
    return told


def _app(app: App | None) -> App:
    if app is None:
        raise Rejected("This installation has no TikTok app yet; whoever runs it enters its client key and secret.")
    return app
