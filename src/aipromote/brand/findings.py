"""What a check says: findings, and the rules that they come from."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "phrase", "hashtag", "claim", "disclosure", "disclaimer", "length", "parts", "link", "placeholder", "profanity",
    "privacy", "tone", "platform",
]  # fmt: skip
Severity = Literal["block", "warn"]


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
    """What needs no proof because the startup declares it: its name, its prices, its founders."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, or may be. `span` counts characters of the text; None where it is about the whole.

    `replacement`, where there is one, can be put in the place of the span as it is. `rule` says which rule it is, for
    programs; `source` where a rule of an industry can be read.
    """

    kind: Kind
    severity: Severity
    reason: str
    span: tuple[int, int] | None = None
    suggestion: str | None = None
    replacement: str | None = None
    rule: str = ""
    source: str | None = None

    def key(self, text: str) -> str:
        """What it is about: an override covers findings with the keys that it has seen, in this text.

        The same words further on are another finding: "1,200 teams and 1,200 customers" has two numbers to prove.
        """
        if self.span is None:
            return f"{self.kind}/{self.rule}/{self.reason}/{self.suggestion or ''}"[:200]
        start, end = self.span
        said = text[start:end]
        nth = text.count(said, 0, end) if said else 0
        return f"{self.kind}/{self.rule}/{nth}/{' '.join(said.split()).casefold()}"[:200]


def standing(
    findings: Iterable[Finding], text: str, *, override_reason: str | None, set_aside: Collection[str] | None
) -> list[Finding]:
    """The findings that block a text in spite of its approval.

    A person who approves against findings sets aside those that they see (`set_aside`, by key), not those of tomorrow:
    a fact that expires later blocks. With a reason and no list (from before lists were kept) all are set aside.
    """
    blocking = [finding for finding in findings if finding.severity == "block"]
    if override_reason is None:
        return blocking
    return [] if set_aside is None else [finding for finding in blocking if finding.key(text) not in set_aside]
