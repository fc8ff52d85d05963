"""From a person's consent to the tokens of their Pages.

A Page's token comes from the person's long-lived one and then does not end, until the person changes their password or
takes the consent back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import aiohttp

from aipromote.connectors import meta, meta_tokens, wire
from aipromote.connectors.contract import Consent, Credentials, Grant, Profile
from aipromote.connectors.errors import ConnectorError, PermissionMissing, Rejected
from aipromote.connectors.facebook.graph import API, HOME, SERVER

SCOPES = (
    "pages_show_list",
    "pages_manage_posts",
    "pages_read_engagement",
    "pages_manage_engagement",
    "pages_read_user_engagement",
    "read_insights",
    "business_management",
    "publish_video",
)
PAGE_FIELDS = "id,name,username,link,followers_count"
_PUBLISHES = "CREATE_CONTENT"
_MOST_LISTS = 20


def page(consent: Consent) -> str:
    """The consent page."""
    assert consent.app is not None
    query = {
        "client_id": consent.app.client_id,
        "redirect_uri": consent.redirect_uri,
        "scope": ",".join(SCOPES),
        "response_type": "code",
        "state": consent.state,
    }
    host = wire.elsewhere(consent.server, usual=SERVER, there="https://www.facebook.com")
    return f"{host}/{API.version}/dialog/oauth?{urlencode(query)}"


async def exchange(http: aiohttp.ClientSession, consent: Consent, code: str) -> list[Grant]:
    """A grant for each Page that the person may post to. Raises PermissionMissing where there is none."""
    fields = {"redirect_uri": consent.redirect_uri, "code": code.removesuffix("#_")}
    try:
        short = await _token(http, consent, fields, hidden=code)
    except Rejected as refused:
        raise meta_tokens.refused_code(API, refused) from refused
    fields = {"grant_type": "fb_exchange_token", "fb_exchange_token": short}
    token = await _token(http, consent, fields, hidden=short)
    person = Credentials(consent.server, token, app=consent.app)
    scope = await _granted(http, person)
    found = [grant for row in await _pages(http, person) if (grant := _grant(row, person, scope)) is not None]
    if not found:
        words = (
            "This Facebook account may post to no Page, or none was chosen on the consent page: choose one at least."
        )
        raise PermissionMissing(words, code="no_page")
    return found


def profile(row: Mapping[str, Any]) -> Profile | None:
    """A Page as Facebook tells of it; None where it has no name."""
    number, name = meta.word(row.get("id")), meta.word(row.get("name"))
    if not number or not name:
        return None
    return Profile(
        account_id=number,
        handle=meta.word(row.get("username")) or name,
        display_name=name,
        profile_url=meta.word(row.get("link")) or f"{HOME}{number}",
        followers=meta.number(row.get("followers_count")),
    )


async def _token(http: aiohttp.ClientSession, consent: Consent, fields: Mapping[str, str], *, hidden: str) -> str:
    assert consent.app is not None
    secret = consent.app.client_secret
    query = {"client_id": consent.app.client_id, "client_secret": secret, **fields}
    url = f"{consent.server}/{API.version}/oauth/access_token"
    return meta_tokens.token_of(API, await wire.call(http, "GET", url, secrets=[hidden, secret], params=query))


async def _granted(http: aiohttp.ClientSession, person: Credentials) -> str:
    """What the person agreed to; nothing where Facebook does not tell."""
    try:
        rows = API.rows(await API.get(http, person, "me/permissions"))
    except ConnectorError:
        return ""
    return " ".join(meta.word(row.get("permission")) for row in rows if row.get("status") == "granted")


async def _pages(http: aiohttp.ClientSession, person: Credentials) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    for _ in range(_MOST_LISTS):
        fields = f"{PAGE_FIELDS},access_token,tasks"
        answer = await API.get(http, person, "me/accounts", fields=fields, limit="100", **after)
        found += API.rows(answer)
        cursor = answer.fact("paging", "cursors", "after")
        if not cursor or answer.at("paging", "next") is None:
            break
        after = {"after": cursor}
    return found


def _grant(row: Mapping[str, Any], person: Credentials, scope: str) -> Grant | None:
    told, token, tasks = profile(row), meta.word(row.get("access_token")), row.get("tasks")
    if told is None or not token or (isinstance(tasks, list) and _PUBLISHES not in tasks):
        return None
    opened = Credentials(person.server, token, scope=scope, account_id=told.account_id, app=person.app)
    return Grant(opened, told)
