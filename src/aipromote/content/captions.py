"""What of a post stands on its card: word for word, so that it was checked with the text."""

from __future__ import annotations

import re
from collections.abc import Collection

from aipromote.assets.cards.drawing import LONGEST, drawable
from aipromote.documents.content import PostDraft
from aipromote.documents.vocabulary import ContentType, Platform

SIZES = {
    Platform.INSTAGRAM: (1080, 1350),
    Platform.PINTEREST: (1000, 1500),
    Platform.FACEBOOK: (1080, 1350),
    Platform.THREADS: (1080, 1350),
    Platform.TIKTOK: (1080, 1920),
    Platform.TWITTER: (1200, 675),
    Platform.LINKEDIN: (1200, 1200),
}
"""Width and height in pixels that each feed shows whole; `SQUARE` elsewhere."""
SQUARE = (1080, 1080)
_STILL = frozenset({ContentType.POST, ContentType.CAROUSEL})
_CARDED = frozenset({Platform.INSTAGRAM, Platform.PINTEREST})
_LONGEST_KICKER = 60
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])")
_ANNOUNCES = (":", "?", "：", "？")
_LINK = re.compile(r"https?://\S+")


def needs_card(draft: PostDraft) -> bool:
    """Whether its network takes no text alone, and a card is a fair picture: not where people expect a video."""
    has_file = any(ref.asset_id for ref in draft.media_refs)
    return draft.platform in _CARDED and draft.type in _STILL and not has_file


def caption(body: str, *, hashtags: Collection[str] = ()) -> tuple[str, str]:
    """Kicker and sentence of a post: its first paragraph, or the second under a first one that only announces it.

    Without addresses and hashtags. Both are empty where the text has no other words.
    """
    tags = {tag.casefold() for tag in hashtags}
    paragraphs = [_plain(paragraph, tags) for paragraph in re.split(r"\n\s*\n|\n(?=[–•-] )", body.strip())]
    told = [paragraph for paragraph in paragraphs if paragraph]
    if not told:
        return "", ""
    if len(told) > 1 and len(told[0]) <= _LONGEST_KICKER and told[0].endswith(_ANNOUNCES):
        return told[0].rstrip(":： "), _shortened(told[1])
    return "", _shortened(told[0])


def _plain(paragraph: str, tags: Collection[str]) -> str:
    words = _LINK.sub(" ", paragraph).removeprefix("– ").split()
    kept = [word for word in words if not word.startswith("#") or word[1:].casefold() not in tags]
    return drawable(" ".join(kept))


def _shortened(text: str) -> str:
    """As many whole sentences as read well on a card, at least one."""
    first, *others = (part for part in _SENTENCE.split(text) if part)
    for sentence in others:
        if len(first) + len(sentence) > LONGEST // 2:
            break
        first = f"{first} {sentence}"
    return first
