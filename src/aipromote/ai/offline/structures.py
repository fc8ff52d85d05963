"""How a post is built, and how it closes, by platform: what suits a feed of one-liners does not suit a newsletter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from aipromote.documents.vocabulary import Platform

# Where people expect a few paragraphs; elsewhere one thought has to do.
LONG = {
    Platform.LINKEDIN, Platform.FACEBOOK, Platform.REDDIT, Platform.TELEGRAM, Platform.DISCORD, Platform.SLACK,
    Platform.DEVTO, Platform.WORDPRESS, Platform.SANDBOX,
}  # fmt: skip
# Where an address in the text cannot be followed.
UNLINKED = {Platform.INSTAGRAM, Platform.TIKTOK, Platform.YOUTUBE_SHORTS, Platform.PINTEREST}


class Structure(StrEnum):
    """The order of thoughts in a post."""

    STATEMENT = "statement"
    """A sentence, what connects, what supports it, a list where there is room."""
    SHORT = "short"
    """A sentence and a close."""
    CONTRAST = "contrast"
    """How it is today, and how it is with the product."""
    CARD = "card"
    """For whom, the problem, the answer: three lines."""
    LIST = "list"
    """A heading, several sentences of one kind, and what connects them to the product."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What is usual on a platform: weights of the structures, and of closing with a question or with an address."""

    structures: Mapping[Structure, int]
    ask: int
    link: int


_FEED = Habits({Structure.SHORT: 3, Structure.STATEMENT: 3, Structure.CONTRAST: 2, Structure.LIST: 1}, ask=2, link=1)
_PAGE = Habits(
    {Structure.STATEMENT: 3, Structure.LIST: 3, Structure.CONTRAST: 2, Structure.CARD: 1}, ask=2, link=1
)  # fmt: skip
_CAPTION = Habits({Structure.STATEMENT: 3, Structure.CONTRAST: 2, Structure.LIST: 2, Structure.SHORT: 1}, ask=1, link=0)
_CHANNEL = Habits({Structure.CARD: 3, Structure.LIST: 2, Structure.STATEMENT: 2, Structure.SHORT: 1}, ask=1, link=2)
# Readers there take a link for an advertisement and answer a question.
_FORUM = Habits({Structure.STATEMENT: 3, Structure.LIST: 2}, ask=1, link=0)
_ARTICLE = Habits({Structure.STATEMENT: 3, Structure.LIST: 2, Structure.CONTRAST: 1}, ask=1, link=2)

_HABITS = {
    Platform.TWITTER: _FEED,
    Platform.BLUESKY: _FEED,
    Platform.MASTODON: _FEED,
    Platform.THREADS: _FEED,
    Platform.LINKEDIN: _PAGE,
    Platform.FACEBOOK: _PAGE,
    Platform.SANDBOX: _PAGE,
    Platform.INSTAGRAM: _CAPTION,
    Platform.TIKTOK: _CAPTION,
    Platform.YOUTUBE_SHORTS: _CAPTION,
    Platform.PINTEREST: _CAPTION,
    Platform.TELEGRAM: _CHANNEL,
    Platform.DISCORD: _CHANNEL,
    Platform.SLACK: _CHANNEL,
    Platform.REDDIT: _FORUM,
    Platform.DEVTO: _ARTICLE,
    Platform.WORDPRESS: _ARTICLE,
}


def habits(platform: Platform) -> Habits:
    """What is usual on that platform."""
    return _HABITS[platform]
