"""Posts about an article, in the article's own words: its title, its first sentences, its address.

Nothing is said that does not stand in it. A sentence that claims what no fact backs is passed over while there is
another; the title stays as it is, and the check tells the person who approves.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from aipromote.ai.offline.fitting import Paragraph, fitted, joined
from aipromote.ai.offline.hashtags import usable_hashtags
from aipromote.ai.offline.material import Voice, holding, sentences
from aipromote.ai.offline.memory import similarity
from aipromote.ai.offline.priors import prior
from aipromote.ai.offline.structures import LONG, UNLINKED
from aipromote.ai.offline.writing import OfflineWriter
from aipromote.connectors import links
from aipromote.connectors.contract import Limits
from aipromote.documents.brief import Brief
from aipromote.documents.content import MediaRef, PostDraft
from aipromote.documents.facts import Fact
from aipromote.documents.vocabulary import Platform

NAME = f"{OfflineWriter.name}, from the article"
_SHORTEST, _LONGEST = 25, 320
_ENDED = re.compile(r"[.!?。！？][\"'”»)]*$")
_TEASER = re.compile(
    r"appeared first on|continue reading|read (?:more|on)\b|weiterlesen|mehr lesen|lire la suite|leer más"
    r"|seguir leyendo|ler mais|leia mais|\[(?:…|\.\.\.)\]|(?:…|\.\.\.)$",
    re.IGNORECASE,
)
_SAME = 0.8
_FEW, _MANY = 2, 4
_TITLED = {Platform.REDDIT, Platform.DEVTO, Platform.WORDPRESS, Platform.PINTEREST, Platform.YOUTUBE_SHORTS}


@dataclass(frozen=True, slots=True)
class Article:
    """What is known of it: single lines of text. `link` is "" where it cannot be read by the public."""

    title: str
    link: str
    summary: Sequence[str]
    body: Sequence[str]
    is_dated: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """What does not change between the drafts of one order."""

    brief: Brief
    voice: Voice

    @classmethod
    def of(cls, brief: Brief, facts: Sequence[Fact], *, day: date) -> Desk:
        """For texts of that day."""
        return cls(brief, Voice(brief, holding(facts, day), brief.languages[0]))


def about(article: Article, platform: Platform, *, desk: Desk, limits: Limits) -> PostDraft | None:
    """A post about the article for that platform, within its limits; None where it has no words to make one of."""
    told, passed_over = _told(article, desk.voice, most=_MANY if platform in LONG else _FEW)
    title = article.title or (told.pop(0) if told else "")
    if not title or not (told or article.link):
        return None
    tags = usable_hashtags(desk.brief, desk.voice)[: _hashtags(platform, limits)]
    link = article.link if platform not in UNLINKED else ""
    paragraphs = [Paragraph("lead", title, cuttable=True)]
    paragraphs += _as_paragraphs(told, together=platform in LONG)
    paragraphs += [Paragraph("link", link)] if link else []
    paragraphs += [Paragraph("hashtags", " ".join(f"#{tag}" for tag in tags), drop=20)] if tags else []
    disclaimer = desk.brief.brand.legal_disclaimer
    paragraphs += [Paragraph("disclaimer", disclaimer)] if disclaimer else []
    kept = fitted(paragraphs, limits)
    if kept is None:
        return None
    roles = {paragraph.role for paragraph in kept}
    return PostDraft(
        platform=platform,
        title=article.title[:90] or None if platform in _TITLED else None,
        body=joined(kept),
        hook=kept[0].text[:1000],
        cta=link if "link" in roles else "",
        hashtags=tags if "hashtags" in roles else [],
        media_refs=_picture(title, desk.brief, platform, limits),
        pillar="",
        theme=article.title[:500],
        rationale=_rationale(article, passed_over),
        confidence=_confidence(article),
        generated_by=NAME,
    )


def _told(article: Article, voice: Voice, *, most: int) -> tuple[list[str], int]:
    """The first sentences that can stand in a post, and how many were passed over for what they claim."""
    found: list[str] = []
    held_back: list[str] = []
    for text in (one for block in (*article.summary, *article.body) for one in sentences(block)):
        if not _usable(text) or _says_again(text, (article.title, *found, *held_back)):
            continue
        (found if voice.allows(text) else held_back).append(text)
        if len(found) >= most:
            return found, len(held_back)
    if not found:
        # Nothing but claims: they are shown to the person who approves, with what the check says of each.
        return held_back[:most], 0
    return found, len(held_back)


def _usable(text: str) -> bool:
    return (
        _SHORTEST <= len(text) <= _LONGEST
        and _ENDED.search(text) is not None
        and _TEASER.search(text) is None
        and not any(True for _ in links.find(text))
    )


def _says_again(text: str, others: Sequence[str]) -> bool:
    return any(text in other or similarity(text, other) >= _SAME for other in others if other)


def _as_paragraphs(told: Sequence[str], *, together: bool) -> list[Paragraph]:
    """Two sentences to a paragraph where there is room, one elsewhere. What comes later is dropped first."""
    step = 2 if together else 1
    texts = [" ".join(told[at : at + step]) for at in range(0, len(told), step)]
    return [Paragraph("told", text, drop=2 + number) for number, text in enumerate(texts)]


def _hashtags(platform: Platform, limits: Limits) -> int:
    usual = prior(platform).hashtags
    return usual if limits.max_hashtags is None else min(usual, limits.max_hashtags)


def _picture(title: str, brief: Brief, platform: Platform, limits: Limits) -> list[MediaRef]:
    if not (limits.needs_media or platform in UNLINKED):
        return []
    return [MediaRef(prompt=title, alt_text=f"{brief.name}: {title}"[:300])]


def _rationale(article: Article, passed_over: int) -> str:
    """Which article, and what was done with it."""
    named = f"“{article.title}”" if article.title else "the article"
    told = f"Made of {named}{f' ({article.link})' if article.link else ''}, in its own words."
    if passed_over:
        one = passed_over == 1
        told += f" {passed_over} of its sentences {'was' if one else 'were'} left out: no fact backs what "
        told += "it claims." if one else "they claim."
    return told[:2000]


def _confidence(article: Article) -> float:
    """0.3 + 0.2 × the share of what an article may have: a title, an introduction, a beginning, an address, a date."""
    parts = (article.title, article.summary, article.body, article.link, article.is_dated)
    return round(0.3 + 0.2 * sum(map(bool, parts)) / len(parts), 2)
