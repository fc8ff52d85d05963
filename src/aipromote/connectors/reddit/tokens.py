"""Reddit's OAuth 2. Access tokens last a day at most; the refresh token stays until somebody revokes it.

One consent opens two places with one token, the person's profile and the subreddit that they named. What they share is
marked among the scopes (`shared`), and so is the flair that was chosen (`flair:<id>`).
"""

from __future__ import annotations

import base64
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import quote, urlencode

import aiohttp

from aipromote.connectors import wire
from aipromote.connectors.contract import App, Consent, Credentials
from aipromote.connectors.errors import Rejected, Revoked, Unreachable
from aipromote.connectors.granting import granted
from aipromote.connectors.reddit.answers import NETWORK, refuse, user_agent
from aipromote.connectors.wire import Answer

SERVER = "https://oauth.reddit.com"
SCOPES = ("identity", "read", "submit", "flair", "history", "edit")
SHARED, FLAIR = "shared", "flair:"
_CONSENT_SERVER = "https://www.reddit.com"
_WRONG_APP = frozenset({"invalid_client", "unauthorized_client"})


def consent_page(consent: Consent) -> str:
    """Where the person says yes, for good: `permanent` brings a refresh token."""
    query = {
        "client_id": _app(consent.app).client_id,
        "response_type": "code",
        "state": consent.state,
        "redirect_uri": consent.redirect_uri,
        "duration": "permanent",
        "scope": " ".join(SCOPES),
    }
    return f"{_host(consent.server)}/api/v1/authorize?{urlencode(query, quote_via=quote)}"


async def exchange(http: aiohttp.ClientSession, consent: Consent, code: str) -> Credentials:
    """Trade the code. Whose account it opens is not told here."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": consent.redirect_uri}
    return await _trade(http, Credentials(consent.server, "", app=_app(consent.app)), form)


async def refresh(http: aiohttp.ClientSession, credentials: Credentials) -> Credentials:
    """A new access token; the refresh token usually stays the same and is not repeated."""
    if not credentials.refresh_token:
        raise Revoked("There is no refresh token; the account must be connected again.")
    form = {"grant_type": "refresh_token", "refresh_token": credentials.refresh_token}
    return await _trade(http, credentials, form)


async def revoke(http: aiohttp.ClientSession, credentials: Credentials) -> None:
    """End the consent; where another place here lives on it, the access token alone. Reddit minds no token."""
    is_shared = SHARED in credentials.scope.split()
    kind, token = ("access_token", credentials.access_token)
    if credentials.refresh_token and not is_shared:
        kind, token = "refresh_token", credentials.refresh_token
    answer = await _call(http, credentials, "revoke_token", {"token": token, "token_type_hint": kind})
    if not answer.is_success:
        refuse(answer)


def own(scope: str) -> list[str]:
    """What we ourselves noted among the scopes."""
    return [one for one in scope.split() if one == SHARED or one.startswith(FLAIR)]


async def _trade(http: aiohttp.ClientSession, credentials: Credentials, form: dict[str, str]) -> Credentials:
    answer = await _call(http, credentials, "access_token", form)
    _check(answer)
    renewed = granted(replace(credentials, scope=""), answer)
    kept = [*renewed.scope.split(), *own(credentials.scope)] if renewed.scope else [credentials.scope]
    return replace(renewed, scope=" ".join(kept))


def _check(answer: Answer) -> None:
    error = answer.at("error")
    if error in _WRONG_APP or (error == HTTPStatus.UNAUTHORIZED and answer.status == HTTPStatus.UNAUTHORIZED):
        raise Unreachable("Reddit does not accept the client id and secret of this installation.", code=answer.code())
    if error and answer.status in {HTTPStatus.OK, HTTPStatus.BAD_REQUEST}:  # a wrong code is told with 200
        raise Revoked("Reddit no longer accepts this consent; connect the account again.", code=answer.code())
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        refuse(answer)
    if not answer.is_success or not answer.fact("access_token"):
        raise answer.unusable(NETWORK)


async def _call(http: aiohttp.ClientSession, credentials: Credentials, verb: str, form: dict[str, str]) -> Answer:
    app = credentials.app
    pair = f"{app.client_id}:{app.client_secret}" if app else ":"
    headers = {
        "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
        "User-Agent": user_agent(credentials),
    }
    hidden = [*form.values(), credentials.access_token, credentials.refresh_token, app.client_secret if app else ""]
    url = f"{_host(credentials.server)}/api/v1/{verb}"
    return await wire.call(http, "POST", url, secrets=hidden, headers=headers, data=form)


def _host(server: str) -> str:
    return wire.elsewhere(server, usual=SERVER, there=_CONSENT_SERVER)


def _app(app: App | None) -> App:
    if app is None:
        raise Rejected("This installation has no Reddit app yet; whoever runs it enters its client id and secret.")
    return app
