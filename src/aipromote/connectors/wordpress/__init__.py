"""The connector to WordPress sites, through the REST API that every one has (5.6 and later).

An article's name in its address (`slug`) is made of the armed key, so a call without an answer is looked up by it. A
site calls a second article of one name `…-2`, but gives both the same where two calls arrive at one moment: it looks
for the name before it takes it. Whoever sees either after a call takes the second down at once and reports a duplicate.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import aiohttp

from aipromote import clock
from aipromote.connectors import matching
from aipromote.connectors.base import Network
from aipromote.connectors.capabilities import (
    GIF,
    JPEG,
    MEGABYTE,
    MP4,
    PNG,
    QUICKTIME,
    WEBM,
    WEBP,
    Capabilities,
    ImageRules,
    LinkStyle,
    VideoRules,
)
from aipromote.connectors.contract import (
    Absent,
    Armed,
    Ask,
    Certainty,
    Credentials,
    Grant,
    LookUp,
    Metrics,
    Part,
    Prepared,
    Processing,
    Profile,
    Published,
    Undecided,
)
from aipromote.connectors.errors import ConnectorError, Duplicate, PermissionMissing, Rejected
from aipromote.connectors.wire import Answer
from aipromote.connectors.wordpress import files, markup, rest
from aipromote.documents.vocabulary import Platform

POSTS = "/wp/v2/posts"
_ARRIVAL_WINDOW = timedelta(minutes=5)
"""PHP goes on after the caller has hung up, and may have waited for a free process before: not longer than this."""
_REVIEW = timedelta(hours=1)
_NEWEST = 20
"""So many articles are looked at for one that a plugin renamed."""
_ROOT = re.compile(r"(?:/wp-json|/(?:index\.php)?\?rest_route=)$")
"""The end of an API's address, which is no part of the site's."""


class WordPressConnector(Network):
    """Implements `KeyConnector`."""

    name = "wordpress"
    platform = Platform.WORDPRESS
    server = ""  # everybody has a site of their own
    is_server_chosen = True
    asks: tuple[Ask, ...] = (
        Ask("username", "User name", "The one that you sign in with."),
        Ask(
            "password",
            "Application password",
            "From Users, Profile, Application Passwords. Not the password that you sign in with.",
            placeholder="abcd EFGH 1234 ijkl MNOP 5678",
            is_secret=True,
        ),
    )
    certainty = Certainty.HANDLE
    can = Capabilities(
        images=ImageRules(frozenset({JPEG, PNG, GIF, WEBP}), 20 * MEGABYTE),
        max_images=20,
        videos=VideoRules(frozenset({MP4, QUICKTIME, WEBM}), 512 * MEGABYTE),
        max_videos=1,
        mixes_media=True,
        max_alt_text=2000,
        link=LinkStyle.AUTOMATIC,
        max_title=255,
        needs_title=True,
    )

    async def sign_in(self, http: aiohttp.ClientSession, *, server: str, given: Mapping[str, str]) -> list[Grant]:
        """Find the site's API and ask it who the user is and whether they may publish."""
        pair = f"{given.get('username', '').strip()}:{''.join(given.get('password', '').split())}"
        credentials, answer = await rest.find(http, server, pair)
        profile = _profile(credentials, answer)
        if _lacks_publishing(answer):
            raise PermissionMissing(f"{profile.handle} may not publish on this site: an author or an editor can.")
        opened = Credentials(credentials.server, pair, token_type="Basic", account_id=profile.account_id)  # noqa: S106 -- the kind of token
        return [Grant(opened, profile)]

    async def prepare(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, prepared: str | None
    ) -> Prepared:
        """Put the files into the site's media library."""
        del prepared
        return Prepared(files.handle([await files.upload(http, credentials, file) for file in part.media]))

    async def publish(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed
    ) -> Published | Processing:
        """Create the article under the name of its key, once."""
        if not (part.title or "").strip():
            raise Rejected("A WordPress article needs a title.")
        attached = files.Attached()
        if part.media:
            attached = await files.attach(http, credentials, part.media, armed.prepared)
        name = _name(part, armed)
        body: dict[str, Any] = {
            "title": markup.words(part.title or ""),
            "content": markup.article(part.text) + attached.below,
            "slug": name,
            "status": "publish",
        }
        if attached.featured is not None:
            body["featured_media"] = attached.featured
        answer = await rest.call(http, credentials, "POST", POSTS, publishes=True, json=body)
        if not answer.is_success:
            rest.refuse(answer)
        result = _outcome(answer.body)
        if result is None:
            raise rest.in_between(answer)
        is_numbered = re.fullmatch(rf"{re.escape(name)}-\d+", answer.fact("slug"))
        if is_numbered or await _has_earlier(http, credentials, name, answer):
            await self._take_back(http, credentials, answer)
        return result

    async def look_up(self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
        """Ask for the article by its name, in every state that it may have over there; then look at the newest."""
        has_arrived = clock.now() - armed.armed_at > _ARRIVAL_WINDOW
        name = _name(part, armed)
        by_name = {"slug": f"{name},{name}__trashed", "per_page": 10}
        newest = {"orderby": "id", "order": "desc", "per_page": _NEWEST}
        answer, found = await _ask(http, credentials, by_name)
        if not found:
            has_none = bool(part.title) and answer.headers.get("X-WP-Total") == "0"
            _, listed = await _ask(http, credentials, newest)
            found = [one for one in listed if _is_renamed(one, part, armed)]
            if len(found) > 1 or (not found and not has_none):
                return Undecided("The site's list of articles does not tell which is this one.", final=bool(found))
            if not found:
                return Absent() if has_arrived else Undecided("The call may still be on its way.")
        first = min(found, key=_order)
        if isinstance(first, dict) and first.get("status") == "trash":
            raise Rejected("The article is in the site's trash: somebody put it there.", code="trash")
        return _outcome(first) or Undecided("WordPress answered with something unreadable.")

    async def metrics(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> Metrics:
        """Nothing: WordPress itself counts no readers."""
        del http, credentials, platform_post_id
        return Metrics()

    async def profile(self, http: aiohttp.ClientSession, credentials: Credentials) -> Profile:
        """The user on this site."""
        answer = await rest.call(http, credentials, "GET", rest.ME, query={"context": "edit"})
        return _profile(credentials, answer)

    async def delete(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> None:
        """Move the article to the trash, from where its author can take it back; delete it where there is no trash."""
        path = f"{POSTS}/{int(platform_post_id) if platform_post_id.isdecimal() else 0}"
        no_trash = HTTPStatus.NOT_IMPLEMENTED
        answer = await rest.call(http, credentials, "DELETE", path, meaningful={no_trash})
        if answer.status == no_trash:
            answer = await rest.call(http, credentials, "DELETE", path, query={"force": "true"})
        if not answer.is_success and rest.own_code(answer) not in {"rest_post_invalid_id", "rest_already_trashed"}:
            rest.refuse(answer)

    async def _take_back(self, http: aiohttp.ClientSession, credentials: Credentials, answer: Answer) -> None:
        """Delete the second article under one key, and say so: the first is what a look-up finds."""
        reason = "The site had this article already; the second was deleted at once."
        path = f"{POSTS}/{answer.at('id')}"
        try:
            rest.readable(await rest.call(http, credentials, "DELETE", path, query={"force": "true"}))
        except ConnectorError:
            reason = f"The site has this article twice: delete the second, {answer.fact('link')[:200]}."
        raise Duplicate(reason, code="second_insert")


async def _ask(
    http: aiohttp.ClientSession, credentials: Credentials, query: dict[str, object]
) -> tuple[Answer, list[Any]]:
    """Articles in every state, drafts and the trash included."""
    where = {"status": "any,trash", "context": "edit", **query}
    answer = await rest.call(http, credentials, "GET", POSTS, query=where)
    if not answer.is_success:
        rest.refuse(answer)
    if not isinstance(answer.body, list):
        raise rest.in_between(answer)
    return answer, answer.body


async def _has_earlier(http: aiohttp.ClientSession, credentials: Credentials, name: str, answer: Answer) -> bool:
    """Whether another article of this very name came before the one that was answered with."""
    try:
        _, found = await _ask(http, credentials, {"slug": name, "per_page": 10})
    except ConnectorError:
        return False  # this article is out, whatever became of the question
    return any(_order(one) < _order(answer.body) for one in found)


def _order(shown: Any) -> tuple[bool, int]:
    """Sorts articles of one name: the first that arrived comes first, one in the trash last."""
    match shown:
        case {"id": int(number), "status": str(status)}:
            return status == "trash", number
        case _:
            return True, sys.maxsize


def _is_renamed(shown: Any, part: Part, armed: Armed) -> bool:
    """Whether it is ours by time, title and text: a plugin may have given it another name than those that we give.

    Whoever asks may not know the title; then our mark in its name tells.
    """
    match shown:
        case {"slug": str(name)} if markup.SLUG.fullmatch(name):
            return f"-{markup.mark(armed.key)}" in name
        case {"date_gmt": str(date), "title": {"raw": str(title)}, "content": {"raw": str(content)}}:
            wanted = [matching.normal(one) for one in (markup.words(part.title or ""), markup.article(part.text))]
            return (
                _is_near(date, armed)
                and (not part.title or matching.normal(title) == wanted[0])
                and matching.normal(content).startswith(wanted[1])
            )
        case _:
            return False


def _is_near(date: str, armed: Armed) -> bool:
    try:
        moment = datetime.fromisoformat(date).replace(tzinfo=UTC)
    except ValueError:
        return False
    return armed.armed_at - matching.BEFORE <= moment <= armed.armed_at + matching.AFTER


def _name(part: Part, armed: Armed) -> str:
    return markup.slug(part.title or "", armed.key)


def _profile(credentials: Credentials, answer: Answer) -> Profile:
    body = rest.readable(answer)
    number = body.get("id")
    if not isinstance(number, int):
        raise rest.in_between(answer)
    site = _ROOT.sub("", credentials.server.partition("://")[2])
    return Profile(
        account_id=f"{site}#{number}",  # users are numbered on each site
        handle=f"{answer.fact('username') or answer.fact('slug')}@{site}",
        display_name=answer.fact("name") or None,
        profile_url=answer.fact("link") or None,
    )


def _lacks_publishing(answer: Answer) -> bool:
    """Whether the site lists what the user may do, and publishing is not in the list."""
    listed = answer.at("capabilities")
    return isinstance(listed, dict) and not listed.get("publish_posts")


def _outcome(body: Any) -> Published | Processing | None:
    """What an article in WordPress's words means; None where it is none."""
    match body:
        case {"id": int(number), "link": str(link), "status": "publish", "date_gmt": str(date)}:
            try:
                return Published(str(number), link, datetime.fromisoformat(date).replace(tzinfo=UTC))
            except ValueError:
                return None
        case {"id": int(number), "link": str(), "status": str(status)} if status not in {"", "publish"}:
            reason = f"The site keeps the article as “{status[:20]}”. It is out once somebody publishes it there."
            return Processing(str(number), reason, _REVIEW)
        case _:
            return None
