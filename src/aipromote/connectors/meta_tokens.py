"""Tokens of Instagram and Threads: an hour first, then sixty days, renewed by themselves while they live.

There is no refresh token: the long-lived token is what is renewed, so it stands in both places of the credentials.
"""

from __future__ import annotations

from dataclasses import replace

import aiohttp

from aipromote import clock
from aipromote.connectors import meta, wire
from aipromote.connectors.contract import Consent, Credentials, Profile
from aipromote.connectors.errors import ConnectorError, Rejected, Revoked, Unauthorized
from aipromote.connectors.wire import Answer

_LONGEST_LIFE_SECONDS = 366 * 86_400


async def short_lived(http: aiohttp.ClientSession, consent: Consent, *, url: str, code: str) -> Answer:
    """Trade the code for a token that lasts an hour."""
    assert consent.app is not None
    form = {
        "client_id": consent.app.client_id,
        "client_secret": consent.app.client_secret,
        "grant_type": "authorization_code",
        "redirect_uri": consent.redirect_uri,
        "code": code.removesuffix("#_"),  # which these networks put behind it
    }
    return await wire.call(http, "POST", url, secrets=[code, consent.app.client_secret], data=form)


async def long_lived(
    api: meta.Api, http: aiohttp.ClientSession, consent: Consent, *, token: str, kind: str, scope: str = ""
) -> Credentials:
    """Trade a token of an hour for one of sixty days. `kind` is the network's prefix: `ig`, `th`."""
    assert consent.app is not None
    fields = {"grant_type": f"{kind}_exchange_token", "client_secret": consent.app.client_secret, "access_token": token}
    hidden = [token, consent.app.client_secret]
    answer = await wire.call(http, "GET", f"{consent.server}/access_token", secrets=hidden, params=fields)
    return _credentials(api, answer, Credentials(consent.server, token, scope=scope, app=consent.app))


async def renewed(api: meta.Api, http: aiohttp.ClientSession, credentials: Credentials, *, kind: str) -> Credentials:
    """Another sixty days, for a token that is a day old at least and has not ended."""
    if not credentials.refresh_token:
        raise Revoked(f"{api.network} lets this account be opened anew by a person only.")
    token = credentials.refresh_token
    fields = {"grant_type": f"{kind}_refresh_token", "access_token": token}
    url = f"{credentials.server}/refresh_access_token"
    answer = await wire.call(http, "GET", url, secrets=[token], params=fields)
    return _credentials(api, answer, credentials)


def of_account(credentials: Credentials, profile: Profile) -> Credentials:
    """The credentials, with whom they open."""
    return replace(credentials, account_id=profile.account_id)


def token_of(api: meta.Api, answer: Answer) -> str:
    """The access token of an answer."""
    if answer.fact("error_type") and answer.fact("error_message"):  # the form of Instagram's login
        raise Rejected(answer.words("error_message", otherwise=""), code=answer.code("error_type"))
    try:
        body = api.readable(answer)
    except Unauthorized as ended:  # a token that has ended is not renewed any more
        raise Revoked(ended.reason, code=ended.code) from ended
    token = meta.word(body.get("access_token")) or answer.fact("data", 0, "access_token")
    if not token:
        raise answer.unusable(api.network)
    return token


def permissions_of(answer: Answer) -> str:
    """What was agreed to, with spaces between; nothing where the network does not tell."""
    told = answer.at("permissions") or answer.at("data", 0, "permissions")
    names = told.split(",") if isinstance(told, str) else told if isinstance(told, list) else []
    return " ".join(name.strip() for name in names if isinstance(name, str))


def refused_code(api: meta.Api, error: ConnectorError) -> ConnectorError:
    """A code that is not taken (used, too old, another address) means that the person begins anew."""
    return Revoked(f"{api.network} did not take this consent ({error.reason.rstrip('.')}).", code=error.code)


def _credentials(api: meta.Api, answer: Answer, before: Credentials) -> Credentials:
    token = token_of(api, answer)
    life = meta.number(answer.at("expires_in"))
    return replace(
        before,
        access_token=token,
        refresh_token=token,
        expires_at=clock.after(min(max(life, 0), _LONGEST_LIFE_SECONDS)) if life is not None else None,
    )
