"""The check of a text against the brand's rules, the facts and a platform's limits.

Pure: the same input gives the same findings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from aipromote.brand.checks import network, wording
from aipromote.brand.checks.privacy import privacy
from aipromote.brand.checks.tone import profanity, tone
from aipromote.brand.claims import Linked, linked_claims
from aipromote.brand.findings import Finding, Kind, Rules, Severity
from aipromote.connectors.contract import Limits
from aipromote.documents.brief import Brief
from aipromote.documents.facts import Fact
from aipromote.documents.vocabulary import Platform

__all__ = ["Finding", "Kind", "Rules", "Severity", "check", "claims_of", "rules_of"]


def rules_of(brief: Brief) -> Rules:
    """The rules that a brief states."""
    return Rules(
        language=brief.languages[0],
        forbidden_phrases=tuple(brief.brand.words_to_avoid),
        claims_to_avoid=tuple(brief.constraints.claims_to_avoid),
        allowed_hashtags=tuple(brief.brand.hashtags.allowed),
        forbidden_hashtags=tuple(brief.brand.hashtags.forbidden),
        legal_disclaimer=brief.brand.legal_disclaimer,
        rule_packs=tuple(brief.constraints.rule_packs),
        declared=tuple(filter(None, (brief.name, brief.pricing, *(founder.name for founder in brief.founders)))),
    )


def check(
    text: str,
    *,
    rules: Rules,
    facts: Sequence[Fact],
    platform: Platform,
    limits: Limits,
    now: date,
    parts: Sequence[str] | None = None,
    title: str | None = None,
    hints: bool = True,
) -> list[Finding]:
    """Everything there is to say about the text: blocking findings first, then in its order.

    `parts` are the single posts of a thread, whose lengths count instead of the whole's. What blocks in the `title` has
    no span. `now` is the day on which facts must hold: the day of publishing where it is known. Without `hints` only
    what can block is looked for.
    """
    found = [
        *wording.phrases(text, rules),
        *wording.hashtags(text, rules, limits),
        *_claims(text, rules, facts, now),
        *wording.disclosure(text, rules),
        *wording.disclaimer(text, rules),
        *network.length(parts or [text], limits),
        *wording.placeholders(text),
        *(_in_the_title(title, rules, facts, now) if title else ()),
    ]
    if hints:
        found += [
            *network.links(text, platform),
            *network.habits(text, platform),
            *profanity(text, rules.language),
            *privacy(text, rules.language),
            *tone(text, rules.language),
        ]
    return sorted(found, key=lambda finding: (finding.severity != "block", finding.span or (-1, -1), finding.kind))


def _in_the_title(title: str, rules: Rules, facts: Sequence[Fact], today: date) -> Iterator[Finding]:
    found = (*wording.phrases(title, rules), *_claims(title, rules, facts, today), *wording.placeholders(title))
    for finding in found:
        yield replace(finding, reason=f"in the title, {finding.reason}", span=None, replacement=None)


def claims_of(text: str, *, rules: Rules, facts: Sequence[Fact], now: date) -> list[Linked]:
    """The claims of the text, each with the fact that backs it on that day, if one does."""
    spoken_for = tuple(filter(None, (*rules.declared, rules.legal_disclaimer)))
    return linked_claims(text, facts, language=rules.language, today=now, spoken_for=spoken_for)


def _claims(text: str, rules: Rules, facts: Sequence[Fact], today: date) -> Iterator[Finding]:
    for claim in claims_of(text, rules=rules, facts=facts, now=today):
        if claim.fact is None:
            suggestion = "Add a fact with a source, or say it without the claim."
            yield Finding("claim", "block", claim.reason, (claim.start, claim.end), suggestion, rule=claim.kind.value)
