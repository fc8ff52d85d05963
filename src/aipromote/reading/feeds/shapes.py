"""A feed as it was read: items, each with its own words and the address that it stands at."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_ITEMS = 100
MAX_BLOCKS = 40
MAX_BLOCK = 2000
MAX_FEEDS = 10

Line = Annotated[str, Field(max_length=500)]
Address = Annotated[str, Field(max_length=2000)]
Blocks = Annotated[list[Annotated[str, Field(min_length=1, max_length=MAX_BLOCK)]], Field(max_length=MAX_BLOCKS)]
Form = Literal["rss", "atom", "json", "article"]


class FeedItem(BaseModel):
    """One article. Texts are single lines of what people would see: no HTML, no unseen characters."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=2000)]
    """What the feed knows it by; its address where the feed says nothing."""
    link: Address = ""
    """Where it can be read; "" where the feed names no public address."""
    title: Line = ""
    summary: Blocks = []
    """What the author wrote to introduce it, paragraph by paragraph."""
    body: Blocks = []
    """How it begins."""
    published: datetime | None = None


class FeedReading(BaseModel):
    """A feed, newest items first as far as they say when; or one article as a feed of one item."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: Address
    """Where redirects ended; or the file's name."""
    form: Form
    title: Line = ""
    items: Annotated[list[FeedItem], Field(max_length=MAX_ITEMS)] = []
    feeds: Annotated[list[Address], Field(max_length=MAX_FEEDS)] = []
    """The feeds that a page declares."""
    is_article: bool = True
    """Whether a page says, by its data or its build, that it is one article and not the front of many."""
    is_damaged: bool = False
    """Whether the feed is not well-formed; what could be read of it is here."""
