"""The person at the browser: gives consent on the sandbox network, by its own pages. For simulations and canaries."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import aiohttp

from aipromote.errors import Unavailable


async def give_consent(http: aiohttp.ClientSession, authorization_url: str) -> tuple[str, str]:
    """Open the consent page, say yes, and be sent back: the `state` and `code` of the redirect."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(authorization_url).query).items()}
    async with http.get(authorization_url) as page:
        page.raise_for_status()
    action = authorization_url.split("?", 1)[0]
    async with http.post(action, data={**query, "answer": "allow"}, allow_redirects=False) as answer:
        back = parse_qs(urlsplit(answer.headers.get("Location", "")).query)
    if "code" not in back:
        raise Unavailable(f"The sandbox network did not give its consent (it answered {answer.status}).")
    return back["state"][0], back["code"][0]
