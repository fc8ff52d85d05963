"""The two ways into a channel of Discord: a webhook, or a bot. Each is a place with its own addresses.

`account_id` is `webhook:server:webhook[:thread]` or `bot:server:channel:bot`: Discord does not name the server in its
answers, and a message has no address without it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from aipromote.connectors.contract import Credentials
from aipromote.connectors.errors import Rejected, Revoked

_WEBHOOK = re.compile(r"/webhooks/(\d{5,25})/([\w-]{20,200})(?:[/?#]\S*?thread_id=(\d{5,25}))?", re.ASCII)
_TOKEN = re.compile(r"(?<![\w.-])[\w-]{18,}\.[\w-]{4,}\.[\w-]{20,}(?![\w.-])", re.ASCII)
_CHANNEL = re.compile(r"(?:https?://)?(?:\w+\.)?discord(?:app)?\.com/channels/\d+/(\d{5,25})(?:/\d+)*/?", re.ASCII)
_NUMBER = re.compile(r"\d{5,25}", re.ASCII)
_KINDS = {"webhook": (3, 4), "bot": (4, 4)}
"""How many pieces the account's id has, at least and at most."""


@dataclass(frozen=True, slots=True)
class Place:
    """`target` is the webhook or the channel; `thread` is of a webhook, `author` the number of a bot."""

    kind: str
    guild: str
    target: str
    thread: str = ""
    author: str = ""

    @property
    def is_bot(self) -> bool:
        """Whether it can look things up."""
        return self.kind == "bot"

    @property
    def account_id(self) -> str:
        """The place in one text."""
        return ":".join(piece for piece in (self.kind, self.guild, self.target, self.thread, self.author) if piece)

    @property
    def params(self) -> dict[str, str]:
        """What every call about a message of this place needs in its address."""
        return {"thread_id": self.thread} if self.thread else {}

    def root(self, credentials: Credentials) -> str:
        """The address of the webhook or the channel."""
        if self.is_bot:
            return f"{credentials.server}/api/v10/channels/{self.target}"
        return f"{credentials.server}/api/v10/webhooks/{self.target}/{credentials.access_token}"

    def message(self, credentials: Credentials, message_id: str) -> str:
        """The address of one message in the API."""
        if not _NUMBER.fullmatch(message_id):
            raise Rejected("This is no post of Discord.")
        return f"{self.root(credentials)}/messages/{message_id}"


def of(credentials: Credentials) -> Place:
    """The place that these credentials open."""
    kind, *pieces = credentials.account_id.split(":")
    least, most = _KINDS.get(kind, (0, -1))
    if not least <= len(pieces) + 1 <= most or not all(map(_NUMBER.fullmatch, pieces)):
        raise Revoked("It is not known which channel this account is; please connect it again.")
    if kind == "bot":
        return Place(kind, pieces[0], pieces[1], author=pieces[2])
    return Place(kind, *pieces)


def webhook(typed: str) -> tuple[str, str, str]:
    """Number, token and thread of a webhook's address. Revoked where it is none."""
    if (found := _WEBHOOK.search(typed)) is None:
        raise Revoked(
            "This is no address of a webhook. It looks like https://discord.com/api/webhooks/…/… and stands in the "
            "channel's settings under Integrations, Webhooks, Copy webhook URL."
        )
    return found[1], found[2], found[3] or ""


def token(typed: str) -> str:
    """A bot's token. Revoked where it is none."""
    if (found := _TOKEN.search(typed)) is None:
        raise Revoked("This is no bot token. The developer portal shows it under Bot, Reset Token; it has two dots.")
    return found.group()


def channel(typed: str) -> str:
    """The number of a channel, from its address or as it is."""
    text = typed.strip()
    if _NUMBER.fullmatch(text):
        return text
    if found := _CHANNEL.fullmatch(text):
        return found[1]
    raise Rejected("Please give the channel's address: in Discord, a right click on the channel, Copy link.")
