"""One part of a series as a post: its number, its sentence, what connects, and a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aipromote.ai.offline.articles import Desk
from aipromote.ai.offline.fitting import Paragraph, fitted, joined
from aipromote.ai.offline.hashtags import usable_hashtags
from aipromote.ai.offline.pack import Kind
from aipromote.ai.offline.packs import pack_for
from aipromote.ai.offline.priors import prior
from aipromote.ai.offline.series.templates import THEMES, Role
from aipromote.ai.offline.series.words import heading, words_for
from aipromote.ai.offline.structures import UNLINKED
from aipromote.ai.offline.writing import OfflineWriter, confidence
from aipromote.connectors.contract import Limits
from aipromote.documents.content import MediaRef, PostDraft
from aipromote.documents.vocabulary import Platform

NAME = f"{OfflineWriter.name}, a part of a series"
_KINDS = {
    Role.WHY: Kind.WHAT,
    Role.PROBLEM: Kind.PAIN,
    Role.JOB: Kind.JOB,
    Role.ANSWER: Kind.DIFFERENCE,
    Role.PROOF: Kind.PROOF,
    Role.FOUNDER: Kind.FOUNDER,
    Role.STORY: Kind.PROOF,
}
_TITLED = {Platform.REDDIT, Platform.DEVTO, Platform.WORDPRESS, Platform.PINTEREST, Platform.YOUTUBE_SHORTS}


@dataclass(frozen=True, slots=True)
class Part:
    """Which part it is. `lead` is a sentence of the brief, or a fact."""

    series: str
    number: int
    total: int
    role: Role
    lead: str


def write_part(part: Part, platform: Platform, *, desk: Desk, limits: Limits) -> PostDraft | None:
    """The post of this part, within the platform's limits; None where its sentence may not be said (any more)."""
    if not desk.voice.allows(part.lead):
        return None
    brief, words = desk.brief, words_for(desk.brief.languages[0])
    pack = pack_for(brief.languages[0])
    top = heading(part.series, part.number, part.total)
    label = words.roles.get(part.role, "")
    bridge = _turn(pack.bridges.get(_KINDS[part.role], ()) if part.role in _KINDS else (), part.number)
    ask = _turn(pack.asks.get(THEMES[part.role], ()), part.number)
    tags = usable_hashtags(brief, desk.voice)[: _hashtags(platform, limits)]
    told = [
        Paragraph("heading", top + (f"\n{label}" if label else "")),
        Paragraph("lead", part.lead, cuttable=True),
        Paragraph("bridge", bridge.format(name=brief.name), drop=4),
        Paragraph("closing", ask.format(name=brief.name), drop=3),
        Paragraph("hashtags", " ".join(f"#{tag}" for tag in tags), drop=5),
        Paragraph("disclaimer", brief.brand.legal_disclaimer or ""),
    ]
    said = [one for one in told if one.text and (one.role != "bridge" or desk.voice.allows(one.text))]
    kept = fitted(said, limits)
    if kept is None:
        return None
    roles = {one.role: one.text for one in kept}
    needs_picture = limits.needs_media or platform in UNLINKED
    return PostDraft(
        platform=platform,
        title=f"{top}: {part.lead}"[:90] if platform in _TITLED else None,
        body=joined(kept),
        hook=top,
        cta=roles.get("closing", ""),
        hashtags=tags if "hashtags" in roles else [],
        media_refs=[MediaRef(prompt=part.lead, alt_text=f"{brief.name}: {part.lead}"[:300])] if needs_picture else [],
        pillar="",
        theme=part.lead[:500],
        rationale=f"Part {part.number} of {part.total} of “{part.series}”. Its sentence is taken word for word from "
        + ("your facts." if part.role in {Role.PROOF, Role.STORY} else "the brief."),
        confidence=confidence(brief, desk.voice.facts),
        generated_by=NAME,
    )


def _turn(lines: Sequence[str], number: int) -> str:
    """Another line for each part, until all were used."""
    return lines[(number - 1) % len(lines)] if lines else ""


def _hashtags(platform: Platform, limits: Limits) -> int:
    usual = prior(platform).hashtags
    return usual if limits.max_hashtags is None else min(usual, limits.max_hashtags)
