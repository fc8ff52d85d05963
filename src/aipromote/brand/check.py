"""The check of a text against the brand's rules, the facts and a platform's limits.

Pure: the same input gives the same findings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from aipromote.brand.claims import Linked, linked_claims
from aipromote.brand.rule_packs import RULE_PACKS
from aipromote.connectors.contract import Limits
from aipromote.connectors.counting import measure
from aipromote.documents.brief import Brief
from aipromote.documents.facts import Fact
from aipromote.documents.phrases import find_phrases, language_of
from aipromote.documents.vocabulary import Platform

Kind = Literal["phrase", "hashtag", "claim", "disclaimer", "length", "parts", "link", "placeholder"]
Severity = Literal["block", "warn"]

_HASHTAG = re.compile(r"(?<![\w/&])#(\w*[^\W\d]\w*)")
_LINK = re.compile(r"https?://\S+")
_PLACEHOLDER = re.compile(r"\{\{.{0,80}?\}\}|\[(?:your|insert)\b[^\]]*\]|\blorem ipsum\b", re.IGNORECASE)
_UNLINKED = {Platform.INSTAGRAM, Platform.TIKTOK}


@dataclass(frozen=True, slots=True)
class Rules:
    """What a text must and must not say. Hashtags go without the number sign; no `allowed_hashtags` allows all."""

    language: str = "en"
    forbidden_phrases: tuple[str, ...] = ()
    claims_to_avoid: tuple[str, ...] = ()
    allowed_hashtags: tuple[str, ...] = ()
    forbidden_hashtags: tuple[str, ...] = ()
    legal_disclaimer: str | None = None
    rule_packs: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    """What needs no proof because the startup declares it: its name, its prices."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, or may be. `span` counts characters of the text; None where it is about the whole."""

    kind: Kind
    severity: Severity
    reason: str
    span: tuple[int, int] | None = None
    suggestion: str | None = None


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
        declared=tuple(filter(None, (brief.name, brief.pricing))),
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
) -> list[Finding]:
    """Everything there is to say about the text: blocking findings first, then in its order.

    `parts` are the single posts of a thread, whose lengths count instead of the whole's. `now` is the day on which
    facts must hold: the day of publishing where it is known.
    """
    found = [
        *_phrases(text, rules),
        *_hashtags(text, rules, limits),
        *_claims(text, rules, facts, now),
        *_disclaimer(text, rules),
        *_length(parts or [text], limits),
        *_links(text, platform),
        *_placeholders(text),
    ]
    return sorted(found, key=lambda finding: (finding.severity != "block", finding.span or (-1, -1), finding.kind))


def _phrases(text: str, rules: Rules) -> Iterator[Finding]:
    language = language_of(rules.language)
    legal = rules.legal_disclaimer or ""
    # The disclaimer is the lawyers' text: it may say "risk-free" in order to deny it.
    masked = text.replace(legal, "\x00" * len(legal)) if legal else text
    packs = [phrase for pack in rules.rule_packs for phrase in RULE_PACKS.get(pack, {}).get(language, ())]
    for phrases, why in (
        (rules.forbidden_phrases, "is on the list of words to avoid"),
        (rules.claims_to_avoid, "is a claim to avoid"),
        (packs, "is not allowed by the rules of the industry"),
    ):
        for hit in find_phrases(masked, phrases, language=language):
            said = text[hit.start : hit.end]
            yield Finding("phrase", "block", f"“{said}” {why}", (hit.start, hit.end), "Say it in other words.")


def _hashtags(text: str, rules: Rules, limits: Limits) -> Iterator[Finding]:
    allowed = {tag.removeprefix("#").casefold() for tag in rules.allowed_hashtags}
    forbidden = {tag.removeprefix("#").casefold() for tag in rules.forbidden_hashtags}
    tags = list(_HASHTAG.finditer(text))
    for tag in tags:
        name = tag[1].casefold()
        if name in forbidden:
            yield Finding("hashtag", "block", f"#{tag[1]} is a forbidden hashtag", tag.span(), "Remove it.")
        elif allowed and name not in allowed:
            yield Finding("hashtag", "block", f"#{tag[1]} is not one of the allowed hashtags", tag.span(), "Remove it.")
    if limits.max_hashtags is not None and len(tags) > limits.max_hashtags:
        reason = f"{len(tags)} hashtags, where {limits.max_hashtags} are accepted"
        yield Finding("hashtag", "block", reason, tags[limits.max_hashtags].span(), "Keep the most fitting ones.")


def claims_of(text: str, *, rules: Rules, facts: Sequence[Fact], now: date) -> list[Linked]:
    """The claims of the text, each with the fact that backs it on that day, if one does."""
    spoken_for = tuple(filter(None, (*rules.declared, rules.legal_disclaimer)))
    return linked_claims(text, facts, language=rules.language, today=now, spoken_for=spoken_for)


def _claims(text: str, rules: Rules, facts: Sequence[Fact], today: date) -> Iterator[Finding]:
    for claim in claims_of(text, rules=rules, facts=facts, now=today):
        if claim.fact is None:
            suggestion = "Add a fact with a source, or say it without the claim."
            yield Finding("claim", "block", claim.reason, (claim.start, claim.end), suggestion)


def _disclaimer(text: str, rules: Rules) -> Iterator[Finding]:
    legal = rules.legal_disclaimer
    if legal and " ".join(legal.split()).casefold() not in " ".join(text.split()).casefold():
        yield Finding("disclaimer", "block", "the legal disclaimer is missing", None, f"Add: {legal}")


def _length(parts: Sequence[str], limits: Limits) -> Iterator[Finding]:
    if len(parts) > limits.max_parts:
        reason = f"{len(parts)} posts in the thread, where {limits.max_parts} are accepted"
        yield Finding("parts", "block", reason)
    for number, part in enumerate(parts, 1):
        measured = measure(part, limits)
        if not measured.fits:
            which = f"post {number} of the thread" if len(parts) > 1 else "the text"
            reason = f"{which} has {measured.length} of {measured.max_length} characters"
            yield Finding("length", "block", reason, None, f"Shorten it by {max(1, -measured.left)}.")
        elif not part.strip():
            yield Finding("length", "block", "there is no text")


def _links(text: str, platform: Platform) -> Iterator[Finding]:
    if platform in _UNLINKED:
        for link in _LINK.finditer(text):
            yield Finding("link", "warn", f"links in {platform.label} captions cannot be followed", link.span())


def _placeholders(text: str) -> Iterator[Finding]:
    for found in _PLACEHOLDER.finditer(text):
        yield Finding("placeholder", "block", f"“{found[0]}” looks like a place that was not filled in", found.span())
