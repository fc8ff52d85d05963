"""X's OAuth 2 with PKCE. Access tokens last two hours; a refresh token is good once and brings the next one."""

from __future__ import annotations

import base64
from http import HTTPStatus
from urllib.parse import quote, urlencode

import aiohttp

from aipromote.connectors import wire
from aipromote.connectors.contract import App, Consent, Credentials
from aipromote.connectors.errors import Rejected, Revoked, Unreachable
from aipromote.connectors.granting import granted
from aipromote.connectors.wire import Answer
from aipromote.connectors.x.answers import NETWORK, refuse

SERVER = "https://api.x.com"
SCOPES = "tweet.read tweet.write users.read media.write offline.access"
_CONSENT_SERVER = "https://x.com"
_WRONG_APP = frozenset({"unauthorized_client", "invalid_client"})


def consent_page(consent: Consent) -> str:
    """Where the person says yes."""
    query = {
        "response_type": "code",
        "client_id": _app(consent.app).client_id,
        "redirect_uri": consent.redirect_uri,
        "scope": SCOPES,
        "state": consent.state,
        "code_challenge": consent.code_challenge,
        "code_challenge_method": "S256",
    }
    base = wire.elsewhere(consent.server, usual=SERVER, there=_CONSENT_SERVER)
    return f"{base}/i/oauth2/authorize?{urlencode(query, quote_via=quote)}"


async def exchange(http: aiohttp.ClientSession, consent: Consent, code: str) -> Credentials:
    """Trade the code, which is good for thirty seconds. The account's number is not told here."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": consent.redirect_uri,
        "code_verifier": consent.code_verifier,
    }
    return await _trade(http, Credentials(consent.server, "", app=_app(consent.app)), form)


async def refresh(http: aiohttp.ClientSession, credentials: Credentials) -> Credentials:
    """A new pair; the old refresh token has ended with this call, so store the answer before using it."""
    if not credentials.refresh_token:
        raise Revoked("There is no refresh token; the account must be connected again.")
    form = {"grant_type": "refresh_token", "refresh_token": credentials.refresh_token}
    return await _trade(http, credentials, form)


async def revoke(http: aiohttp.ClientSession, credentials: Credentials) -> None:
    """End both tokens. X refuses one that it does not know, which is as good."""
    for token in (credentials.refresh_token, credentials.access_token):
        if token:
            answer = await _call(http, credentials, "revoke", {"token": token})
            if not answer.is_success and not answer.fact("error"):
                refuse(answer)


async def _trade(http: aiohttp.ClientSession, credentials: Credentials, form: dict[str, str]) -> Credentials:
    answer = await _call(http, credentials, "token", form)
    error = answer.fact("error")
    if not answer.is_success and error in _WRONG_APP:
        raise Unreachable("X does not accept the client id and secret of this installation.", code=answer.code())
    if answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED} and error:
        raise Revoked("X no longer accepts this consent; connect the account again.", code=answer.code())
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        refuse(answer)
    if not answer.is_success or not answer.fact("access_token"):
        raise answer.unusable(NETWORK)
    return granted(credentials, answer)


async def _call(http: aiohttp.ClientSession, credentials: Credentials, verb: str, form: dict[str, str]) -> Answer:
    """An app with a secret says it in the header; one without gives its number in the form."""
    app, headers = credentials.app, {}
    hidden = [*form.values(), app.client_secret if app else ""]
    if app and app.client_secret:
        pair = f"{quote(app.client_id, safe='')}:{quote(app.client_secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    elif app:
        form = form | {"client_id": app.client_id}
    url = f"{credentials.server}/2/oauth2/{verb}"
    return await wire.call(http, "POST", url, secrets=hidden, headers=headers, data=form)


def _app(app: App | None) -> App:
    if app is None:
        raise Rejected("This installation has no X app yet; whoever runs it enters its client id and secret.")
    return app
