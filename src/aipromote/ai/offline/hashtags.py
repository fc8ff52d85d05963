"""Which hashtags a brief gives."""

from __future__ import annotations

from collections.abc import Iterable

from aipromote.ai.offline.material import Voice
from aipromote.documents.brief import Brief


def usable_hashtags(brief: Brief, voice: Voice) -> list[str]:
    """The brief's own hashtags, or its category, industries, markets and name as hashtags; never a forbidden one."""
    rules = brief.brand.hashtags
    derived = (brief.category, *brief.icp.industries, *brief.markets, brief.name)
    options: Iterable[str] = rules.allowed or (_camel(words) for words in derived if words and voice.allows(words))
    forbidden = {tag.casefold() for tag in rules.forbidden}
    return [tag for tag in dict.fromkeys(options) if tag and tag.casefold() not in forbidden]


def _camel(words: str) -> str:
    """The words as one hashtag, DeveloperTools; "" where they make none."""
    tag = "".join(word[0].upper() + word[1:] for word in words.replace("-", " ").split())
    return tag if tag.isalnum() and not tag.isdigit() else ""
