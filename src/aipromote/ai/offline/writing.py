"""The offline writer: see the package's docstring."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import islice

from aipromote.ai.offline.composing import Composer, Draft
from aipromote.ai.offline.fitting import Paragraph, fitted, joined
from aipromote.ai.offline.material import Voice, gather, holding
from aipromote.ai.offline.memory import Memory
from aipromote.ai.offline.pack import Kind, Pack, Theme
from aipromote.ai.offline.packs import pack_for
from aipromote.ai.offline.planning import pillar_name, plan
from aipromote.ai.offline.priors import prior
from aipromote.ai.offline.sources import sources_of
from aipromote.ai.offline.structures import UNLINKED, Structure
from aipromote.ai.offline.threads import as_thread
from aipromote.ai.offline.varying import most_different
from aipromote.ai.writer import Slot
from aipromote.connectors.contract import Limits
from aipromote.documents.brief import Brief
from aipromote.documents.content import MediaRef, PostDraft
from aipromote.documents.facts import Fact
from aipromote.documents.strategy import StrategyDocument
from aipromote.documents.vocabulary import ContentType, Platform

ATTEMPTS = 40
ALIKE = 0.55
"""A post more like an earlier one than this is written anew, while there is another way to say it."""
TOO_ALIKE = 0.6
"""A post as like an earlier one as this is not handed in: readers would take it for the same."""
_HOOK_AGAIN = 0.05
"""How much likeness a first line that was used before is worth, for each use."""
_FEWEST_IN_A_THREAD = 3
_TITLED = {Platform.REDDIT, Platform.DEVTO, Platform.WORDPRESS, Platform.PINTEREST, Platform.YOUTUBE_SHORTS}
_LONGEST_TITLE = 90
_FILMED = {ContentType.REEL, ContentType.SHORT, ContentType.STORY}
_LOW, _SPAN = 0.3, 0.2


class OfflineWriter:
    """Writes from the brief alone: deterministic, labelled, and never sure of itself (confidence 0.3 to 0.5)."""

    name = "offline-writer/2"

    async def strategy(self, brief: Brief, *, facts: Sequence[Fact], start: date, version: int) -> StrategyDocument:
        """A ninety-day plan from `start`."""
        return plan(brief, facts=facts, start=start, version=version)

    async def posts(
        self,
        brief: Brief,
        strategy: StrategyDocument,
        *,
        facts: Sequence[Fact],
        slots: Sequence[Slot],
        avoid: Sequence[str],
        limits: Mapping[Platform, Limits],
    ) -> list[PostDraft]:
        """At most one draft for each slot: none where the brief gives nothing new, or nothing that fits."""
        memory = Memory(avoid)
        room = _Room(brief, strategy, facts, memory)
        drafts = []
        for slot in slots:
            await asyncio.sleep(0)  # a whole quarter takes seconds: others on the event loop get their turn
            draft = room.write(slot, limits[slot.platform])
            if draft is not None:
                memory.add(draft.body)
                drafts.append(draft)
        return drafts

    async def variants(
        self,
        brief: Brief,
        strategy: StrategyDocument,
        *,
        facts: Sequence[Fact],
        slot: Slot,
        said: Sequence[str],
        count: int,
        limits: Limits,
    ) -> list[PostDraft]:
        """The slot's post with another structure, first line or close: those that differ most from what was said."""
        room = _Room(brief, strategy, facts, Memory(()))
        return most_different(room.attempts(slot, limits), said=said, count=count)


def confidence(brief: Brief, facts: Sequence[Fact]) -> float:
    """How far the drafts can be trusted to be about something: 0.3 + 0.2 × the share of these parts that the brief has.

    Pains, jobs, differentiators or a USP, facts, personas, a founder's biography, an address, hashtags or words to use,
    and a stage.
    """
    parts = (
        brief.icp.pain_points,
        brief.icp.jobs_to_be_done,
        brief.positioning.differentiators or brief.positioning.usp,
        facts,
        brief.icp.personas,
        any(founder.bio for founder in brief.founders),
        brief.url,
        brief.brand.hashtags.allowed or brief.brand.words_to_use,
        brief.stage,
    )
    return round(_LOW + _SPAN * sum(map(bool, parts)) / len(parts), 2)


class _Room:
    """What one order has on its desk."""

    def __init__(self, brief: Brief, strategy: StrategyDocument, facts: Sequence[Fact], memory: Memory) -> None:
        self._brief = brief
        self._facts = facts
        self._memory = memory
        self._pack = pack_for(brief.languages[0])
        self._themes = _themes(brief, strategy, self._pack)
        self._composers: dict[tuple[Fact, ...], Composer] = {}
        self._confidence = confidence(brief, facts)

    def write(self, slot: Slot, limits: Limits) -> PostDraft | None:
        """The freshest draft among the attempts; None where each says what was said already."""
        best: tuple[float, PostDraft] | None = None
        for draft in self.attempts(slot, limits):
            likeness = self._memory.likeness(draft.body)
            if likeness >= TOO_ALIKE or self._memory.uses(draft.body):
                continue
            staleness = likeness + _HOOK_AGAIN * self._memory.hook_uses(draft.body)
            if best is None or staleness < best[0]:
                best = staleness, draft
            if staleness < ALIKE and not self._memory.hook_uses(draft.body):
                break
        return best[1] if best else None

    def attempts(self, slot: Slot, limits: Limits) -> Iterator[PostDraft]:
        """Different drafts for the slot, the freshest first; always the same ones."""
        brief = self._brief
        composer = self._composer(slot.date)
        seed = f"{brief.name}|{slot.date}|{slot.platform}|{slot.pillar}|{slot.theme}"
        most = prior(slot.platform).hashtags
        most = most if limits.max_hashtags is None else min(most, limits.max_hashtags)
        theme = self._themes.get(slot.pillar, Theme.PRODUCT)
        drafts = composer.drafts(
            theme=theme,
            topic=slot.theme,
            platform=slot.platform,
            seed=seed,
            hashtags=most,
            # A thread unfolds a statement; the other structures have several thoughts in one post already.
            structure=Structure.STATEMENT if slot.format is ContentType.THREAD else None,
        )
        for draft in islice(drafts, ATTEMPTS):
            finished = self._finished(draft, composer, slot, limits)
            if finished is not None:
                yield finished

    def _composer(self, day: date) -> Composer:
        facts = holding(self._facts, day)
        if facts not in self._composers:
            voice = Voice(self._brief, facts, self._brief.languages[0])
            material = gather(self._brief, facts, voice)
            self._composers[facts] = Composer(self._brief, self._pack, voice, material, self._memory)
        return self._composers[facts]

    def _finished(self, draft: Draft, composer: Composer, slot: Slot, limits: Limits) -> PostDraft | None:
        parts = _parts(draft, composer, slot, limits)
        if parts is None:
            return None
        kept = {paragraph.role: paragraph.text for part in parts for paragraph in part}
        texts = [joined(part) for part in parts]
        body = "\n\n".join(texts)
        kind = slot.format if len(texts) > 1 or slot.format is not ContentType.THREAD else ContentType.POST
        return PostDraft(
            platform=slot.platform,
            type=kind,
            title=_title(draft) if slot.platform in _TITLED else None,
            body=body,
            parts=texts if len(texts) > 1 else None,
            hook=kept.get("opener", kept["lead"]).split("\n", 1)[0],
            cta=kept.get("closing", ""),
            hashtags=list(draft.hashtags) if "hashtags" in kept else [],
            media_refs=_media(draft, composer, slot, limits),
            pillar=slot.pillar,
            theme=slot.theme or draft.lead.text,
            rationale=_rationale(draft, kept),
            confidence=self._confidence,
            generated_by=OfflineWriter.name,
            sources=sources_of(body, lead=draft.lead, material=composer.material, voice=composer.voice),
            slot=slot.index,
        )


def _parts(draft: Draft, composer: Composer, slot: Slot, limits: Limits) -> list[list[Paragraph]] | None:
    """The posts to send, each of which fits, or None."""
    if slot.format is ContentType.THREAD and limits.max_parts >= _FEWEST_IN_A_THREAD:
        thread = [fitted(part, limits) for part in as_thread(draft, composer, most=limits.max_parts)]
        whole = [part for part in thread if part]
        if len(whole) == len(thread) >= _FEWEST_IN_A_THREAD:
            return whole
    one = fitted(draft.paragraphs, limits)
    return [one] if one else None


def _themes(brief: Brief, strategy: StrategyDocument, pack: Pack) -> dict[str, Theme]:
    """What each pillar of the strategy is about: by the offline writer's own names, or in the order of the themes."""
    own = {pillar_name(pack, theme, brief): theme for theme in Theme}
    names = [pillar.name for pillar in strategy.content_pillars]
    free = [theme for theme in Theme if theme not in {own.get(name) for name in names}]
    return {name: own[name] if name in own else free.pop(0) for name in names}


def _title(draft: Draft) -> str:
    words, title = draft.lead.short.split(" "), ""
    for word in words:
        if len(title) + len(word) + 1 > _LONGEST_TITLE:
            return title.rstrip(" ,;:") + "…" if title else word[:_LONGEST_TITLE]
        title = f"{title} {word}".strip()
    return title


def _media(draft: Draft, composer: Composer, slot: Slot, limits: Limits) -> list[MediaRef]:
    """The words for a picture or a video, where the platform does not take a text alone."""
    if not (limits.needs_media or slot.platform in UNLINKED):
        return []
    filmed = slot.format in _FILMED or slot.platform in {Platform.TIKTOK, Platform.YOUTUBE_SHORTS}
    pattern = composer.pack.video if filmed else composer.pack.image
    support = draft.support.text if draft.support else ""
    prompt = composer.say(pattern, lead=draft.lead.text, support=support).strip()
    return [MediaRef(prompt=prompt, alt_text=f"{composer.brief.name}: {draft.lead.short}")]


_OPENS_WITH = {
    Kind.PAIN: "a pain point of the audience",
    Kind.JOB: "something the audience wants to get done",
    Kind.DIFFERENCE: "what sets the product apart",
    Kind.USP: "the main reason to choose it",
    Kind.PROOF: "a fact from your library",
    Kind.WHAT: "what the product is",
    Kind.PERSONA: "the people it is for",
    Kind.FOUNDER: "a founder's own story",
}


def _rationale(draft: Draft, kept: Mapping[str, str]) -> str:
    """Why this post, for the person who approves it."""
    opening = f"Opens with {_OPENS_WITH[draft.lead.kind]}, taken from the brief word for word."
    if draft.asks and "closing" in kept:
        closing = " Closes with a real question, which tends to bring comments."
    else:
        closing = " Closes with your address." if "closing" in kept else ""
    return opening + closing
