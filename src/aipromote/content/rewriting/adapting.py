"""A text for another platform: what is usual and accepted there."""

from __future__ import annotations

from collections.abc import Sequence

from aipromote.ai.offline.priors import prior
from aipromote.ai.offline.structures import UNLINKED
from aipromote.connectors import limits
from aipromote.content.rewriting.sentences import Sentence, joined, sentences
from aipromote.content.rewriting.shortening import fitting
from aipromote.documents.vocabulary import Platform


def adapted(text: str, platform: Platform, *, keep: Sequence[str] = ()) -> str:
    """The text within the platform's limits, with as many hashtags as are usual, and no address nobody could follow.

    Raises Conflict where not even the first sentence fits.
    """
    known = limits.of(platform)
    usual = prior(platform).hashtags
    most = usual if known.max_hashtags is None else min(usual, known.max_hashtags)
    kept = [_fewer_hashtags(one, most) for one in sentences(text)]
    if platform in UNLINKED:
        kept = [one for number, one in enumerate(kept) if number == 0 or not one.has_link]
    return fitting(joined([one for one in kept if one.text]), known, keep=keep)


def _fewer_hashtags(one: Sentence, most: int) -> Sentence:
    """A line of hashtags with the first ones; hashtags inside of a sentence are words of it."""
    return Sentence(" ".join(one.text.split()[:most]), one.gap) if one.is_hashtags else one
