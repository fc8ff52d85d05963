"""Findings and claims as pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

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
    instead: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim and the fact that backs it. An unproven one is among the findings."""

    words: str
    fact: Fact


def marked(finding: Finding, text: str) -> Mark:
    """A finding as it is shown."""
    excerpt = text[slice(*finding.span)] if finding.span else ""
    return Mark(
        finding.reason,
        excerpt,
        finding.suggestion or "",
        finding.kind.capitalize(),
        finding.severity == "block",
        finding.replacement or "",
        finding.source or "",
    )


def shown_claims(judge: Judge, text: str, day: date) -> list[Claimed]:
    """The claims that have a proof on that day, with it."""
    return [
        Claimed(text[claim.start : claim.end].strip(), claim.fact)
        for claim in judge.claims(text, day=day)
        if claim.fact is not None
    ]
