"""Google's OAuth 2 with PKCE. Access tokens last an hour; the refresh token stays until the person takes it back."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote, urlencode

import aiohttp

from aipromote.connectors import wire
from aipromote.connectors.contract import App, Consent, Credentials
from aipromote.connectors.errors import Rejected, Revoked, Unreachable
from aipromote.connectors.granting import granted
from aipromote.connectors.wire import Answer
from aipromote.connectors.youtube.answers import NETWORK, refuse

SERVER = "https://www.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"
"""Covers all calls of this connector: uploading, changing, deleting, commenting, counters."""
_CONSENT_SERVER = "https://accounts.google.com"
_TOKEN_SERVER = "https://oauth2.googleapis.com"  # noqa: S105 -- an address
_WRONG_APP = frozenset({"invalid_client", "unauthorized_client", "redirect_uri_mismatch", "deleted_client"})


def consent_page(consent: Consent) -> str:
    """Where the person says yes. `prompt=consent` brings a refresh token also to those who said yes before."""
    query = {
        "client_id": _app(consent.app).client_id,
        "redirect_uri": consent.redirect_uri,
        "response_type": "code",
        "scope": SCOPE,
        "access_type": "offline",
        "prompt": "consent",
        "state": consent.state,
        "code_challenge": consent.code_challenge,
        "code_challenge_method": "S256",
    }
    base = wire.elsewhere(consent.server, usual=SERVER, there=_CONSENT_SERVER)
    return f"{base}/o/oauth2/v2/auth?{urlencode(query, quote_via=quote)}"


async def exchange(http: aiohttp.ClientSession, consent: Consent, code: str) -> Credentials:
    """Trade the code. Which channel it opens is not told here."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": consent.redirect_uri,
        "code_verifier": consent.code_verifier,
    }
    return await _trade(http, Credentials(consent.server, "", app=_app(consent.app)), form)


async def refresh(http: aiohttp.ClientSession, credentials: Credentials) -> Credentials:
    """A new access token; the refresh token usually stays the same."""
    if not credentials.refresh_token:
        raise Revoked("There is no refresh token; the channel must be connected again.")
    form = {"grant_type": "refresh_token", "refresh_token": credentials.refresh_token}
    return await _trade(http, credentials, form)


async def revoke(http: aiohttp.ClientSession, credentials: Credentials) -> None:
    """End the grant: one token ends them all. Google refuses one that it does not know, which is as good."""
    token = credentials.refresh_token or credentials.access_token
    answer = await wire.call(
        http, "POST", f"{_base(credentials)}/revoke", secrets=_secrets(credentials), data={"token": token}
    )
    if not answer.is_success and not answer.fact("error"):
        refuse(answer)


async def _trade(http: aiohttp.ClientSession, credentials: Credentials, form: dict[str, str]) -> Credentials:
    app = credentials.app
    hidden = [*_secrets(credentials), *(form.get(name) for name in ("code", "code_verifier"))]
    if app is not None:
        form |= {"client_id": app.client_id, "client_secret": app.client_secret}
    answer = await wire.call(http, "POST", f"{_base(credentials)}/token", secrets=hidden, data=form)
    _check(answer)
    return granted(credentials, answer)


def _check(answer: Answer) -> None:
    error = answer.fact("error")
    if not answer.is_success and error in _WRONG_APP:
        raise Unreachable("Google does not accept the client of this installation.", code=answer.code())
    if answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED} and error:
        raise Revoked("Google no longer accepts this consent; connect the channel again.", code=answer.code())
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        refuse(answer)
    if not answer.is_success or not answer.fact("access_token"):
        raise answer.unusable(NETWORK)


def _base(credentials: Credentials) -> str:
    return wire.elsewhere(credentials.server, usual=SERVER, there=_TOKEN_SERVER)


def _secrets(credentials: Credentials) -> list[str | None]:
    secret = credentials.app.client_secret if credentials.app else None
    return [credentials.access_token, credentials.refresh_token, secret]


def _app(app: App | None) -> App:
    if app is None:
        raise Rejected("This installation has no Google client yet; whoever runs it enters its id and secret.")
    return app
