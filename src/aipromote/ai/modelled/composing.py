"""From a model's words to a post that its network takes, or to what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from aipromote.ai.modelled.examining import Examiner
from aipromote.ai.modelled.ideas import PostIdea
from aipromote.ai.modelled.library import Library
from aipromote.ai.offline.fitting import Paragraph, fitted, joined
from aipromote.ai.offline.priors import prior
from aipromote.ai.offline.structures import UNLINKED
from aipromote.ai.writer import Slot
from aipromote.connectors.contract import Limits
from aipromote.connectors.counting import measure
from aipromote.documents.brief import Brief
from aipromote.documents.content import MediaRef, PostDraft
from aipromote.documents.vocabulary import ContentType, Platform

TITLED = {Platform.REDDIT, Platform.DEVTO, Platform.WORDPRESS, Platform.PINTEREST, Platform.YOUTUBE_SHORTS}
FEWEST_IN_A_THREAD = 3
MOST_SURE = 0.8
"""What a model says of its own work is worth no more than this."""
_LONGEST_TITLE = 90
_SHORTENED = "It was shortened to fit."
_TAG = re.compile(r"\w*[^\W\d]\w*")
_INLINE = re.compile(r"(?<![\w/&])#(?=\w*[^\W\d])")


@dataclass(frozen=True, slots=True)
class Composer:
    """Makes posts of one slot."""

    brief: Brief
    examiner: Examiner
    slot: Slot
    limits: Limits
    library: Library = field(default_factory=Library)

    def problems(self, idea: PostIdea) -> Iterator[str]:
        """What the model should mend."""
        yield from self.blocking(idea)
        yield from self.too_long(idea)

    def too_long(self, idea: PostIdea) -> Iterator[str]:
        """By how much, for each single post."""
        for part in self._parts(idea):
            measured = measure(joined(part), self.limits)
            if not measured.fits:
                over = max(1, -measured.left)
                yield (
                    f"It is {over} too long as {self.slot.platform.label} counts ({measured.length} of "
                    f"{measured.max_length}, hook, call to action, hashtags and disclaimer included): shorten it by "
                    f"{over + over // 5}."
                )

    def blocking(self, idea: PostIdea) -> tuple[str, ...]:
        """Those for which the post cannot be used. Everything that people would see is looked through."""
        # The disclaimer is the lawyers' text, and stays as it is.
        parts = [[paragraph for paragraph in part if paragraph.role != "disclaimer"] for part in self._parts(idea)]
        seen = [joined(part) for part in parts] + [idea.title]
        return tuple(dict.fromkeys(problem for text in seen for problem in self.examiner.problems(text)))

    def draft(self, idea: PostIdea, *, generated_by: str) -> PostDraft | None:
        """The post, cut where it is too long, or None where not even that fits."""
        wanted = self._parts(idea)
        parts = [fitted(part, self.limits) for part in wanted]
        kept = [part for part in parts if part]
        if not kept or len(kept) != len(parts):
            return None
        texts = [joined(part) for part in kept]
        was_cut = texts != [joined(part) for part in wanted]
        left = {paragraph.role: paragraph.text for part in kept for paragraph in part}
        kind = self.slot.format if len(texts) > 1 or self.slot.format is not ContentType.THREAD else ContentType.POST
        return PostDraft(
            platform=self.slot.platform,
            type=kind,
            title=self._title(idea) if self.slot.platform in TITLED else None,
            body="\n\n".join(texts),
            parts=texts if len(texts) > 1 else None,
            hook=left.get("hook", ""),
            cta=left.get("cta", ""),
            hashtags=self._hashtags(idea) if "hashtags" in left else [],
            media_refs=self._media(idea),
            pillar=self.slot.pillar,
            theme=self.slot.theme,
            rationale=" ".join(filter(None, (idea.rationale, _SHORTENED if was_cut else ""))),
            confidence=round(max(0.0, min(idea.confidence, MOST_SURE) - (0.1 if was_cut else 0)), 2),
            generated_by=generated_by,
            sources=self.library.sources(idea.sources),
            slot=self.slot.index,
        )

    def _parts(self, idea: PostIdea) -> list[list[Paragraph]]:
        """The single posts: several where a thread is wanted and there are enough, else one."""
        bodies = [_INLINE.sub("", part) for part in idea.parts if part]
        is_thread = (
            self.slot.format is ContentType.THREAD and FEWEST_IN_A_THREAD <= len(bodies) <= self.limits.max_parts
        )
        if not is_thread:
            bodies = [_INLINE.sub("", idea.body) or "\n\n".join(bodies)]
        hook = _INLINE.sub("", idea.hook)
        bodies[0] = bodies[0].removeprefix(hook).lstrip() if hook else bodies[0]
        parts = [_paragraphs([("body", body)]) for body in bodies]
        parts[0] = _paragraphs([("hook", hook)]) + parts[0]
        tags = " ".join(f"#{tag}" for tag in self._hashtags(idea))
        ending = [("cta", idea.cta), ("hashtags", tags), ("disclaimer", self.brief.brand.legal_disclaimer or "")]
        parts[-1] += _paragraphs(ending)
        return [part for part in parts if part]

    def _hashtags(self, idea: PostIdea) -> list[str]:
        """As many of them as the network, the priors and the brand's rules allow."""
        rules = self.brief.brand.hashtags
        allowed = {tag.lstrip("#").casefold() for tag in rules.allowed}
        forbidden = {tag.lstrip("#").casefold() for tag in rules.forbidden}
        most = prior(self.slot.platform).hashtags
        most = most if self.limits.max_hashtags is None else min(most, self.limits.max_hashtags)
        tags = dict.fromkeys(tag.lstrip("#") for tag in idea.hashtags)
        fine = [tag for tag in tags if _TAG.fullmatch(tag) and tag.casefold() not in forbidden]
        return [tag for tag in fine if not allowed or tag.casefold() in allowed][:most]

    def _title(self, idea: PostIdea) -> str:
        title = idea.title or idea.hook or idea.body
        return title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1].rsplit(" ", 1)[0] + "…"

    def _media(self, idea: PostIdea) -> list[MediaRef]:
        if not wants_picture(self.slot.platform, self.limits):
            return []
        shows = idea.picture or idea.hook or self.slot.theme or self.slot.pillar
        return [MediaRef(prompt=shows, alt_text=f"{self.brief.name}: {idea.hook or shows}")]


def wants_picture(platform: Platform, limits: Limits) -> bool:
    """Whether a text alone is not enough there."""
    return limits.needs_media or platform in UNLINKED


_DROP = {"cta": 2, "hashtags": 5}


def _paragraphs(texts: list[tuple[str, str]]) -> list[Paragraph]:
    return [Paragraph(role, text, _DROP.get(role, 0), cuttable=role == "body") for role, text in texts if text]
