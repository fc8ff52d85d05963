"""What is sent for a part, and what Slack tells of a message."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aipromote.connectors.contract import Armed, Media, Part, Published
from aipromote.connectors.errors import Rejected, Revoked

EVENT = "aipromote_post"
"""The kind of the metadata that carries our key."""
_SECTION = 3000
_STAMP = re.compile(r"\d{10}\.\d{6}", re.ASCII)
_EVERYBODY = re.compile(r"@(?=(?:channel|here|everyone|group)\b)(?!(?<=\w@)[\w-]+\.\w)", re.IGNORECASE)
"""The sign before the names of everybody, but not in an e-mail address."""
_PLACE = re.compile(r"([TE][A-Z0-9]{2,20})/([CG][A-Z0-9]{2,20})@([\w.-]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """A channel of a workspace. `account_id` is `team/channel@host`: the host is in the addresses of messages."""

    team: str
    channel: str
    host: str

    @property
    def account_id(self) -> str:
        """The place in one text."""
        return f"{self.team}/{self.channel}@{self.host}"

    def address(self, stamp: str, *, thread: str | None = None) -> str:
        """Where a message can be read, in the form of Slack's own permalinks."""
        link = f"https://{self.host}/archives/{self.channel}/p{stamp.replace('.', '')}"
        return f"{link}?thread_ts={thread}&cid={self.channel}" if thread and thread != stamp else link


def place(account_id: str) -> Place:
    """The place of an account."""
    if (found := _PLACE.fullmatch(account_id)) is None:
        raise Revoked("It is not known which channel this account is; please connect it again.")
    return Place(*found.groups())


def stamp(platform_post_id: str) -> str:
    """The number of a message."""
    if not _STAMP.fullmatch(platform_post_id):
        raise Rejected("This is no post of Slack.")
    return platform_post_id


def thread(part: Part) -> str | None:
    """The message whose thread this part belongs to: always the first, never an answer in between."""
    first = part.root or part.reply_to
    return None if part.reply_to is None or first is None else stamp(first)


def body(part: Part, armed: Armed, *, channel: str, files: Sequence[str] = ()) -> dict[str, Any]:
    """The message for `chat.postMessage`. `files` are uploaded pictures, in the order of the part's."""
    text = escaped(part.text)
    made: dict[str, Any] = {
        "channel": channel,
        "text": text,
        "unfurl_links": True,
        "unfurl_media": True,
        "metadata": {"event_type": EVENT, "event_payload": {"key": armed.key}},
    }
    if (first := thread(part)) is not None:
        made["thread_ts"] = first
    if files:
        images = [_image(file, number) for file, number in zip(part.media, files, strict=True)]
        made["blocks"] = [*map(_section, _pieces(text)), *images]
    return made


def told(message: Any, where: Place) -> Published | None:
    """A message as Slack writes it, or None where it is none."""
    facts = message if isinstance(message, dict) else {}
    number, first = facts.get("ts"), facts.get("thread_ts")
    if not isinstance(number, str) or not _STAMP.fullmatch(number):
        return None
    address = where.address(number, thread=first if isinstance(first, str) and _STAMP.fullmatch(first) else None)
    return Published(number, address, datetime.fromtimestamp(float(number), UTC))


def escaped(text: str) -> str:
    """The text with the three signs that control Slack's messages written as what they are: nobody is called by it.

    In a name that calls everybody an invisible space follows the `@`: in blocks Slack reads such names without signs.
    """
    text = _EVERYBODY.sub("@\u200b", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _image(file: Media, number: str) -> dict[str, Any]:
    return {"type": "image", "slack_file": {"id": number}, "alt_text": file.alt_text or file.name}


def _pieces(text: str) -> Iterator[str]:
    """A long text in pieces that a section takes, cut between lines or words, never inside of a sign."""
    text = text.strip()
    while len(text) > _SECTION:
        cut = max(text.rfind("\n", 1, _SECTION), text.rfind(" ", 1, _SECTION))
        if cut < 1:
            cut = max(1, text.rfind("&", _SECTION - 5, _SECTION)) if "&" in text[_SECTION - 5 : _SECTION] else _SECTION
        yield text[:cut]
        text = text[cut:].lstrip()
    if text:
        yield text
