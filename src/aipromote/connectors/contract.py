"""What goes into a connector and what comes out of it. What it does is in `protocols`, how it fails in `errors`.

One part of a post goes `arm → fire → record → reconcile`. What was stored as `Armed` before `publish` was called can be
looked up afterwards, whatever happened to the call.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from aipromote.connectors.errors import Rejected, UnknownOutcome

LONGEST_ID, LONGEST_PREPARED = 500, 2000
"""Of what a network calls a post or a call, and of what is prepared: in characters, as they are stored."""
_LONGEST_ADDRESS = 2000


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
class App:
    """The operator's registration with a network: what the network knows this installation by."""

    client_id: str
    client_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What opens an account. `server` is the base URL of its API, without a slash at its end.

    `account_id` names the place that posts go to (a profile, a page, a board, a channel). `app` is the registration
    through which the account was connected, where refreshing or revoking needs it.
    """

    server: str
    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    token_type: str = "Bearer"  # noqa: S105 -- the kind of token, not a token
    scope: str = ""
    expires_at: datetime | None = None
    account_id: str = ""
    app: App | None = field(default=None, repr=False)


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
class Grant:
    """One account that a consent or a key opens. A consent may open several: pages, boards, organizations."""

    credentials: Credentials
    profile: Profile


@dataclass(frozen=True, slots=True)
class Media:
    """A file to attach, read a block at a time: a video need never be in memory whole.

    `read(offset, length)` gives the bytes from `offset`, `length` of them or all that follow. `url` is an address at
    which the network can fetch the file for some hours, or None where this installation has no public address. Pixels
    and seconds are None where they are not known.
    """

    mime_type: str
    size: int
    read: Callable[[int, int | None], AsyncIterator[bytes]] = field(repr=False, compare=False)
    alt_text: str = ""
    name: str = "file"
    url: str | None = field(default=None, repr=False)
    width: int | None = None
    height: int | None = None
    seconds: float | None = None

    @classmethod
    def of(cls, content: bytes, mime_type: str, alt_text: str = "", *, url: str | None = None) -> Self:
        """A file that is in memory already."""

        async def read(offset: int, length: int | None) -> AsyncIterator[bytes]:
            yield content[offset:] if length is None else content[offset : offset + length]

        return cls(mime_type, len(content), read, alt_text, url=url)

    @property
    def is_video(self) -> bool:
        """Whether it moves; a GIF counts as a picture."""
        return self.mime_type.startswith("video/")

    async def content(self, offset: int = 0, length: int | None = None) -> bytes:
        """The bytes in memory: for pictures, and for one chunk of a video."""
        return b"".join([block async for block in self.read(offset, length)])


@dataclass(frozen=True, slots=True)
class Part:
    """One message to send: a whole post, or one of a thread. `reply_to` is the network's id of the part before it."""

    text: str
    position: int = 0
    reply_to: str | None = None
    root: str | None = None
    media: tuple[Media, ...] = ()
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Armed:
    """What was stored before the call: `key` never changes for this part of this post, whatever is retried."""

    key: str
    armed_at: datetime
    record_key: str | None = None  # chosen with `choose_record_key`, where the network takes one
    handle: str | None = None  # the network's name for a call that it took and is working on
    prepared: str | None = None  # what `prepare` returned when it was done: uploaded files, a container, a session


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was uploaded or built for a part; nothing of it is public. `handle` (at most 2,000 characters) names it.

    Without `ask_after` it is ready to be fired. With it the network is still working on a file: `prepare` is called
    again after that time, with this handle. A longer one is Rejected here: a server may answer anything.
    """

    handle: str | None = None
    ask_after: timedelta | None = None

    def __post_init__(self) -> None:
        if self.handle is not None and (len(self.handle) > LONGEST_PREPARED or "\0" in self.handle):
            raise Rejected("What this server calls the uploaded files is too long to be kept.")


@dataclass(frozen=True, slots=True)
class Published:
    """The network has it.

    An id that cannot be kept makes the answer unusable (UnknownOutcome). An address that cannot be kept, or that is
    none of a page, is left out: it is shown to people as a link.
    """

    platform_post_id: str
    url: str
    published_at: datetime

    def __post_init__(self) -> None:
        if not 0 < len(self.platform_post_id) <= LONGEST_ID or not self.platform_post_id.isprintable():
            raise UnknownOutcome("The network answered with a name for the post that cannot be kept.")
        is_page = self.url.lower().startswith(("https://", "http://"))
        if not is_page or len(self.url) > _LONGEST_ADDRESS or not self.url.isprintable():
            object.__setattr__(self, "url", "")


@dataclass(frozen=True, slots=True)
class Processing:
    """The network took it and is working on it (a video, say). It is asked again by `handle`, never sent again."""

    handle: str
    reason: str
    ask_after: timedelta

    def __post_init__(self) -> None:
        if len(self.handle) > LONGEST_ID or not self.handle.isprintable():
            raise UnknownOutcome("The network answered with a name for the call that cannot be kept.")


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


@dataclass(frozen=True, slots=True)
class Consent:
    """One person's way to a network and back: where it leads, for which app, and what only this flow knows.

    `hint` is what the person said before they left (the handle, the subreddit); its keys are the connector's `asks`.
    """

    server: str
    redirect_uri: str
    state: str = field(repr=False)
    code_verifier: str = field(repr=False)
    app: App | None = field(default=None, repr=False)
    hint: Mapping[str, str] = field(default_factory=dict)

    @property
    def code_challenge(self) -> str:
        """PKCE S256 (RFC 7636)."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.code_verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Ask:
    """Something that a person has to type to connect an account."""

    name: str
    label: str
    help: str = ""
    placeholder: str = ""
    is_secret: bool = False
    is_required: bool = True
