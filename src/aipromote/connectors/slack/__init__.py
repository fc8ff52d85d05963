"""The connector to channels of Slack, through the bot of an app that the workspace has installed.

Every message carries our key in its metadata. Where the bot may read the channel (`channels:history`) a lost answer is
looked up by it; elsewhere only a person can tell. `platform_post_id` is the message's `ts`.
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
    Prepared,
    Processing,
    Profile,
    Published,
    Undecided,
)
from aipromote.connectors.errors import MediaRejected
from aipromote.connectors.slack import files, finding, joining, messages, web
from aipromote.connectors.slack.messages import Place
from aipromote.connectors.wire import Answer
from aipromote.documents.vocabulary import Platform

_FILES = 10


class SlackConnector(Network):
    """Implements `KeyConnector`."""

    name = "slack"
    platform = Platform.SLACK
    server = files.USUAL
    asks: tuple[Ask, ...] = (
        Ask(
            "token",
            "Bot token",
            "Bot user OAuth token, under OAuth & Permissions of your Slack app.",
            placeholder="xoxb-…",
            is_secret=True,
        ),
        Ask("channel", "Channel", "Its name, or its address (right click, Copy link).", placeholder="#announcements"),
    )
    certainty = Certainty.LISTING
    scopes = frozenset({"chat:write"})
    can = Capabilities(
        images=ImageRules(frozenset({JPEG, PNG, GIF}), 10 * MEGABYTE),
        max_images=_FILES,
        videos=VideoRules(frozenset({MP4, QUICKTIME, WEBM})),
        max_videos=_FILES,
        mixes_media=True,
        max_alt_text=1000,
        link=LinkStyle.AUTOMATIC,
        has_threads=True,
        counters=frozenset({"likes", "comments"}),
    )

    def certainty_of(self, credentials: Credentials) -> Certainty:
        """Whether the bot may read the channel."""
        return Certainty.LISTING if joining.HISTORY in credentials.scope.split() else Certainty.MATCH

    async def sign_in(self, http: aiohttp.ClientSession, *, server: str, given: Mapping[str, str]) -> list[Grant]:
        """Check the token, find the channel, and see what the bot may do there."""
        return [await joining.open_channel(http, server=server, given=given)]

    async def prepare(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, prepared: str | None
    ) -> Prepared:
        """Upload the files; nobody sees them yet."""
        return await files.prepare(http, credentials, part, prepared)

    async def publish(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed
    ) -> Published | Processing:
        """Post one message. A bot that is not in the channel is told so and has done nothing: it joins, and posts."""
        where = messages.place(credentials.account_id)
        uploaded = files.uploaded(armed.prepared) if part.media else None
        if uploaded is not None and uploaded.is_shared:
            return await self._share(http, credentials, where, part, uploaded)
        numbers = uploaded.numbers if uploaded is not None else ()
        body = messages.body(part, armed, channel=where.channel, files=numbers)
        answer = await self._fire(http, credentials, where, "chat.postMessage", body)
        web.readable(answer)
        thread = messages.thread(part)
        post = messages.told({"ts": answer.at("ts"), "thread_ts": thread}, where)
        if post is None:
            raise answer.unusable(web.NETWORK)
        return post

    async def _share(
        self, http: aiohttp.ClientSession, credentials: Credentials, where: Place, part: Part, uploaded: files.Uploaded
    ) -> Processing:
        """Let Slack share the files. It says nothing of the message that it makes of them, some time later."""
        if self.certainty_of(credentials) is Certainty.MATCH:
            raise MediaRejected(f"For videos the bot needs {joining.HISTORY}, to see what became of them.")
        body = {
            "files": [
                {"id": number, "title": file.name} for file, number in zip(part.media, uploaded.numbers, strict=True)
            ],
            "channel_id": where.channel,
            "initial_comment": messages.escaped(part.text),
        }
        if (thread := messages.thread(part)) is not None:
            body["thread_ts"] = thread
        web.readable(await self._fire(http, credentials, where, "files.completeUploadExternal", body))
        return Processing(uploaded.numbers[0], "Slack is working on the files.", finding.SHARING)

    async def _fire(
        self,
        http: aiohttp.ClientSession,
        credentials: Credentials,
        where: Place,
        method: str,
        body: Mapping[str, object],
    ) -> Answer:
        answer = await web.fire(http, credentials, method, body)
        if web.word(answer) != "not_in_channel":
            return answer
        joined = await web.ask(http, credentials, "conversations.join", channel=where.channel)
        return await web.fire(http, credentials, method, body) if joined.at("ok") is True else answer

    async def look_up(self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
        """Read the channel for our key, where the bot may."""
        if self.certainty_of(credentials) is Certainty.MATCH:
            words = f"The bot may not read the channel ({joining.HISTORY}): please look there whether it is there."
            return Undecided(words, final=True)
        return await finding.look_up(http, credentials, messages.place(credentials.account_id), part, armed)

    async def metrics(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> Metrics:
        """Reactions and answers. Slack leaves out what there is none of."""
        where, number = messages.place(credentials.account_id), messages.stamp(platform_post_id)
        if self.certainty_of(credentials) is Certainty.MATCH:
            return Metrics()
        answer = await web.ask(http, credentials, "conversations.replies", channel=where.channel, ts=number, limit="1")
        if web.word(answer) in {"thread_not_found", "message_not_found"}:
            return Metrics()
        told = web.readable(answer).get("messages")
        if not isinstance(told, list):
            raise answer.unusable(web.NETWORK)
        message = next((one for one in told if isinstance(one, dict) and one.get("ts") == number), None)
        if message is None:
            return Metrics()
        reactions, replies = message.get("reactions"), message.get("reply_count", 0)
        counts = [one.get("count") for one in reactions if isinstance(one, dict)] if isinstance(reactions, list) else []
        return Metrics(
            likes=sum(count for count in counts if isinstance(count, int)),
            comments=replies if isinstance(replies, int) else None,
        )

    async def profile(self, http: aiohttp.ClientSession, credentials: Credentials) -> Profile:
        """The channel."""
        return await joining.profile(http, credentials)

    async def delete(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> None:
        """Delete the message; one that is gone already is no error."""
        where, number = messages.place(credentials.account_id), messages.stamp(platform_post_id)
        answer = await web.ask(http, credentials, "chat.delete", channel=where.channel, ts=number)
        if web.word(answer) != "message_not_found":
            web.readable(answer)
