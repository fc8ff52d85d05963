"""WordPress's way of asking and refusing: where its REST API is, and what its errors mean in the contract's words."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NoReturn
from urllib.parse import urlencode, urljoin, urlsplit

import aiohttp
from multidict import CIMultiDictProxy

from aipromote.connectors import waits, wire
from aipromote.connectors.contract import Credentials
from aipromote.connectors.errors import (
    MediaRejected,
    PermissionMissing,
    RateLimited,
    Rejected,
    Revoked,
    TargetGone,
    UnknownOutcome,
    Unreachable,
)
from aipromote.connectors.wire import Answer

NETWORK = "WordPress"
ME = "/wp/v2/users/me"
_LINK = re.compile(r'<([^<>]+)>\s*;\s*rel="?https://api\.w\.org/"?')
_TAG = re.compile(r"<[^<>]*>")
_MOVED = frozenset({301, 302, 307, 308})
_MOVES = 3
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_TYPED = re.compile(r"/(?:wp-json|wp-admin|wp-login\.php)(?:/.*)?$")


def address(server: str, path: str, query: Mapping[str, object] | None = None) -> str:
    """Where a route is. A site without pretty addresses has its API at `…/index.php?rest_route=`."""
    joined = "&" if "?" in server else "?"
    return f"{server}{path}{joined}{urlencode(query)}" if query else f"{server}{path}"


async def call(
    http: aiohttp.ClientSession,
    credentials: Credentials,
    method: str,
    path: str,
    *,
    query: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
    **content: Any,
) -> Answer:
    """One call with user name and application password, which are `credentials.access_token`, a colon between them."""
    pair = credentials.access_token
    basic = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    hidden = [pair, pair.partition(":")[2]]
    url = address(credentials.server, path, query)
    return await wire.call(http, method, url, headers=basic | dict(headers or {}), secrets=hidden, **content)


def own_code(answer: Answer) -> str:
    """WordPress's own word for an error; nothing where it was not WordPress that answered."""
    return answer.fact("code") if isinstance(answer.at("data", "status"), int) else ""


def refuse(answer: Answer) -> NoReturn:
    """Raise what an answer that is no success means."""
    code = own_code(answer)
    spoken = answer.words(otherwise=f"WordPress answered {answer.status}.")
    reason = html.unescape(_TAG.sub("", spoken))
    named = answer.code("code")
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise RateLimited(reason, retry_at=waits.retry_at(answer), code=named)
    if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or code.startswith("rest_upload_"):
        raise MediaRejected(reason, code=named)
    if not code:
        raise in_between(answer)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        raise Revoked(f"{reason} Connect the site again with a new application password.", code=named)
    if answer.status == HTTPStatus.FORBIDDEN:
        raise PermissionMissing(reason, code=named)
    if answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        raise TargetGone(reason, code=named)
    raise Rejected(reason, code=named)


def in_between(answer: Answer) -> UnknownOutcome | Unreachable:
    """The error for an answer that is not WordPress's: nobody knows what became of the call behind it."""
    kind = type(answer.unusable(NETWORK))
    reason = (
        f"The site answered {answer.status}, but not in WordPress's words: a security plugin, a firewall or a "
        "maintenance page stands before it. Let calls to its REST API through there."
    )
    return kind(reason, code=str(answer.status))


def readable(answer: Answer) -> dict[str, Any]:
    """The body of a success, or the refusal as an error of the contract."""
    if not answer.is_success:
        refuse(answer)
    if not isinstance(answer.body, dict):
        raise in_between(answer)
    return answer.body


async def find(http: aiohttp.ClientSession, site: str, pair: str) -> tuple[Credentials, Answer]:
    """Where the site's API is, and what it says about the user: at `/wp-json`, or where the site's headers point.

    The password goes to this site alone (with or without `www.`), and never over an open line.
    """
    site = _TYPED.sub("", site.rstrip("/"))
    if not _is_safe(site):
        raise Rejected("WordPress takes application passwords over https only. Give the address with https.")
    credentials, answer = await _ask_who(http, f"{site}/wp-json", pair)
    if not _is_the_api(answer):
        credentials, answer = await _ask_who(http, await _linked(http, site), pair)
    if not _is_the_api(answer):
        raise in_between(answer)
    return credentials, answer


async def _ask_who(http: aiohttp.ClientSession, root: str, pair: str) -> tuple[Credentials, Answer]:
    credentials = Credentials(root, pair, token_type="Basic")  # noqa: S106 -- the kind of token
    return credentials, await call(http, credentials, "GET", ME, query={"context": "edit"}, meaningful=_MOVED)


def _is_the_api(answer: Answer) -> bool:
    if answer.is_success:
        return isinstance(answer.at("id"), int)
    return own_code(answer) not in {"", "rest_no_route"}


async def _linked(http: aiohttp.ClientSession, site: str) -> str:
    """The root of the API that the site's front page names in its headers."""
    page = f"{site}/"
    for _ in range(_MOVES):
        answer = await wire.call(http, "HEAD", page, meaningful=_MOVED)
        if answer.status in _MOVED:
            page = urljoin(page, answer.headers.get("Location", ""))
            if not _is_same(site, page):
                raise Rejected(f"This address leads to {page[:200]}. Give that one, if it is your site.")
            continue
        root: str | None = next((match[1] for line in _lines(answer) if (match := _LINK.search(line))), None)
        if root is None:
            break
        root = urljoin(page, root)
        if not _is_same(site, root):
            raise Rejected(f"The site has its API at {root[:200]}, which is another site. Give that address.")
        return root.rstrip("/")
    raise Unreachable(
        "No WordPress with a REST API answers at this address. Is it the address of the site's front page, and does no "
        "security plugin turn the REST API off?"
    )


def _lines(answer: Answer) -> list[str]:
    """All `Link` headers: a site may send several."""
    headers = answer.headers
    return headers.getall("Link", []) if isinstance(headers, CIMultiDictProxy) else [headers.get("Link", "")]


def _is_same(site: str, other: str) -> bool:
    """Whether `other` is on the same host, give or take `www.`, and no less private."""
    here, there = urlsplit(site), urlsplit(other)
    names = [(parts.hostname or "").removeprefix("www.") for parts in (here, there)]
    return names[0] == names[1] and _is_safe(other) and (here.scheme != there.scheme or here.port == there.port)


def _is_safe(site: str) -> bool:
    parts = urlsplit(site)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)
