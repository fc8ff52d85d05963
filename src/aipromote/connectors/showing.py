"""How networks show a text: where they fold it behind "more", and whether a link becomes a card.

No network promises a place to fold; what stands here was measured, [V] in a network's own source or [S] by publishers
who look at it, and is shown to people as "about here". Where nothing is known, nothing is folded.
"""

from __future__ import annotations

from dataclasses import dataclass

from aipromote.connectors import counting, links
from aipromote.connectors.contract import Limits
from aipromote.documents.vocabulary import Platform


@dataclass(frozen=True, slots=True)
class Fold:
    """Whichever comes first: characters as a reader counts them, or lines that the author ended. None: no such limit.

    How wide the screen is, and so where lines break by themselves, nobody knows beforehand.
    """

    characters: int | None = None
    lines: int | None = None


_FOLDS = {
    # [S] three lines since 2024, as several publishers measured; about 210 characters on a desktop, 140 on a telephone.
    Platform.LINKEDIN: Fold(characters=210, lines=3),
    Platform.INSTAGRAM: Fold(characters=125),  # [S] publishers agree on it for the feed
    Platform.FACEBOOK: Fold(characters=480),  # [S] on a desktop; a telephone shows less, by lines
    Platform.MASTODON: Fold(lines=32),  # [V] its web application collapses what is higher than 32 lines
    # None: X folds from 280 on, which is the limit here. Threads, TikTok: sources disagree. Bluesky, Telegram, Discord
    # and Reddit show posts of their usual length whole; articles (dev.to, WordPress) are pages of their own.
}
_CARDS = frozenset(
    {
        Platform.TWITTER, Platform.LINKEDIN, Platform.FACEBOOK, Platform.THREADS, Platform.BLUESKY, Platform.MASTODON,
        Platform.TELEGRAM, Platform.DISCORD, Platform.SLACK,
    }
)  # fmt: skip
_CARDS_BESIDE_FILES = frozenset({Platform.DISCORD, Platform.SLACK})
_BY_US = frozenset({Platform.LINKEDIN, Platform.BLUESKY})
"""Their cards say what we send: the post's title or, without one, the host. The others read the page themselves."""
_BACK = 16
"""So many characters the fold goes back for the end of a word."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a link becomes. `title` is empty where the network reads it from the page, which is not known here."""

    host: str
    address: str
    title: str = ""


def fold_of(platform: Platform) -> Fold | None:
    """Where the network folds; None where it does not, or that is not known."""
    return _FOLDS.get(platform)


def folded(text: str, platform: Platform) -> tuple[str, str]:
    """What readers see at first, and what is behind "more". Together they are the text."""
    fold = _FOLDS.get(platform)
    if fold is None:
        return text, ""
    place = min(_after_lines(text, fold.lines), _after_characters(text, fold.characters))
    return (text, "") if not text[place:].strip() else (text[:place], text[place:])


def _after_lines(text: str, lines: int | None) -> int:
    if lines is None:
        return len(text)
    ends = -1
    for _ in range(lines):
        ends = text.find("\n", ends + 1)
        if ends < 0:
            return len(text)
    return ends


def _after_characters(text: str, most: int | None) -> int:
    if most is None or len(text) <= most:
        return len(text)
    characters = counting.graphemes(text[: most * 16])  # one of them seldom has more code points
    if len(characters) <= most:
        return len(text)
    head = "".join(characters[:most])
    if not characters[most].isspace() and (word := head[-_BACK:].rfind(" ")) > 0:
        head = head[: len(head) - len(head[-_BACK:]) + word]
    return len(head)


def within(text: str, limits: Limits) -> tuple[str, str]:
    """What of the text the network would take, and the rest. Together they are the text."""
    if counting.fits(text, limits):
        return text, ""
    characters = counting.graphemes(text)
    low, high = 0, len(characters) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if counting.fits("".join(characters[:middle]), limits):
            low = middle
        else:
            high = middle - 1
    head = "".join(characters[:low])
    return head, text[len(head) :]


def card_of(text: str, platform: Platform, *, title: str = "", has_files: bool = False) -> Card | None:
    """The card of the first link; None where the network makes none."""
    if platform not in _CARDS or (has_files and platform not in _CARDS_BESIDE_FILES):
        return None
    link = next((one for one in links.find(text) if one.has_scheme), None)
    if link is None:
        return None
    address = text[link.start : link.end]
    host = address.partition("://")[2].partition("/")[0].partition("?")[0].removeprefix("www.").lower()
    return Card(host, address, (title or host) if platform in _BY_US else "")
