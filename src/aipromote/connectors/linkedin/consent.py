"""LinkedIn's OAuth 2: one consent opens a person's own profile and, where the app may, the pages they administer.

Access tokens last sixty days. Refresh tokens are for approved partners only, and end a year after the consent.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp

from aipromote.connectors import wire
from aipromote.connectors.contract import App, Ask, Consent, Credentials, Grant, Profile
from aipromote.connectors.errors import Rejected, Revoked, Unreachable
from aipromote.connectors.granting import granted
from aipromote.connectors.linkedin import rest
from aipromote.connectors.linkedin.rest import NETWORK, SERVER
from aipromote.connectors.wire import Answer

ACCESS = Ask(
    "access",
    "Access",
    "Empty: your own profile. “pages”: the company pages that you administer, too, if your LinkedIn app has been "
    "granted the Community Management API. Names of further scopes may follow, such as r_member_postAnalytics.",
    placeholder="pages",
    is_required=False,
)
PAGES = "pages"
PERSON, ORGANIZATION = "urn:li:person:", "urn:li:organization:"
MEMBER_SCOPES = ("openid", "profile", "w_member_social")
_SIGN_IN = frozenset({"openid", "profile"})
"""Of another product of LinkedIn's than pages; an app for pages alone has `r_basicprofile` in their place."""
PAGE_SCOPES = ("w_organization_social", "r_organization_social", "rw_organization_admin")
_CONSENT_SERVER = "https://www.linkedin.com"
_SCOPE = re.compile(r"[a-zA-Z_]{2,60}")
_MOST_PAGES = 100


def scopes_of(hint: str) -> list[str]:
    """What is asked for: the profile, the pages where they were wished for, and what was named."""
    words = hint.split()
    further = [word for word in words if word.lower() != PAGES and _SCOPE.fullmatch(word)]
    person = [scope for scope in MEMBER_SCOPES if "r_basicprofile" not in further or scope not in _SIGN_IN]
    wanted = (*person, *(PAGE_SCOPES if PAGES in hint.lower().split() else ()), *further)
    return list(dict.fromkeys(wanted))


def page(consent: Consent) -> str:
    """Where the person says yes."""
    query = {
        "response_type": "code",
        "client_id": _app(consent.app).client_id,
        "redirect_uri": consent.redirect_uri,
        "state": consent.state,
        "scope": " ".join(scopes_of(consent.hint.get(ACCESS.name, ""))),
    }
    return f"{_host(consent.server)}/oauth/v2/authorization?{urlencode(query, quote_via=quote)}"


async def exchange(http: aiohttp.ClientSession, consent: Consent, code: str) -> list[Grant]:
    """Trade the code, and ask whose the token is and which pages it opens."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": consent.redirect_uri}
    answer, opened = await _trade(http, Credentials(consent.server, "", app=_app(consent.app)), form)
    try:
        profile = await member(http, opened)
    except Unreachable:
        # A token may be unknown over there for some seconds; what came with it says who the person is.
        told = _identity(answer.fact("id_token"))
        if told is None:
            raise
        profile = told
    pages = await _pages(http, opened) if PAGE_SCOPES[0] in opened.scope.split() else []
    grants = [Grant(replace(opened, account_id=one.account_id), one) for one in (profile, *pages)]
    return [grant for grant in grants if _may_publish(grant.credentials)] or grants[:1]


async def refresh(http: aiohttp.ClientSession, credentials: Credentials) -> Credentials:
    """A new access token for approved partners; for others only the person can open the account again."""
    if not credentials.refresh_token:
        raise Revoked("LinkedIn lets nobody in for longer than sixty days; connect the account again.")
    form = {"grant_type": "refresh_token", "refresh_token": credentials.refresh_token}
    _, opened = await _trade(http, credentials, form)
    return opened


async def revoke(http: aiohttp.ClientSession, credentials: Credentials) -> None:
    """End the token of a person alone. One that LinkedIn does not know is as good.

    A consent for pages gave one token to several accounts here, and ending it for one would end it for all.
    """
    if PAGE_SCOPES[0] in credentials.scope.split():
        return
    answer = await _call(http, credentials, "revoke", {"token": credentials.access_token})
    if not answer.is_success and not answer.fact("error"):
        rest.refuse(answer, credentials)


async def member(http: aiohttp.ClientSession, credentials: Credentials) -> Profile:
    """The person behind the token. Apps for pages alone have no `openid` and use the older call."""
    scopes = credentials.scope.split()
    is_older = "r_basicprofile" in scopes and "openid" not in scopes
    answer = await rest.call(http, "GET", credentials, "/v2/me" if is_older else "/v2/userinfo")
    profile = _person(rest.readable(answer, credentials))
    if profile is None:
        raise answer.unusable(NETWORK)
    return profile


def organization(shown: dict[str, Any], urn: str) -> Profile:
    """A page as LinkedIn shows it."""
    name, vanity = _text(shown.get("localizedName")), _text(shown.get("vanityName"))
    number = urn.removeprefix(ORGANIZATION)
    address = f"https://www.linkedin.com/company/{quote(vanity or number, safe='')}/"
    return Profile(urn, vanity or name or number, name or None, address)


async def _pages(http: aiohttp.ClientSession, credentials: Credentials) -> list[Profile]:
    path = f"/rest/organizationAcls?q=roleAssignee&role=ADMINISTRATOR&state=APPROVED&count={_MOST_PAGES}"
    answer = await rest.call(http, "GET", credentials, path, rest_method="FINDER")
    elements = rest.readable(answer, credentials).get("elements")
    if not isinstance(elements, list):
        raise answer.unusable(NETWORK)
    urns = [_text(one.get("organization")) for one in elements if isinstance(one, dict)]
    numbers = [urn.removeprefix(ORGANIZATION) for urn in dict.fromkeys(urns) if urn.startswith(ORGANIZATION)]
    if not numbers:
        return []
    answer = await rest.call(http, "GET", credentials, f"/rest/organizations?ids=List({','.join(numbers)})")
    results = rest.readable(answer, credentials).get("results")
    shown = results if isinstance(results, dict) else {}
    found = ((number, shown.get(number)) for number in numbers)
    return [organization(one if isinstance(one, dict) else {}, ORGANIZATION + number) for number, one in found]


def _may_publish(credentials: Credentials) -> bool:
    wanted = PAGE_SCOPES[0] if credentials.account_id.startswith(ORGANIZATION) else "w_member_social"
    return wanted in credentials.scope.split()


async def _trade(
    http: aiohttp.ClientSession, credentials: Credentials, form: dict[str, str]
) -> tuple[Answer, Credentials]:
    answer = await _call(http, credentials, "accessToken", form)
    error = answer.fact("error")
    if not answer.is_success and error in {"invalid_client", "unauthorized_client"}:
        told = "LinkedIn does not accept the client id and secret of this installation."
        raise Unreachable(told, code=answer.code())
    if answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED} and error:
        raise Revoked("LinkedIn no longer accepts this consent; connect the account again.", code=answer.code())
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        rest.refuse(answer, credentials)
    if not answer.is_success or not answer.fact("access_token"):
        raise answer.unusable(NETWORK)
    return answer, granted(credentials, answer)


async def _call(http: aiohttp.ClientSession, credentials: Credentials, verb: str, form: dict[str, str]) -> Answer:
    app = credentials.app or App("")
    url = f"{_host(credentials.server)}/oauth/v2/{verb}"
    whole = form | {"client_id": app.client_id, "client_secret": app.client_secret}
    hidden = [form.get("code"), form.get("token"), form.get("refresh_token"), app.client_secret]
    return await wire.call(http, "POST", url, secrets=hidden, data=whole)


def _host(server: str) -> str:
    return wire.elsewhere(server, usual=SERVER, there=_CONSENT_SERVER)


def _app(app: App | None) -> App:
    if app is None:
        raise Rejected("This installation has no LinkedIn app yet; whoever runs it enters its client id and secret.")
    return app


def _identity(token: str) -> Profile | None:
    """Who an identity token is about. It came over the same line as the access token, so it needs no other proof."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return None
    return _person(claims) if isinstance(claims, dict) else None


def _person(shown: dict[str, Any]) -> Profile | None:
    """From either call: `sub` and `name`, or `id` and the two halves of a name."""
    number = _text(shown.get("sub")) or _text(shown.get("id"))
    if not re.fullmatch(r"[\w-]{1,100}", number, re.ASCII):
        return None
    halves = f"{_text(shown.get('localizedFirstName'))} {_text(shown.get('localizedLastName'))}"
    name, vanity = _text(shown.get("name")) or halves.strip(), _text(shown.get("vanityName"))
    address = f"https://www.linkedin.com/in/{quote(vanity, safe='')}/" if vanity else None
    return Profile(PERSON + number, vanity or name or number, name or None, address)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
