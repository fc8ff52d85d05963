"""A shorter text, made by leaving whole sentences out."""

from __future__ import annotations

from collections.abc import Sequence

from aipromote.ai.offline.fitting import Paragraph, fitted
from aipromote.connectors.contract import Limits
from aipromote.connectors.counting import fits, length
from aipromote.content.rewriting.sentences import Sentence, joined, sentences
from aipromote.errors import Conflict, InvalidInput

_SOON, _LATE, _LAST, _NEVER = range(4)
MOST_PERCENT = 80


def shorter(text: str, limits: Limits, *, percent: int, keep: Sequence[str] = ()) -> str:
    """The text shorter by at least so many percent, in the platform's own unit, or as far as its sentences allow.

    The first sentence stays, and whatever contains one of `keep` (the legal disclaimer). Others go from the last to the
    first, then hashtags, then questions, addresses and the close. Raises InvalidInput for a share that is none,
    Conflict where there is only one sentence.
    """
    check_percent(percent)
    most = length(text.strip(), limits.counting) * (100 - percent) / 100
    kept = sentences(text)
    while length(joined(kept), limits.counting) > most and (gone := _next(kept, keep)) is not None:
        kept = _without(kept, gone)
    result = joined(kept)
    if result == joined(sentences(text)):
        raise Conflict("There is no sentence that could be left out.")
    return result


def check_percent(percent: int) -> None:
    """Raises InvalidInput for a share that is none."""
    if not 1 <= percent <= MOST_PERCENT:
        raise InvalidInput(f"Say how much shorter: 1 to {MOST_PERCENT} percent.", field="percent")


def fitting(text: str, limits: Limits, *, keep: Sequence[str] = ()) -> str:
    """The text within the limits: sentences are left out until it fits, and at last the first one is cut at a word.

    Raises Conflict where not even that is short enough.
    """
    kept = sentences(text)
    while not fits(joined(kept), limits) and (gone := _next(kept, keep)) is not None:
        kept = _without(kept, gone)
    if fits(joined(kept), limits):
        return joined(kept)
    rest = [Paragraph("kept", one.text) for one in kept[1:]]
    cut = fitted([Paragraph("lead", kept[0].text, cuttable=True), *rest], limits)
    if cut is None:
        raise Conflict("Not even its first sentence fits there.")
    return "\n\n".join(paragraph.text for paragraph in cut)


def _next(kept: Sequence[Sentence], keep: Sequence[str]) -> int | None:
    """The one that goes next; None where all have to stay."""
    ranks = [(_rank(number, kept, keep), -number) for number in range(len(kept))]
    first, number = min(ranks, default=(_NEVER, 0))
    return None if first == _NEVER else -number


def _rank(number: int, kept: Sequence[Sentence], keep: Sequence[str]) -> int:
    one = kept[number]
    said = [number for number, other in enumerate(kept) if not other.is_hashtags]
    if not said or number == said[0] or any(one.text in words or words in one.text for words in keep if words):
        return _NEVER
    if one.is_hashtags:
        return _LATE
    asks = one.text.endswith(("?", "？"))
    return _LAST if number == said[-1] or one.has_link or asks else _SOON


def _without(kept: Sequence[Sentence], gone: int) -> list[Sentence]:
    """What follows keeps the wider of the two gaps, so that paragraphs stay apart."""
    left = [*kept[:gone], *kept[gone + 1 :]]
    if gone < len(left) and len(kept[gone].gap) > len(left[gone].gap):
        left[gone] = Sentence(left[gone].text, kept[gone].gap)
    return left
