"""How an account is connected: each server registers this installation for itself, and then asks the person."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

import aiohttp

from aipromote.connectors import wire
from aipromote.connectors.contract import App, Consent, Credentials, Profile
from aipromote.connectors.errors import Revoked, Unreachable
from aipromote.connectors.mastodon import answers
from aipromote.connectors.numbers import count
from aipromote.connectors.wire import Answer

CLIENT_NAME = "AIPromote"
SCOPES = ("read:accounts", "read:statuses", "write:statuses", "write:media")
"""What every version knows; `profile`, which says less than `read:accounts`, came with 4.3."""


async def register(http: aiohttp.ClientSession, *, server: str, redirect_uri: str) -> App:
    """A new app on this server, allowed what `SCOPES` says."""
    form = {"client_name": CLIENT_NAME, "redirect_uris": redirect_uri, "scopes": " ".join(SCOPES)}
    answer = await wire.call(http, "POST", f"{server}/api/v1/apps", data=form)
    answers.readable(answer)
    if not answer.fact("client_id") or not answer.fact("client_secret"):
        raise answer.unusable(answers.NETWORK)
    return App(answer.fact("client_id"), answer.fact("client_secret"))


def authorization_url(consent: Consent) -> str:
    """The server's consent page. Servers before 4.3 overlook the challenge."""
    assert consent.app is not None, "register comes before consent"
    query = {
        "response_type": "code",
        "client_id": consent.app.client_id,
        "redirect_uri": consent.redirect_uri,
        "scope": " ".join(SCOPES),
        "state": consent.state,
        "code_challenge": consent.code_challenge,
        "code_challenge_method": "S256",
    }
    return f"{consent.server}/oauth/authorize?{urlencode(query)}"


async def exchange(http: aiohttp.ClientSession, consent: Consent, *, code: str) -> Credentials:
    """Trade the code for a token, which lasts until somebody takes it back. Whose it is, is not known yet."""
    assert consent.app is not None, "register comes before consent"
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": consent.app.client_id,
        "client_secret": consent.app.client_secret,
        "redirect_uri": consent.redirect_uri,
        "code_verifier": consent.code_verifier,
        "scope": " ".join(SCOPES),
    }
    hidden = [code, consent.app.client_secret, consent.code_verifier]
    answer = await wire.call(http, "POST", f"{consent.server}/oauth/token", secrets=hidden, data=form)
    if answer.fact("error") == "invalid_grant":
        raise Revoked("The server no longer accepts this consent; connect the account again.", code="invalid_grant")
    if answer.fact("error") == "invalid_client":
        raise Revoked("The server has forgotten this installation; connect the account again.", code="invalid_client")
    answers.readable(answer)
    if not answer.fact("access_token"):
        raise answer.unusable(answers.NETWORK)
    return Credentials(
        server=consent.server,
        access_token=answer.fact("access_token"),
        scope=answer.fact("scope") or " ".join(SCOPES),
        app=consent.app,
    )


async def revoke(http: aiohttp.ClientSession, credentials: Credentials) -> None:
    """Give the token back. Only the app that it was given to can do that."""
    if credentials.app is None:
        return
    form = {
        "client_id": credentials.app.client_id,
        "client_secret": credentials.app.client_secret,
        "token": credentials.access_token,
    }
    hidden = [credentials.app.client_secret, credentials.access_token]
    answer = await wire.call(http, "POST", f"{credentials.server}/oauth/revoke", secrets=hidden, data=form)
    if answer.is_success or answer.fact("error") in {"unauthorized_client", "invalid_client", "invalid_token"}:
        return  # a token or an app that the server does not know needs no revoking
    answers.refuse(answer)


def profile(answer: Answer, server: str) -> Profile:
    """The account as its server tells of it; the handle with the server, as people write it."""
    body = answers.readable(answer)
    if not answer.fact("id") or not answer.fact("username"):
        raise Unreachable("Mastodon did not say whose token this is.")
    host = urlsplit(answer.fact("url")).hostname or urlsplit(server).hostname
    return Profile(
        account_id=answer.fact("id"),
        handle=f"{answer.fact('username')}@{host}",
        display_name=answer.fact("display_name") or None,
        profile_url=answer.fact("url") or None,
        followers=count(body.get("followers_count")),
        following=count(body.get("following_count")),
        posts=count(body.get("statuses_count")),
    )
