"""From a person's consent to tokens, and the boards that they open."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import aiohttp

from aipromote.connectors import wire
from aipromote.connectors.contract import App, Consent, Credentials, Grant, Profile
from aipromote.connectors.errors import Rejected, Revoked
from aipromote.connectors.granting import granted
from aipromote.connectors.numbers import count
from aipromote.connectors.pinterest import api
from aipromote.connectors.wire import Answer

SERVER = "https://api.pinterest.com"
SITE = "https://www.pinterest.com"
SCOPES = ("boards:read", "boards:write", "pins:read", "pins:write", "user_accounts:read")
_PAGES = 10
_PAGE = "100"


def page(consent: Consent) -> str:
    """Where the person says yes."""
    app = consent.app or App("")
    query = {
        "client_id": app.client_id,
        "redirect_uri": consent.redirect_uri,
        "response_type": "code",
        "scope": ",".join(SCOPES),
        "state": consent.state,
    }
    return f"{wire.elsewhere(consent.server, usual=SERVER, there=SITE)}/oauth/?{urlencode(query)}"


async def exchange(http: aiohttp.ClientSession, consent: Consent, *, code: str) -> list[Grant]:
    """Trade the code for tokens: one grant for each board. The tokens are the same for all of them."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": consent.redirect_uri,
        "continuous_refresh": "true",  # apps from before September 2025 have to ask for it, others have it anyway
    }
    opened = await _tokens(http, Credentials(consent.server, "", app=consent.app), form, secret=code)
    found = await boards(http, opened)
    if not found:
        raise Rejected("This Pinterest account has no board yet: make one, then connect the account.")
    return [Grant(replace(opened, account_id=one.account_id), one) for one in found]


async def refresh(http: aiohttp.ClientSession, credentials: Credentials) -> Credentials:
    """New tokens for the same board."""
    if not credentials.refresh_token:
        raise Revoked("There is no refresh token; the account must be connected again.")
    form = {"grant_type": "refresh_token", "refresh_token": credentials.refresh_token}
    return await _tokens(http, credentials, form, secret=credentials.refresh_token)


async def revoke(http: aiohttp.ClientSession, credentials: Credentials) -> None:
    """End the tokens where no other board can live on them."""
    if len(await boards(http, credentials)) > 1:
        return
    form = {"token": credentials.access_token, "token_type_hint": "access_token"}
    url = f"{credentials.server}/v5/oauth/token/revoke"
    answer = await wire.call(
        http, "POST", url, headers=_basic(credentials.app), secrets=_hidden(credentials, ""), data=form
    )
    if not answer.is_success and not api.is_own(answer):
        api.refuse(answer)


async def boards(http: aiohttp.ClientSession, credentials: Credentials) -> list[Profile]:
    """All boards of the account."""
    found: list[Profile] = []
    query = {"page_size": _PAGE}
    for _ in range(_PAGES):
        body = await api.ask(http, credentials, "/boards", query)
        found += [profile for shown in items(body) if (profile := board(shown))]
        further = body.get("bookmark")
        if not isinstance(further, str) or not further:
            break
        query = {"page_size": _PAGE, "bookmark": further}
    return found


def items(body: dict[str, Any]) -> list[Any]:
    """What is on one page of a list."""
    listed = body.get("items")
    if not isinstance(listed, list):
        raise Answer(200, {}, body).unusable(api.NETWORK)
    return listed


def board(shown: Any) -> Profile | None:
    """A board as an account that can be published to."""
    match shown:
        case {"id": str(number), "name": str(name)} if number:
            owner = shown.get("owner")
            user = owner.get("username") if isinstance(owner, dict) else None
            handle = f"{user}/{name}" if isinstance(user, str) else name
            return Profile(
                account_id=number,
                handle=handle,
                display_name=name,
                profile_url=f"{SITE}/{user}/" if isinstance(user, str) else None,
                followers=count(shown.get("follower_count")),
                posts=count(shown.get("pin_count")),
            )
        case _:
            return None


async def _tokens(
    http: aiohttp.ClientSession, credentials: Credentials, form: dict[str, str], *, secret: str
) -> Credentials:
    url = f"{credentials.server}/v5/oauth/token"
    hidden = _hidden(credentials, secret)
    answer = await wire.call(http, "POST", url, headers=_basic(credentials.app), secrets=hidden, data=form)
    if answer.status in {400, 401, 403} and api.is_own(answer):
        raise Revoked("Pinterest no longer accepts this consent; connect the account again.", code=answer.code("code"))
    api.readable(answer)
    if not answer.fact("access_token"):
        raise answer.unusable(api.NETWORK)
    return granted(credentials, answer)


def _basic(app: App | None) -> dict[str, str]:
    known = app or App("")
    pair = f"{known.client_id}:{known.client_secret}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _hidden(credentials: Credentials, secret: str) -> list[str | None]:
    app_secret = credentials.app.client_secret if credentials.app else None
    return [secret, credentials.access_token, credentials.refresh_token, app_secret]
