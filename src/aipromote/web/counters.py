"""How long a text is, as pages say it."""

from __future__ import annotations

from dataclasses import dataclass

from aipromote.connectors import counting, limits
from aipromote.documents.vocabulary import Platform
from aipromote.languages import _

_NEAR = 0.9


@dataclass(frozen=True, slots=True)
class Count:
    """A text against its network's limit, in the network's own unit. `tone` is a class: "", "near" or "over"."""

    length: int
    max_length: int
    tone: str
    words: str


def counted(text: str, platform: Platform) -> Count:
    """How long the text is for this network."""
    measure = counting.measure(text, limits.of(platform))
    tone = "over" if not measure.fits else "near" if measure.length > _NEAR * measure.max_length else ""
    now, most = f"{measure.length:,}", f"{measure.max_length:,}"
    if measure.fits:
        shown = _("%(length)s of %(most)s · %(left)s left", length=now, most=most, left=f"{measure.left:,}")
    else:
        over = f"{max(1, -measure.left):,}"
        shown = _("%(length)s of %(most)s · %(over)s too long", length=now, most=most, over=over)
    return Count(measure.length, measure.max_length, tone, shown)


def counted_parts(texts: list[str], platform: Platform) -> Count:
    """The same for a thread: its longest post decides."""
    if len(texts) < 2:  # noqa: PLR2004 -- one text is no thread
        return counted(texts[0] if texts else "", platform)
    counts = [counted(one, platform) for one in texts]
    longest = max(counts, key=lambda one: (one.tone == "over", one.length))
    number = counts.index(longest) + 1
    return Count(
        longest.length,
        longest.max_length,
        longest.tone,
        _("Post %(number)s of %(count)s: %(words)s", number=number, count=len(texts), words=longest.words),
    )
