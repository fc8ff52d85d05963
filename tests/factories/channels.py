"""Accounts on the sandbox network, connected as a person connects them."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import aiohttp

from aipromote.channels import actions, connecting
from aipromote.channels.models import SocialAccount
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from factories.organizations import Startup

BACK = "http://127.0.0.1:9/back"


async def consent(http: aiohttp.ClientSession, url: str, **answers: str) -> dict[str, str]:
    """What a browser does on the consent page that `url` leads to; the query that comes back."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    form = asked | {"answer": "allow"} | answers
    async with http.post(url.partition("?")[0], data=form, allow_redirects=False) as response:
        assert response.status == 303, await response.text()
        return {name: values[0] for name, values in parse_qs(urlsplit(response.headers["Location"]).query).items()}


async def account(
    database: Database,
    http: aiohttp.ClientSession,
    startup: Startup,
    *,
    server: str,
    handle: str = "kornblume",
    platform: Platform = Platform.SANDBOX,
    scope: str | None = None,
) -> SocialAccount:
    async with database.transaction(startup.id) as session:
        url = await actions.start_connect(
            session,
            startup.owner,
            organization_id=startup.id,
            platform=platform,
            connector="sandbox",
            server=server,
            redirect_uri=BACK,
            hint={"handle": handle},
        )
    answer = await consent(http, url, handle=handle, platform=platform.value, **({"scope": scope} if scope else {}))
    outcome = await connecting.come_back(
        database, startup.owner, http, organization_id=startup.id, state=answer["state"], code=answer["code"]
    )
    [connected] = outcome.accounts
    return connected
