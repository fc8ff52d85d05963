"""The connector to LinkedIn (versioned REST): a person's own profile, and the pages that they administer.

`account_id` is the author's URN. A page's posts can be listed, so a lost answer can be settled; a person's cannot,
unless the grant has LinkedIn's closed `r_member_social`: then a person has to look. `platform_post_id` is the URN of
the post or comment. A part that answers another one is a comment under the post.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import aiohttp

from aipromote import clock
from aipromote.connectors import links
from aipromote.connectors.base import Network
from aipromote.connectors.capabilities import (
    GIF,
    JPEG,
    MEGABYTE,
    MP4,
    PNG,
    Capabilities,
    ImageRules,
    LinkStyle,
    VideoRules,
)
from aipromote.connectors.contract import (
    Armed,
    Ask,
    Certainty,
    Consent,
    Credentials,
    Grant,
    LookUp,
    Metrics,
    Part,
    Prepared,
    Profile,
    Published,
    Undecided,
)
from aipromote.connectors.errors import MediaRejected, PermissionMissing, Rejected
from aipromote.connectors.linkedin import consent as consents
from aipromote.connectors.linkedin import counters, files, finding, rest, text
from aipromote.documents.vocabulary import Platform

_CLOCKS_DIFFER = timedelta(hours=1)
_MOST_PIXELS = 36_152_319
_COMMENT_LENGTH = 1250
_POSTS = ("urn:li:share:", "urn:li:ugcPost:")
_LIST_OF_MEMBER, _LIST_OF_PAGE = "r_member_social", "r_organization_social"
_UNLISTED = "LinkedIn does not let AIPromote list what this account posted; look at it on LinkedIn."


class LinkedInConnector(Network):
    """Implements `OAuthConnector`."""

    name = "linkedin"
    platform = Platform.LINKEDIN
    server = rest.SERVER
    needs_app = True
    asks: tuple[Ask, ...] = (consents.ACCESS,)
    certainty = Certainty.MATCH
    scopes = frozenset({"w_member_social"})
    can = Capabilities(
        # LinkedIn counts pixels and says nothing about bytes; 8 MB is what its own pages take.
        images=ImageRules(frozenset({JPEG, PNG, GIF}), 8 * MEGABYTE),
        max_images=20,
        videos=VideoRules(frozenset({MP4}), 500 * MEGABYTE, min_seconds=3, max_seconds=30 * 60),
        max_videos=1,
        max_alt_text=4000,
        link=LinkStyle.CARD,
        max_title=200,
        has_first_comment=True,
        counters=frozenset({"impressions", "reach", "likes", "comments", "shares", "saves", "clicks"}),
    )

    def certainty_of(self, credentials: Credentials) -> Certainty:
        """A page's posts can be listed; a person's only with a scope that LinkedIn gives to few."""
        granted = credentials.scope.split()
        if credentials.account_id.startswith(consents.ORGANIZATION):
            return Certainty.HANDLE if _LIST_OF_PAGE in granted or not granted else Certainty.MATCH
        return Certainty.LISTING if _LIST_OF_MEMBER in granted else Certainty.MATCH

    def problems(self, platform: Platform, part: Part) -> list[str]:
        """What is wrong as far as can be known; a comment is shorter and has no files here."""
        found = super().problems(platform, part)
        if part.position > 0:
            if part.media:
                found.append("A comment on LinkedIn takes no files here.")
            if len(part.text.encode("utf-16-le", "surrogatepass")) // 2 > _COMMENT_LENGTH:
                found.append(f"A comment on LinkedIn takes {_COMMENT_LENGTH:,} characters.")
        found += [
            f"{file.name} has {file.width} × {file.height} pixels, more than LinkedIn takes."
            for file in part.media
            if not file.is_video and (file.width or 0) * (file.height or 0) > _MOST_PIXELS
        ]
        return found

    def prepares(self, part: Part) -> bool:
        """Whether there are files to upload; comments have none."""
        return bool(part.media) and part.reply_to is None

    def authorization_url(self, consent: Consent) -> str:
        """LinkedIn's consent page."""
        return consents.page(consent)

    async def exchange(self, http: aiohttp.ClientSession, consent: Consent, *, code: str) -> list[Grant]:
        """Trade the code: a grant for the person, and one for each page that they administer."""
        return await consents.exchange(http, consent, code)

    async def refresh(self, http: aiohttp.ClientSession, credentials: Credentials) -> Credentials:
        """A new access token, for apps of approved partners."""
        return await consents.refresh(http, credentials)

    async def revoke(self, http: aiohttp.ClientSession, credentials: Credentials) -> None:
        """End the token, unless other accounts here may share it."""
        await consents.revoke(http, credentials)

    async def prepare(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, prepared: str | None
    ) -> Prepared:
        """Upload the files."""
        return await files.bring(http, credentials, part, prepared) if self.prepares(part) else Prepared()

    async def publish(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed
    ) -> Published:
        """Create the post, or the comment, once."""
        if part.reply_to is not None:
            return await _comment(http, credentials, part)
        body = _post(credentials, part, armed)
        answer = await rest.call(http, "POST", credentials, "/rest/posts", publishes=True, json=body)
        urn = answer.headers.get("x-restli-id", "") or answer.fact("id")  # the body of a success is empty
        if not answer.is_success or not urn.startswith(_POSTS):
            rest.refuse(answer, credentials)
        return finding.published(urn, near=clock.now(), within=_CLOCKS_DIFFER)

    async def look_up(self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
        """Read the list of posts or comments, where the grant may."""
        if self.certainty_of(credentials) is Certainty.MATCH:
            return Undecided(_UNLISTED, final=True)
        seek = finding.among_posts if part.reply_to is None else finding.among_comments
        try:
            return await seek(http, credentials, part, armed)
        except PermissionMissing:  # it can still publish: no reason to close the account
            return Undecided(_UNLISTED, final=True)

    async def metrics(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> Metrics:
        """What LinkedIn counts for this kind of account."""
        return await counters.of_post(http, credentials, platform_post_id)

    async def profile(self, http: aiohttp.ClientSession, credentials: Credentials) -> Profile:
        """The person, or the page."""
        if credentials.account_id.startswith(consents.ORGANIZATION):
            return await counters.page(http, credentials)
        return await consents.member(http, credentials)

    async def delete(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> None:
        """Take a post or comment down; one that LinkedIn does not find is gone."""
        path = f"/rest/posts/{rest.encoded(platform_post_id)}"
        if platform_post_id.startswith("urn:li:comment:("):
            target, _, number = platform_post_id.removeprefix("urn:li:comment:(").rstrip(")").rpartition(",")
            actor = rest.encoded(credentials.account_id)
            path = f"/rest/socialActions/{rest.encoded(target)}/comments/{rest.encoded(number)}?actor={actor}"
        answer = await rest.call(http, "DELETE", credentials, path, rest_method="DELETE")
        if not answer.is_success and not rest.is_not_found(answer):
            rest.refuse(answer, credentials)


async def _comment(http: aiohttp.ClientSession, credentials: Credentials, part: Part) -> Published:
    if part.media:
        raise MediaRejected("A comment on LinkedIn takes no files here.")
    target = finding.object_of(part)
    path = f"/rest/socialActions/{rest.encoded(target)}/comments"
    body = {"actor": credentials.account_id, "object": target, "message": {"text": part.text}}
    answer = await rest.call(http, "POST", credentials, path, publishes=True, json=body)
    shown = answer.body if isinstance(answer.body, dict) else {}
    urn = finding.comment_name({"id": answer.headers.get("x-restli-id")} | shown, target)
    if not answer.is_success or urn is None:
        error = rest.meaning(answer, credentials)
        if isinstance(error, PermissionMissing):  # of comments, not of posts: the account stays open
            raise Rejected(f"This LinkedIn app may not write comments ({error.reason.rstrip('.')}).", code=error.code)
        raise error
    return finding.commented(urn, target, moment=finding.made_at(shown) or clock.now())


def _post(credentials: Credentials, part: Part, armed: Armed) -> dict[str, Any]:
    body: dict[str, Any] = {
        "author": credentials.account_id,
        "commentary": text.little(part.text),
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    content = _files(part, armed) if part.media else _card(part)
    return body | ({"content": content} if content else {})


def _files(part: Part, armed: Armed) -> dict[str, Any]:
    names = files.ready(part, armed.prepared)
    shown = [
        {"id": name, **({"altText": file.alt_text} if file.alt_text.strip() else {})}
        for name, file in zip(names, part.media, strict=True)
    ]
    if len(shown) > 1:
        return {"multiImage": {"images": shown}}
    return {"media": shown[0] | ({"title": part.title} if part.title else {})}


def _card(part: Part) -> dict[str, Any] | None:
    """The first address, as a card: LinkedIn does not look at it by itself. Without a title it shows the host."""
    found = next(iter(links.find(part.text)), None)
    if found is None:
        return None
    address = part.text[found.start : found.end]
    source = address if found.has_scheme else f"https://{address}"
    host = source.partition("://")[2].partition("/")[0]
    return {"article": {"source": source, "title": part.title or host}}
