"""Trying a text that nobody has saved against rules and facts, saved or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aipromote import clock
from aipromote.brand.queries import Judge
from aipromote.connectors import limits
from aipromote.documents.vocabulary import Platform
from aipromote.web.findings import Claimed, Mark, marked, shown_claims

NETWORKS: Final = (
    Platform.LINKEDIN,
    Platform.TWITTER,
    Platform.INSTAGRAM,
    Platform.THREADS,
    Platform.BLUESKY,
    Platform.FACEBOOK,
)
_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Tried:
    """The text, and what was found in it."""

    text: str
    platform: Platform
    findings: list[Mark]
    claims: list[Claimed]


def tried(judge: Judge, text: str, platform: Platform) -> Tried:
    """What the check says of this text today. Nothing is kept."""
    said = text.replace("\r\n", "\n")[:_LONGEST]
    if not said.strip():
        return Tried(said, platform, [], [])
    findings = judge.findings(said, platform=platform, limits=limits.of(platform))
    claims = shown_claims(judge, said, clock.now().date())
    return Tried(said, platform, [marked(one, said) for one in findings], claims)
