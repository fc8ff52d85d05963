"""The connector to channels and groups of Telegram, through a bot that may post there (Bot API).

A bot sees no history, not even its own messages, and has no key that would keep a repeat from doubling: after a lost
answer only a person who looks at the channel can tell. Files go along with the message, so nothing is prepared.
`platform_post_id` is the number of the message, or the numbers of an album's messages with commas between them;
`account_id` is the number of the chat.
"""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp

from aipromote.connectors import counting
from aipromote.connectors.base import Network
from aipromote.connectors.capabilities import (
    GIF,
    JPEG,
    MEGABYTE,
    MP4,
    PNG,
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
    Counting,
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
from aipromote.connectors.telegram import bot, chats, messages
from aipromote.documents.vocabulary import Platform

_WIDEST_SUM = 10_000
"""Width and height of a photo together, in pixels."""


class TelegramConnector(Network):
    """Implements `KeyConnector`."""

    name = "telegram"
    platform = Platform.TELEGRAM
    server = "https://api.telegram.org"
    asks: tuple[Ask, ...] = (
        Ask(
            "token",
            "Bot token",
            "From @BotFather: /newbot, or /token for a bot that you have.",
            placeholder="123456789:AA…",
            is_secret=True,
        ),
        Ask(
            "chat",
            "Channel or group",
            "The bot must be an administrator of the channel who may post messages.",
            placeholder="@yourchannel or -1001234567890",
        ),
    )
    certainty = Certainty.MATCH
    can = Capabilities(
        images=ImageRules(frozenset({JPEG, PNG, WEBP, GIF}), 10 * MEGABYTE, min_ratio=1 / 20, max_ratio=20),
        max_images=messages.ALBUM,
        videos=VideoRules(frozenset({MP4}), 50 * MEGABYTE),
        max_videos=messages.ALBUM,
        mixes_media=True,
        link=LinkStyle.AUTOMATIC,
        has_threads=True,
    )

    def problems(self, platform: Platform, part: Part) -> list[str]:
        """Also what holds for files alone: short captions, albums of ten, nothing that moves beside a GIF."""
        found = super().problems(platform, part)
        length = counting.length(part.text, Counting.UTF16)
        if part.media and length > messages.CAPTION:
            found.append(f"The text counts {length:,}; beside files Telegram takes {messages.CAPTION:,}.")
        if len(part.media) > messages.ALBUM:
            found.append(f"Telegram takes {messages.ALBUM} files in one post; there are {len(part.media)}.")
        if len(part.media) > 1 and any(file.mime_type == GIF for file in part.media):
            found.append("A GIF goes alone on Telegram, without other files.")
        for file in part.media:
            is_known = not file.is_video and file.width is not None and file.height is not None
            if is_known and (file.width or 0) + (file.height or 0) > _WIDEST_SUM:
                found.append(f"{file.name}: width and height are more than {_WIDEST_SUM:,} pixels together.")
        return found

    def prepares(self, part: Part) -> bool:
        """Never: Telegram has no place for files but the chat itself."""
        del part
        return False

    async def sign_in(self, http: aiohttp.ClientSession, *, server: str, given: Mapping[str, str]) -> list[Grant]:
        """Check the token, find the chat, and see that the bot may post there. Nobody in the chat notices."""
        return [await chats.open_chat(http, server=server, token=given.get("token", ""), chat=given.get("chat", ""))]

    async def prepare(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, prepared: str | None
    ) -> Prepared:
        """Nothing to do: files are sent with the message."""
        del http, credentials, part, prepared
        return Prepared()

    async def publish(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed
    ) -> Published:
        """Send one message or one album. A group that got a new number says so and has done nothing: sent there."""
        del armed
        answer = await messages.send(http, credentials, part, chat=credentials.account_id)
        if (moved := bot.moved_to(answer)) is not None:
            answer = await messages.send(http, credentials, part, chat=moved)
        return messages.published(answer)

    async def look_up(self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
        """Nobody can be asked."""
        del http, credentials, part, armed
        return Undecided(
            "Telegram shows bots no messages: please look into the channel whether it is there.", final=True
        )

    async def metrics(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> Metrics:
        """Telegram tells bots no counters."""
        del http, credentials, platform_post_id
        return Metrics()

    async def profile(self, http: aiohttp.ClientSession, credentials: Credentials) -> Profile:
        """The chat, and how many people are in it."""
        return await chats.profile(http, credentials, chat=credentials.account_id)

    async def delete(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> None:
        """Delete the message, or all messages of the album; those that are gone are passed over."""
        ids = messages.numbers(platform_post_id)
        answer = await bot.call(
            http, credentials, "deleteMessages", {"chat_id": credentials.account_id, "message_ids": ids}
        )
        if "message to delete not found" not in answer.fact("description"):
            bot.result(answer)
