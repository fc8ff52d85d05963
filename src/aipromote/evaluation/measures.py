"""What can be counted of the posts that were written for one brief."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from aipromote.ai.offline.memory import hook, similarity
from aipromote.ai.writer import Slot
from aipromote.brand.check import check, rules_of
from aipromote.connectors import limits
from aipromote.documents.brief import Brief
from aipromote.documents.content import PostDraft
from aipromote.documents.facts import Fact
from aipromote.evaluation.language import is_in

ALIKE = 0.6
"""Two posts that share at least this part of their trigrams are counted as alike."""
_COUNTED_APART = frozenset({"claim", "length", "parts"})


@dataclass(frozen=True, slots=True)
class Measures:
    """Counts of posts, unless said otherwise."""

    wanted: int
    """Places of the calendar."""
    written: int
    within_limits: int
    """Every part fits its platform by that platform's own counting, and there are not too many parts."""
    grounded: int
    """Without a claim that no fact proves."""
    brand_blocks: int
    """Findings that would hold a post back, other than claims and lengths."""
    warnings: int
    """Findings that hold nothing back."""
    alike: int
    """Pairs of posts that share at least `ALIKE` of their trigrams."""
    most_alike: float
    """The share of trigrams that the two most similar posts have in common, 0 to 1."""
    hooks: int
    """Different first lines."""
    in_language: int
    """In the first language of the brief, as far as it can be told."""


def measured(brief: Brief, drafts: Sequence[PostDraft], *, slots: Sequence[Slot], facts: Sequence[Fact]) -> Measures:
    """The counts. A draft belongs to the slot whose index it carries; facts must hold on its day."""
    days = {slot.index: slot.date for slot in slots}
    found = [
        check(
            draft.body,
            rules=rules_of(brief),
            facts=facts,
            platform=draft.platform,
            limits=limits.of(draft.platform),
            now=days[draft.slot] if draft.slot is not None else slots[0].date,
            parts=draft.parts,
        )
        for draft in drafts
    ]
    likeness = [similarity(one.body, other.body) for one, other in combinations(drafts, 2)]
    kinds = [{finding.kind for finding in findings} for findings in found]
    every = [finding for findings in found for finding in findings]
    blocking = [one for one in every if one.severity == "block" and one.kind not in _COUNTED_APART]
    return Measures(
        wanted=len(slots),
        written=len(drafts),
        within_limits=sum(not {"length", "parts"} & each for each in kinds),
        grounded=sum("claim" not in each for each in kinds),
        brand_blocks=len(blocking),
        warnings=sum(finding.severity == "warn" for finding in every),
        alike=sum(value >= ALIKE for value in likeness),
        most_alike=max(likeness, default=0.0),
        hooks=len({hook(draft.body) for draft in drafts}),
        in_language=sum(is_in(draft.body, brief.languages[0]) for draft in drafts),
    )
