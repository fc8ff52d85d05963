"""The connector to channels of Discord: through a webhook, or through a bot that may also read.

A webhook has no key and no list: after a lost answer only a person can tell. A bot's message carries a nonce, of which
Discord keeps one message for some minutes, and the channel can be read, so its outcome is found.
Files go along with the message, so nothing is prepared. `platform_post_id` is the message's number.
"""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp

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
from aipromote.connectors.discord import finding, joining, messages, places, rest
from aipromote.documents.vocabulary import Platform


class DiscordConnector(Network):
    """Implements `KeyConnector`."""

    name = "discord"
    platform = Platform.DISCORD
    server = "https://discord.com"
    asks: tuple[Ask, ...] = (
        Ask(
            "webhook",
            "Webhook URL",
            "Channel settings, Integrations, Webhooks, Copy webhook URL. Nothing else is needed.",
            placeholder="https://discord.com/api/webhooks/…",
            is_secret=True,
            is_required=False,
        ),
        Ask(
            "token",
            "Bot token, instead of a webhook",
            "A bot can look up whether a post arrived when an answer is lost.",
            is_secret=True,
            is_required=False,
        ),
        Ask(
            "channel",
            "Channel, for a bot",
            "Right click on the channel, Copy link.",
            placeholder="https://discord.com/channels/…/…",
            is_required=False,
        ),
    )
    certainty = Certainty.MATCH
    can = Capabilities(
        images=ImageRules(frozenset({JPEG, PNG, GIF, WEBP}), 10 * MEGABYTE),
        max_images=messages.FILES,
        videos=VideoRules(frozenset({MP4, QUICKTIME, WEBM}), 10 * MEGABYTE),
        max_videos=messages.FILES,
        mixes_media=True,
        max_alt_text=1024,
        link=LinkStyle.AUTOMATIC,
        has_threads=True,
        counters=frozenset({"likes"}),
    )

    def certainty_of(self, credentials: Credentials) -> Certainty:
        """A bot can look things up, a webhook cannot."""
        is_bot = credentials.account_id.startswith("bot:")
        return Certainty.HANDLE if is_bot else Certainty.MATCH

    def problems(self, platform: Platform, part: Part) -> list[str]:
        """Also that pictures and videos together are ten at most."""
        found = super().problems(platform, part)
        if len(part.media) > messages.FILES:
            found.append(f"Discord takes {messages.FILES} files in one post; there are {len(part.media)}.")
        return found

    def prepares(self, part: Part) -> bool:
        """Never: files are sent with the message."""
        del part
        return False

    async def sign_in(self, http: aiohttp.ClientSession, *, server: str, given: Mapping[str, str]) -> list[Grant]:
        """Open the channel by a webhook, or by a bot's token. Nobody in the channel notices."""
        return [await joining.open_place(http, server=server, given=given)]

    async def publish(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed
    ) -> Published:
        """Send one message. A webhook cannot answer a message: the parts of a thread follow each other."""
        place = places.of(credentials)
        return messages.published(await messages.send(http, credentials, place, part, armed), place)

    async def look_up(self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
        """A bot reads the channel; with a webhook nobody can be asked."""
        place = places.of(credentials)
        if place.is_bot:
            return await finding.look_up(http, credentials, place, part, armed)
        return Undecided("Discord shows webhooks no messages: please look into the channel whether it is there.", True)

    async def metrics(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> Metrics:
        """How many reactions the message has. Discord leaves the list out where there are none."""
        place = places.of(credentials)
        answer = await rest.call(http, "GET", place.message(credentials, platform_post_id), credentials, place)
        if rest.number(answer) == rest.UNKNOWN_MESSAGE:
            return Metrics()
        messages.published(answer, place)
        reactions = rest.readable(answer).get("reactions") or []
        counts = [one.get("count") for one in reactions if isinstance(one, dict)]
        return Metrics(likes=sum(count for count in counts if isinstance(count, int)))

    async def profile(self, http: aiohttp.ClientSession, credentials: Credentials) -> Profile:
        """The webhook or the channel."""
        return await joining.profile(http, credentials)

    async def delete(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> None:
        """Delete the message; one that is gone already is no error."""
        place = places.of(credentials)
        answer = await rest.call(http, "DELETE", place.message(credentials, platform_post_id), credentials, place)
        if not answer.is_success and rest.number(answer) != rest.UNKNOWN_MESSAGE:
            rest.refuse(answer)
