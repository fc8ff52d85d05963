"""Words: those to avoid, those of a rule pack, hashtags, what was not filled in, and an advertisement that hides it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aipromote.brand.findings import Finding, Rules, Severity
from aipromote.brand.packs import rules_of_packs
from aipromote.brand.packs.disclosure import SOURCE, undisclosed
from aipromote.connectors.contract import Limits
from aipromote.documents.phrases import find_phrases, language_of

_HASHTAG = re.compile(r"(?<![\w/&])#(\w*[^\W\d]\w*)")
_PLACEHOLDER = re.compile(r"\{\{.{0,80}?\}\}|\[(?:your|insert)\b[^\]]*\]|\blorem ipsum\b", re.IGNORECASE)


def phrases(text: str, rules: Rules) -> Iterator[Finding]:
    """Words that the brand avoids, claims it does not make, wordings that its industry forbids."""
    language = language_of(rules.language)
    legal = rules.legal_disclaimer or ""
    # The disclaimer is the lawyers' text: it may say "risk-free" in order to deny it.
    masked = text.replace(legal, "\x00" * len(legal)) if legal else text
    for listed, why, rule in (
        (rules.forbidden_phrases, "is on the list of words to avoid", "words_to_avoid"),
        (rules.claims_to_avoid, "is a claim to avoid", "claims_to_avoid"),
    ):
        for hit in find_phrases(masked, listed, language=language):
            said = text[hit.start : hit.end]
            span = (hit.start, hit.end)
            yield Finding("phrase", "block", f"“{said}” {why}", span, "Say it in other words.", rule=rule)
    for pack, wordings in rules_of_packs(rules.rule_packs, language):
        for hit in find_phrases(masked, wordings, language=language):
            reason = f"“{text[hit.start : hit.end]}” {pack.reason}"
            span = (hit.start, hit.end)
            yield Finding("phrase", "block", reason, span, pack.suggestion, rule=pack.name, source=pack.source)


def hashtags(text: str, rules: Rules, limits: Limits) -> Iterator[Finding]:
    """Hashtags that are forbidden, not listed, or too many."""
    if "#" not in text:
        return
    allowed = {tag.removeprefix("#").casefold() for tag in rules.allowed_hashtags}
    forbidden = {tag.removeprefix("#").casefold() for tag in rules.forbidden_hashtags}
    tags = list(_HASHTAG.finditer(text))
    for tag in tags:
        name = tag[1].casefold()
        if name in forbidden:
            yield _tag(tag, f"#{tag[1]} is a forbidden hashtag", "forbidden_hashtags")
        elif allowed and name not in allowed:
            yield _tag(tag, f"#{tag[1]} is not one of the allowed hashtags", "allowed_hashtags")
    if limits.max_hashtags is not None and len(tags) > limits.max_hashtags:
        reason = f"{len(tags)} hashtags, where {limits.max_hashtags} are accepted"
        one_too_many = tags[limits.max_hashtags].span()
        yield Finding("hashtag", "block", reason, one_too_many, "Keep the most fitting ones.", "", rule="max_hashtags")


def _tag(tag: re.Match[str], reason: str, rule: str) -> Finding:
    return Finding("hashtag", "block", reason, tag.span(), "Remove it.", "", rule=rule)


def disclaimer(text: str, rules: Rules) -> Iterator[Finding]:
    """The legal disclaimer, where the brand has one and the text has not."""
    legal = rules.legal_disclaimer
    if legal and " ".join(legal.split()).casefold() not in " ".join(text.split()).casefold():
        yield Finding("disclaimer", "block", "the legal disclaimer is missing", None, f"Add: {legal}")


def placeholders(text: str) -> Iterator[Finding]:
    """Places that were to be filled in."""
    for found in _PLACEHOLDER.finditer(text):
        yield Finding("placeholder", "block", f"“{found[0]}” looks like a place that was not filled in", found.span())


def disclosure(text: str, rules: Rules) -> Iterator[Finding]:
    """An advertisement that does not say so; it blocks where the pack on advertising was chosen."""
    found = undisclosed(text, language=language_of(rules.language))
    if found is None:
        return
    sign = text[found.start : found.end]
    severity: Severity = "block" if "advertising" in rules.rule_packs else "warn"
    yield Finding(
        "disclosure",
        severity,
        f"“{sign[:80]}” looks like paid advertising, and the text does not say that it is",
        (found.start, found.end),
        f"Begin with “{found.label}” if somebody gave you money or goods for this post.",
        rule="advertising.disclosure",
        source=SOURCE,
    )
