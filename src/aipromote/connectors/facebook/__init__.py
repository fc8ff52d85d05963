"""The connector to Facebook Pages. A person's consent opens each of their Pages, each with a token of its own.

`account_id` is the number of the Page. `platform_post_id` is `page_post` for a post, `post_comment` for a comment (a
part that answers another one), or the number of a film that Facebook names no post for. Films are finished by the call
that publishes them, and their status tells what became of it; everything else is found in the list of posts.
"""

from __future__ import annotations

import aiohttp

from aipromote.connectors import links
from aipromote.connectors.base import Network
from aipromote.connectors.capabilities import (
    JPEG,
    MEGABYTE,
    MP4,
    PNG,
    QUICKTIME,
    Capabilities,
    ImageRules,
    LinkStyle,
    VideoRules,
)
from aipromote.connectors.contract import (
    Armed,
    Certainty,
    Consent,
    Credentials,
    Grant,
    LookUp,
    Metrics,
    Part,
    Prepared,
    Processing,
    Profile,
    Published,
)
from aipromote.connectors.errors import MediaRejected, PermissionMissing, Rejected, Stale, TargetGone
from aipromote.connectors.facebook import consent as consents
from aipromote.connectors.facebook import counters, files, films, finding
from aipromote.connectors.facebook.graph import API, SERVER
from aipromote.documents.vocabulary import Platform


class FacebookConnector(Network):
    """Implements `OAuthConnector`."""

    name = "facebook"
    platform = Platform.FACEBOOK
    server = SERVER
    needs_app = True
    certainty = Certainty.LISTING
    scopes = frozenset({"pages_manage_posts", "pages_read_engagement"})
    can = Capabilities(
        images=ImageRules(frozenset({JPEG, PNG}), 4 * MEGABYTE),
        max_images=10,
        videos=VideoRules(frozenset({MP4, QUICKTIME}), 1024 * MEGABYTE, min_seconds=1, max_seconds=20 * 60),
        max_videos=1,
        max_alt_text=1000,
        link=LinkStyle.FIELD,
        max_title=255,
        has_first_comment=True,
        counters=frozenset({"impressions", "reach", "likes", "comments", "shares", "clicks"}),
    )

    def problems(self, platform: Platform, part: Part) -> list[str]:
        """What is wrong as far as can be known; comments have no files here."""
        found = super().problems(platform, part)
        if part.position > 0 and part.media:
            found.append("A comment on Facebook takes no files here.")
        return found

    def prepares(self, part: Part) -> bool:
        """Whether there are files to upload; comments have none."""
        return bool(part.media) and part.position == 0 and part.reply_to is None

    def authorization_url(self, consent: Consent) -> str:
        """Facebook's consent page."""
        return consents.page(consent)

    async def exchange(self, http: aiohttp.ClientSession, consent: Consent, *, code: str) -> list[Grant]:
        """Trade the code: a grant for each Page that the person may post to."""
        return await consents.exchange(http, consent, code)

    async def prepare(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, prepared: str | None
    ) -> Prepared:
        """Upload the files; nothing of them is public."""
        return await files.bring(http, credentials, part, prepared) if self.prepares(part) else Prepared()

    async def publish(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed
    ) -> Published | Processing:
        """Create the post or the comment, or finish the film, once."""
        if part.reply_to is not None:
            return await _comment(http, credentials, part)
        made = files.read(armed.prepared)
        if part.media and not made.is_ready(part):
            raise Stale("The files were not brought to Facebook yet.")
        if made.film:
            return await films.finish(http, credentials, part, made)
        fields = {"message": part.text} if part.text else {}
        if made.photos:
            fields["attached_media"] = files.attached(made)
        elif address := _first_address(part.text):
            fields["link"] = address
        answer = await API.post(http, credentials, f"{credentials.account_id}/feed", fields, publishes=True)
        return await finding.shown(http, credentials, API.named(answer))

    async def look_up(self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
        """Ask for the film, or read the list of posts or comments."""
        if part.reply_to is not None:
            return await finding.among_comments(http, credentials, part, armed)
        film = armed.handle or files.read(armed.prepared).film
        if film:
            return await films.look_up(http, credentials, film, armed)
        return await finding.among_posts(http, credentials, part, armed)

    async def metrics(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> Metrics:
        """Reactions, comments and shares, and what Facebook's insights tell of the post."""
        return await counters.read(http, credentials, platform_post_id)

    async def profile(self, http: aiohttp.ClientSession, credentials: Credentials) -> Profile:
        """The Page."""
        answer = await API.get(http, credentials, credentials.account_id, fields=consents.PAGE_FIELDS)
        profile = consents.profile(API.readable(answer))
        if profile is None:
            raise answer.unusable(API.network)
        return profile

    async def delete(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> None:
        """Take a post or comment down."""
        await API.delete(http, credentials, platform_post_id)


async def _comment(http: aiohttp.ClientSession, credentials: Credentials, part: Part) -> Published:
    if part.media:
        raise MediaRejected("A comment on Facebook takes no files here.")
    path = f"{finding.commented(part)}/comments"
    answer = await API.post(http, credentials, path, {"message": part.text}, publishes=True)
    try:
        name = API.named(answer, absent=TargetGone)
    except PermissionMissing as missing:  # of comments, not of posts: the account stays open
        words = f"This Page was connected without comments ({missing.reason.rstrip('.')})."
        raise Rejected(words, code=missing.code) from missing
    return await finding.shown(http, credentials, name)


def _first_address(text: str) -> str | None:
    found = next(iter(links.find(text)), None)
    if found is None:
        return None
    address = text[found.start : found.end]
    return address if found.has_scheme else f"https://{address}"
