"""The connector to Reddit: posts with a title in a subreddit or on the person's own profile, and comments under them.

A text is a self post; a text that is nothing but an address is a link post; pictures are an image post or a gallery.
Reddit takes no key with a post, but lists without delay what a person posted, so that a lost answer can be settled. It
hands out no id for an image post; that is found in the list, too. `platform_post_id` is Reddit's full name (`t3_…`,
`t1_…`).
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import aiohttp

from aipromote.connectors import links
from aipromote.connectors.base import Network
from aipromote.connectors.capabilities import GIF, JPEG, MEGABYTE, PNG, Capabilities, ImageRules, LinkStyle
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
    Processing,
    Profile,
    Published,
)
from aipromote.connectors.errors import MediaRejected, TargetGone
from aipromote.connectors.numbers import count
from aipromote.connectors.reddit import files, finding, places, tokens
from aipromote.connectors.reddit.answers import NETWORK, call, children, meaning, readable, refuse
from aipromote.connectors.wire import Answer
from aipromote.documents.vocabulary import Platform

_COMMENT_LENGTH, _CAPTION_LENGTH = 10_000, 180
_ASK_AFTER = timedelta(seconds=5)
_NAME = re.compile(r"t[13]_[a-z0-9]{1,13}")
_IN_ADDRESS = re.compile(r"/comments/([a-z0-9]{1,13})(?:/|$)")


class RedditConnector(Network):
    """Implements `OAuthConnector`."""

    name = "reddit"
    platform = Platform.REDDIT
    server = tokens.SERVER
    needs_app = True
    asks: tuple[Ask, ...] = (places.SUBREDDIT, places.FLAIR)
    certainty = Certainty.LISTING
    scopes = frozenset({"submit", "history"})
    can = Capabilities(
        images=ImageRules(frozenset({JPEG, PNG, GIF}), 20 * MEGABYTE),
        max_images=20,
        max_alt_text=_CAPTION_LENGTH,  # the caption of a picture in a gallery
        max_title=300,
        needs_title=True,
        link=LinkStyle.AUTOMATIC,
        has_first_comment=True,
        counters=frozenset({"likes", "comments", "shares"}),
    )

    def problems(self, platform: Platform, part: Part) -> list[str]:
        """What is wrong as far as can be known. A comment is shorter and has neither title nor files."""
        if part.position == 0 and part.reply_to is None:
            return super().problems(platform, part)
        found = ["A comment on Reddit takes no files here."] if part.media else []
        if len(part.text) > _COMMENT_LENGTH:
            found.append(f"A comment on Reddit takes {_COMMENT_LENGTH:,} characters.")
        return found

    def prepares(self, part: Part) -> bool:
        """Whether there are pictures to upload; comments have none."""
        return bool(part.media) and part.reply_to is None

    def authorization_url(self, consent: Consent) -> str:
        """Reddit's consent page. What was typed is checked before the person leaves."""
        places.typed(consent.hint.get(places.SUBREDDIT.name, ""))
        return tokens.consent_page(consent)

    async def exchange(self, http: aiohttp.ClientSession, consent: Consent, *, code: str) -> list[Grant]:
        """Trade the code: a grant for the subreddit that was named, and one for the person's own profile."""
        opened = await tokens.exchange(http, consent, code)
        subreddit = places.typed(consent.hint.get(places.SUBREDDIT.name, ""))
        return await places.grants(http, opened, subreddit, consent.hint.get(places.FLAIR.name, ""))

    async def refresh(self, http: aiohttp.ClientSession, credentials: Credentials) -> Credentials:
        """A new access token."""
        return await tokens.refresh(http, credentials)

    async def revoke(self, http: aiohttp.ClientSession, credentials: Credentials) -> None:
        """End the consent, or the access token where another place lives on the consent."""
        await tokens.revoke(http, credentials)

    async def prepare(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, prepared: str | None
    ) -> Prepared:
        """Upload the pictures."""
        if not self.prepares(part):
            return Prepared()
        return Prepared(prepared) if prepared else await files.bring(http, credentials, part)

    async def publish(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed
    ) -> Published | Processing:
        """Submit the post, or the comment, once."""
        if part.reply_to is not None:
            return await _comment(http, credentials, part, armed)
        path, content = _submission(credentials, part, armed)
        answer = await call(http, "POST", credentials, path, publishes=True, **content)
        name = _name_of(answer)
        if name:
            return Published(name, finding.post_address(name), armed.armed_at)
        is_worked_on = answer.is_success and not answer.at("json", "errors") and _has_socket(answer)
        if not part.media or not is_worked_on:
            refuse(answer)
        return Processing("submitted", "Reddit is working on the picture.", _ASK_AFTER)

    async def look_up(self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
        """Read the list of what the person posted."""
        return await finding.look_up(http, credentials, part, armed)

    async def metrics(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> Metrics:
        """Votes up less votes down (as likes), comments, crossposts. Reddit tells nobody about impressions."""
        where = {"id": platform_post_id, "raw_json": "1"}
        found = children(await call(http, "GET", credentials, "/api/info", params=where))
        told = next((one for one in found if one.get("name") == platform_post_id), {})
        score = told.get("score")
        return Metrics(
            likes=count(max(0, score) if isinstance(score, int) else score),
            comments=count(told.get("num_comments")),
            shares=count(told.get("num_crossposts")),
        )

    async def profile(self, http: aiohttp.ClientSession, credentials: Credentials) -> Profile:
        """The subreddit, or the person."""
        is_subreddit = "/r/" in credentials.account_id
        return await places.about(http, credentials) if is_subreddit else await places.me(http, credentials)

    async def delete(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> None:
        """Delete it; Reddit does not mind one that is gone."""
        answer = await call(http, "POST", credentials, "/api/del", data={"id": platform_post_id})
        if not answer.is_success and not isinstance(meaning(answer), TargetGone):
            refuse(answer)


async def _comment(http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> Published:
    if part.media:
        raise MediaRejected("A comment on Reddit takes no files here.")
    form = {"api_type": "json", "thing_id": str(part.reply_to), "text": part.text}
    answer = await call(http, "POST", credentials, "/api/comment", publishes=True, data=form)
    readable(answer)
    name = answer.fact("json", "data", "things", 0, "data", "name")
    if not _NAME.fullmatch(name):
        raise answer.unusable(NETWORK)
    return Published(name, finding.comment_address(name, part), armed.armed_at)


def _submission(credentials: Credentials, part: Part, armed: Armed) -> tuple[str, dict[str, Any]]:
    """Where to, and what: a form, or JSON for a gallery."""
    common = {"api_type": "json", "sr": places.target_of(credentials), "title": (part.title or "").strip()}
    if flair := places.flair_of(credentials):
        common["flair_id"] = flair
    names, address = files.ready(part, armed.prepared) if part.media else ([], "")
    if len(names) > 1:
        items = [
            {"media_id": name, "caption": file.alt_text[:_CAPTION_LENGTH], "outbound_url": ""}
            for name, file in zip(names, part.media, strict=True)
        ]
        further = {"items": items, "show_error_list": True, "sendreplies": True, "validate_on_submit": True}
        return "/api/submit_gallery_post.json", {"json": {**common, **further, "text": part.text}}
    form = common | {"sendreplies": "true", "validate_on_submit": "true"}
    if names:
        form |= {"kind": "image", "url": address, "text": part.text}
    elif link := _only_address(part.text):
        form |= {"kind": "link", "url": link, "resubmit": "false"}
    else:
        form |= {"kind": "self", "text": part.text}
    return "/api/submit", {"data": form}


def _only_address(text: str) -> str | None:
    """The address, where the text is nothing else."""
    told = text.strip()
    found = links.find(told)
    if len(found) != 1 or (found[0].start, found[0].end) != (0, len(told)):
        return None
    return told if found[0].has_scheme else f"https://{told}"


def _name_of(answer: Answer) -> str:
    """The full name of the new post: a gallery tells only its address."""
    if not answer.is_success or answer.at("json", "errors"):
        return ""
    name = answer.fact("json", "data", "name")
    if not name and not _has_socket(answer) and (match := _IN_ADDRESS.search(answer.fact("json", "data", "url"))):
        name = f"t3_{match[1]}"
    return name if _NAME.fullmatch(name) else ""


def _has_socket(answer: Answer) -> bool:
    """Whether Reddit tells the outcome on a socket of its own instead of in the answer."""
    return bool(answer.fact("json", "data", "websocket_url") or answer.fact("json", "data", "user_submitted_page"))
