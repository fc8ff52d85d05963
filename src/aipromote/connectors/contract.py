"""What every connector does, in which words it answers, and the closed set of ways it can fail.

One part of a post goes `arm → fire → record → reconcile`. What was stored as `Armed` before `publish` was called can be
looked up afterwards, whatever happened to the call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

import aiohttp

from aipromote.documents.vocabulary import Platform


class Certainty(StrEnum):
    """How sure one can be, after a call without an answer, whether the network has the post."""

    EXACT = "A"  # a chosen key makes a repeat impossible
    HANDLE = "B"  # a handle obtained before tells the outcome
    LISTING = "C"  # a duplicate error or a reliable list tells
    MATCH = "D"  # only the text can be compared


class Counting(StrEnum):
    """The unit in which a network counts the length of a text (see `aipromote.connectors.counting`)."""

    WEIGHTED = "weighted"  # X: most scripts 1, others 2, a link 23
    GRAPHEMES = "graphemes"
    UTF16 = "utf16"
    CHARACTERS = "characters"  # Unicode code points
    BYTES = "bytes"
    EMOJI_BYTES = "emoji-bytes"  # Threads: characters, but an emoji as many as its UTF-8 bytes
    LINKS_AS_23 = "links-as-23"  # Mastodon: characters, but a link 23 and a remote mention without its host


@dataclass(frozen=True, slots=True)
class Quota:
    """So many published posts within so many seconds, for one account."""

    size: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What a network accepts. Lengths are in `counting` units."""

    max_length: int
    counting: Counting
    max_bytes: int | None = None
    max_hashtags: int | None = None
    max_parts: int = 1  # posts in one thread; 1 where there are no threads
    max_media: int = 0
    needs_media: bool = False
    min_gap_seconds: float = 0.0  # between two posts of one account
    quotas: tuple[Quota, ...] = ()  # of published posts, each message of a thread counted


@dataclass(frozen=True, slots=True)
class Credentials:
    """What opens an account. `server` is the base URL of the instance (sandbox, PDS, Mastodon host) without a slash."""

    server: str
    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    token_type: str = "Bearer"  # noqa: S105 -- the kind of token, not a token
    scope: str = ""
    expires_at: datetime | None = None
    account_id: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """An account as the network tells of it. Counts that it does not tell are None."""

    account_id: str
    handle: str
    display_name: str | None = None
    profile_url: str | None = None
    followers: int | None = None
    following: int | None = None
    posts: int | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """A file to attach: its bytes, its type, and words for those who do not see it."""

    content: bytes = field(repr=False)
    mime_type: str
    alt_text: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One message to send: a whole post, or one of a thread. `reply_to` is the network's id of the part before it."""

    text: str
    position: int = 0
    reply_to: str | None = None
    root: str | None = None
    media: tuple[Media, ...] = ()


@dataclass(frozen=True, slots=True)
class Armed:
    """What was stored before the call: `key` never changes for this part of this post, whatever is retried."""

    key: str
    armed_at: datetime
    record_key: str | None = None  # chosen with `choose_record_key`, where the network takes one
    handle: str | None = None  # the network's name for a call that it took and is working on


@dataclass(frozen=True, slots=True)
class Published:
    """The network has it."""

    platform_post_id: str
    url: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Processing:
    """The network took it and is working on it (a video, say). It is asked again by `handle`, never sent again."""

    handle: str
    reason: str
    ask_after: timedelta


@dataclass(frozen=True, slots=True)
class Absent:
    """The network certainly does not have it, and the armed call can no longer arrive."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """Not known yet. Ask again later; `final` means that asking again cannot help."""

    reason: str
    final: bool = False


LookUp = Published | Processing | Absent | Undecided


@dataclass(frozen=True, slots=True)
class Metrics:
    """Cumulative counters of one post. What a network does not report is None, never 0."""

    impressions: int | None = None
    reach: int | None = None
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    saves: int | None = None
    clicks: int | None = None
    followers_delta: int | None = None


class ConnectorError(Exception):
    """Root of the ways a call can fail. `reason` is for people, without secrets; `code` is the network's own."""

    def __init__(self, reason: str, *, code: str = "", detail: Mapping[str, object] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.detail = dict(detail or {})


class Unauthorized(ConnectorError):
    """The access token is not accepted (any more): refresh, then try once again. Nothing was published."""


class Revoked(ConnectorError):
    """The account must be connected again by a person. Nothing was published."""


class PermissionMissing(ConnectorError):
    """The grant lacks a scope that this call needs. Nothing was published."""


class BillingExhausted(ConnectorError):
    """The operator's own contract with the network is used up or unpaid. Nothing was published."""


class Rejected(ConnectorError):
    """The network refuses this content for good (too long, malformed). Never sent again as it is."""


class MediaRejected(Rejected):
    """It refuses a file: its type, size, length or ratio. Never sent again with the same file."""


class PolicyBlocked(Rejected):
    """It refuses what the text says or links to, by its rules. Never sent again by itself."""


class TargetGone(Rejected):
    """The channel, board, page or post that it was to go to is not there any more."""


class Duplicate(ConnectorError):
    """The network says it has this already: look it up before anything else."""


class RateLimited(ConnectorError):
    """Too many calls; nothing was published. Not before `retry_at`, where the network said when."""

    def __init__(self, reason: str, *, retry_at: datetime | None = None, code: str = "") -> None:
        super().__init__(reason, code=code)
        self.retry_at = retry_at


class AccountLimit(RateLimited):
    """The account's own quota (per day or month) is used up until `retry_at`."""


class Unreachable(ConnectorError):
    """Nothing was sent (connection refused, DNS, TLS), or the network said that it did nothing: safe to try again."""


class UnknownOutcome(ConnectorError):
    """It was sent and no usable answer came (time-out, dropped connection, 5xx): never fire again before a look-up."""


class Connector(Protocol):
    """One network. Implementations are stateless; every call gets the HTTP session and raises only ConnectorError."""

    name: str  # "sandbox", "bluesky"
    certainty: Certainty  # of a usual grant
    scopes: frozenset[str]  # that a grant needs for publishing and looking up; empty where grants have none

    def limits(self, platform: Platform) -> Limits:
        """What may be posted to `platform` through this connector."""
        ...

    def certainty_of(self, credentials: Credentials) -> Certainty:
        """The certainty for this account: `certainty`, unless its grant allows more or less than usual."""
        ...

    def choose_record_key(self, armed_at: datetime) -> str | None:
        """A fresh record key to store in `Armed`, or None where the network takes none."""
        ...

    async def publish(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed
    ) -> Published | Processing:
        """Fire once. Explicit time-out, no hidden retry, no redirect followed."""
        ...

    async def look_up(self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
        """Whether the network has what `armed` was to send. Raises Rejected where it took it and then refused it."""
        ...

    async def metrics(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> Metrics:
        """The counters of one post now."""
        ...

    async def profile(self, http: aiohttp.ClientSession, credentials: Credentials) -> Profile:
        """The account behind the credentials."""
        ...

    async def refresh(self, http: aiohttp.ClientSession, credentials: Credentials) -> Credentials:
        """New credentials; `refresh_token` keeps the old one where the answer brings none."""
        ...

    async def delete(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> None:
        """Take a post down. One that is gone already is no error."""
        ...


class OAuthConnector(Connector, Protocol):
    """A network whose accounts are connected by the OAuth 2 code flow with PKCE (S256)."""

    def authorization_url(
        self, *, server: str, redirect_uri: str, state: str, code_challenge: str, hint: Mapping[str, str]
    ) -> str:
        """Where to send the person. `hint` may name `platform` and `handle` (the sandbox stands in for any network)."""
        ...

    async def exchange(
        self, http: aiohttp.ClientSession, *, server: str, code: str, redirect_uri: str, code_verifier: str
    ) -> tuple[Credentials, Profile]:
        """Trade the code for credentials."""
        ...


class PasswordConnector(Connector, Protocol):
    """A network whose accounts are connected by a handle and an app password."""

    async def sign_in(
        self, http: aiohttp.ClientSession, *, server: str, identifier: str, password: str
    ) -> tuple[Credentials, Profile]:
        """Open a session; the password itself is not kept."""
        ...
