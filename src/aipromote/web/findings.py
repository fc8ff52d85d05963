"""Findings and claims as pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from markupsafe import Markup, escape

from aipromote.brand.check import Finding
from aipromote.brand.queries import Judge
from aipromote.documents.facts import Fact


@dataclass(frozen=True, slots=True)
class Mark:
    """A finding with the words that it is about. `source` says where the rule can be read, if it is an industry's."""

    reason: str
    excerpt: str
    suggestion: str
    about: str
    blocks: bool
    instead: str | None = None
    """What can be put in the place of the words; empty: nothing, so that they are removed."""
    source: str = ""
    span: tuple[int, int] | None = None
    units: tuple[int, int] | None = None
    """The span as browsers count: in UTF-16 units, where an emoji is two."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim and the fact that backs it. An unproven one is among the findings. `units` as a mark has them."""

    words: str
    fact: Fact
    units: tuple[int, int]


def marked(finding: Finding, text: str) -> Mark:
    """A finding as it is shown."""
    excerpt = text[slice(*finding.span)] if finding.span else ""
    return Mark(
        finding.reason,
        excerpt,
        finding.suggestion or "",
        finding.kind.capitalize(),
        finding.severity == "block",
        finding.replacement if finding.span else None,
        finding.source or "",
        finding.span,
        _units(text, finding.span) if finding.span else None,
    )


def _units(text: str, span: tuple[int, int]) -> tuple[int, int]:
    start, end = (len(text[:place].encode("utf-16-le", "surrogatepass")) // 2 for place in span)
    return start, end


def with_marks(text: str, marks: Sequence[Mark]) -> Markup:
    """The text, escaped, with the words of each finding marked and its number (from 1) behind them.

    Where findings overlap, the words that they share belong to all of them.
    """
    places = [(one.span, number, one.blocks) for number, one in enumerate(marks, start=1) if one.span is not None]
    edges = sorted({0, len(text), *(edge for span, _, _ in places for edge in span if edge <= len(text))})
    told = Markup("")
    for start, end in pairwise(edges):
        here = [blocks for span, _, blocks in places if span[0] <= start and end <= span[1]]
        ended = [str(number) for span, number, _ in places if span[1] == end and span[0] <= start]
        words = escape(text[start:end])
        if here:
            tone = "tone-failed" if any(here) else "tone-review"
            behind = Markup("<sup>{}</sup>").format(", ".join(ended)) if ended else ""
            words = Markup('<mark class="{}">{}{}</mark>').format(tone, words, behind)
        told += words
    return told


def shown_claims(judge: Judge, text: str, day: date) -> list[Claimed]:
    """The claims that have a proof on that day, with it."""
    return [
        Claimed(text[claim.start : claim.end].strip(), claim.fact, _units(text, (claim.start, claim.end)))
        for claim in judge.claims(text, day=day)
        if claim.fact is not None
    ]
