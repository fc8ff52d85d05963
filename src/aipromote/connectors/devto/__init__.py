"""The connector to dev.to, by its API for articles.

It takes no key of ours, but refuses a second article of the same title and text, and lists an author's articles with
their whole text: that list tells what became of a call without an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus

import aiohttp

from aipromote import clock
from aipromote.connectors import matching
from aipromote.connectors.base import Network
from aipromote.connectors.capabilities import GIF, JPEG, MEGABYTE, PNG, WEBP, Capabilities, ImageRules, LinkStyle
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
    Profile,
    Published,
    Undecided,
)
from aipromote.connectors.devto import article, forem
from aipromote.connectors.errors import MediaRejected, Rejected
from aipromote.documents.vocabulary import Platform

DEFAULT_SERVER = "https://dev.to"
_ARRIVAL_WINDOW = timedelta(minutes=2)
"""After this long a call that was cut off can no longer be on its way."""
_PAGES = 10
_MEASURED_PAGES = 4


class DevtoConnector(Network):
    """Implements `KeyConnector`."""

    name = "devto"
    platform = Platform.DEVTO
    server = DEFAULT_SERVER
    asks: tuple[Ask, ...] = (
        Ask("api_key", "API key", "From dev.to: Settings, Extensions, DEV Community API Keys.", is_secret=True),
    )
    certainty = Certainty.LISTING
    can = Capabilities(
        images=ImageRules(frozenset({JPEG, PNG, GIF, WEBP}), 25 * MEGABYTE),
        max_images=1,
        link=LinkStyle.AUTOMATIC,
        max_title=128,
        needs_title=True,
        fetches_media=True,
        counters=frozenset({"impressions", "likes", "comments"}),
    )

    def prepares(self, part: Part) -> bool:
        """Never: dev.to fetches the cover by its address."""
        del part
        return False

    async def sign_in(self, http: aiohttp.ClientSession, *, server: str, given: Mapping[str, str]) -> list[Grant]:
        """Ask whose the key is."""
        credentials = Credentials(server, given.get("api_key", "").strip(), token_type="api-key")  # noqa: S106 -- the kind of token
        profile = await self.profile(http, credentials)
        return [Grant(replace(credentials, account_id=profile.account_id), profile)]

    async def publish(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed
    ) -> Published:
        """Create the article, public at once."""
        del armed
        if not (part.title or "").strip():
            raise Rejected("An article on dev.to needs a title.")
        document = article.document(part)
        if part.media:
            if part.media[0].url is None:
                raise MediaRejected(
                    "dev.to fetches the cover by its address, and this installation has no public one: set "
                    "AIPROMOTE_PUBLIC_URL, or publish without a picture."
                )
            document["main_image"] = part.media[0].url
        answer = await forem.call(
            http, credentials, "POST", "/api/articles", publishes=True, json={"article": document}
        )
        result = article.published(forem.readable(answer))
        if result is None:
            raise answer.unusable(forem.NETWORK)
        return result

    async def look_up(self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
        """Read the author's list, drafts among it, back to before the call, and compare title and text."""
        has_arrived = clock.now() - armed.armed_at > _ARRIVAL_WINDOW
        title = (part.title or "").strip()  # whoever asks may not know it: then the text alone is compared
        wanted = replace(part, text=article.whole(title, article.body(part.text)))
        candidates: list[matching.Candidate] = []
        seen, is_complete = 0, False
        async for page in forem.pages(http, credentials, "/api/articles/me/all", at_most=_PAGES):
            seen += len(page)
            drafts = [shown for shown in page if article.is_draft(shown)]
            if any(
                matching.fingerprint(article.told(shown, titled=bool(title))) == matching.fingerprint(wanted.text)
                for shown in drafts
            ):
                return Undecided("The article is on dev.to as a draft: somebody took it back there.", final=True)
            listed = [one for shown in page if (one := article.candidate(shown, titled=bool(title)))]
            if len(drafts) + len(listed) != len(page):
                return Undecided("dev.to answered with something unreadable.")
            candidates += listed
            reaches_back = any(one.post.published_at < armed.armed_at - matching.BEFORE for one in listed)
            if reaches_back or len(page) < forem.PAGE:
                is_complete = True
                break
        if not seen:  # an empty list may be anybody's: somebody who answers as dev.to has to say whose it is
            await self.profile(http, credentials)
        if found := matching.find(wanted, armed, candidates):
            return found
        if is_complete and has_arrived:
            return Absent()
        return Undecided("It is not in the list of articles.", final=has_arrived)

    async def metrics(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> Metrics:
        """Page views, reactions and comments. Views are told for an author's latest articles only."""
        async for page in forem.pages(http, credentials, "/api/articles/me/published", at_most=_MEASURED_PAGES):
            for shown in page:
                if str(article.count(shown, "id")) == platform_post_id:
                    return _metrics(shown)
        answer = await forem.call(http, credentials, "GET", _path(platform_post_id))
        if answer.status == HTTPStatus.NOT_FOUND and answer.at("status") == answer.status:
            return Metrics()
        return _metrics(forem.readable(answer))

    async def profile(self, http: aiohttp.ClientSession, credentials: Credentials) -> Profile:
        """The account behind the key."""
        answer = await forem.call(http, credentials, "GET", "/api/users/me")
        body = forem.readable(answer)
        handle = answer.fact("username")
        return Profile(
            account_id=str(body["id"]),
            handle=handle,
            display_name=answer.fact("name") or None,
            profile_url=f"https://dev.to/{handle}",
        )

    async def delete(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> None:
        """Make it a draft again: the API deletes nothing. One that is gone already is no error."""
        content = {"article": {"published": False}}
        answer = await forem.call(http, credentials, "PUT", _path(platform_post_id), json=content)
        if not answer.is_success and not (answer.status == HTTPStatus.NOT_FOUND and answer.fact("error")):
            forem.refuse(answer)


def _path(platform_post_id: str) -> str:
    return f"/api/articles/{int(platform_post_id) if platform_post_id.isdecimal() else 0}"


def _metrics(shown: object) -> Metrics:
    return Metrics(
        impressions=article.count(shown, "page_views_count"),
        likes=article.count(shown, "public_reactions_count"),
        comments=article.count(shown, "comments_count"),
    )
