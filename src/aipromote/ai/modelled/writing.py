"""The modelled writer: see the package's docstring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import structlog

from aipromote.ai.errors import WriterFailed
from aipromote.ai.modelled import parts, planning
from aipromote.ai.modelled.composing import TITLED, Composer, wants_picture
from aipromote.ai.modelled.examining import Examiner
from aipromote.ai.modelled.ideas import PostIdea, PostIdeas, SourcedStrategyIdeas, StrategyIdeas
from aipromote.ai.modelled.library import Library
from aipromote.ai.modelled.rewriting import rewritten
from aipromote.ai.modelled.telling import about
from aipromote.ai.offline.material import holding
from aipromote.ai.offline.memory import Memory, similarity
from aipromote.ai.offline.playbook import posts_per_week
from aipromote.ai.offline.priors import prior
from aipromote.ai.offline.writing import OfflineWriter
from aipromote.ai.providers.asking import Answer, Models
from aipromote.ai.writer import PartOfSeries, Passage, Slot, WrittenStrategy
from aipromote.connectors.contract import Limits
from aipromote.documents.brief import Brief
from aipromote.documents.content import PostDraft
from aipromote.documents.facts import Fact
from aipromote.documents.passages import Passage as Source
from aipromote.documents.strategy import StrategyDocument
from aipromote.documents.vocabulary import ContentType, Platform

log: structlog.stdlib.BoundLogger = structlog.get_logger()

ALIKE = 0.75
"""A post more like an earlier one than this says nothing new."""
_STRATEGY_TOKENS = 12_000
_MOST_AUDIENCES = 5
_REMEMBERED = 40
_FIRST_LINE = 120
_LONG, _SHORT = 4000, 1500
_LONG_READS = {Platform.DEVTO, Platform.WORDPRESS}
_LONGEST_REASON = 600


class ModelledWriter:
    """Writes with the models that are set up. Of one request: what failed once is not tried with each batch anew."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self._offline = OfflineWriter()
        self._given_up: str | None = None
        self.name = str(models.lineup.models[0])
        """Who wrote last."""

    async def strategy(self, brief: Brief, *, facts: Sequence[Fact], start: date, version: int) -> StrategyDocument:
        """A ninety-day plan from `start`. Raises WriterFailed where no model can, and the offline writer is not to."""
        return (await self.strategy_from(brief, facts=facts, start=start, version=version, passages=())).document

    async def strategy_from(
        self, brief: Brief, *, facts: Sequence[Fact], start: date, version: int, passages: Sequence[Source]
    ) -> WrittenStrategy:
        """As `strategy`, from passages, too. They prove nothing: a claim still needs a fact."""
        library = Library.best(passages)
        instead = await self._offline.strategy(brief, facts=facts, start=start, version=version)
        current = holding(facts, start)
        examiner = Examiner(brief, current)
        context = {
            **about(brief, current),
            "channels": [{"platform": each.value, "called": each.label} for each in posts_per_week(brief)],
            "version": version,
            "fewest_pillars": planning.FEWEST_PILLARS,
            "most_pillars": 5,
            "most_audiences": _MOST_AUDIENCES,
            "handed_over": len(library.passages),
            "passages": library.told(),
        }
        try:
            answer = await self._models.ask(
                "strategy",
                context,
                SourcedStrategyIdeas if library.passages else StrategyIdeas,
                check=lambda ideas: planning.problems(ideas, examiner),
                max_tokens=_STRATEGY_TOKENS,
            )
        except WriterFailed as problem:
            self._leave_to_offline(problem)
            self.name = self._offline.name
            return WrittenStrategy(instead)
        self.name = str(answer.model)
        ideas = answer.value
        plan = planning.planned(ideas, examiner, brief, instead=instead, start=start, version=version)
        return WrittenStrategy(
            plan, library.sources(ideas.sources) if isinstance(ideas, SourcedStrategyIdeas) else None
        )

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
        """At most one draft for each slot. Raises WriterFailed where no model can, and the offline writer is not to."""
        if not slots:
            return []
        library = Library.of(slots)
        composers = {slot.index: _composer(brief, facts, slot, limits[slot.platform], library) for slot in slots}
        drafts, reasons = await self._modelled(
            brief=brief, strategy=strategy, facts=facts, slots=slots, avoid=avoid, composers=composers
        )
        missing = [slot for slot in slots if slot.index not in drafts]
        if missing:
            bodies = [*avoid, *(draft.body for draft in drafts.values())]
            others = await self._offline.posts(brief, strategy, facts=facts, slots=missing, avoid=bodies, limits=limits)
            drafts.update(
                {slot: _explained(draft, reasons.get(slot)) for draft in others if (slot := draft.slot) is not None}
            )
        return [drafts[slot.index] for slot in slots if slot.index in drafts]

    async def rewrite(self, brief: Brief, *, facts: Sequence[Fact], passage: Passage) -> str:
        """New words for the passage. Raises WriterFailed, whoever stands behind: the caller has its own way then."""
        text, self.name = await rewritten(self._models, brief, facts=facts, passage=passage)
        return text

    async def part(self, brief: Brief, *, facts: Sequence[Fact], part: PartOfSeries, instead: PostDraft) -> PostDraft:
        """The part of a series. Raises WriterFailed where no model can, and the offline writer is not to."""
        reason = f"since no language model could: {self._given_up}"
        if self._given_up is None:
            try:
                draft, reason = await parts.written(self._models, brief, facts=facts, part=part)
            except WriterFailed as problem:
                self._leave_to_offline(problem)
                reason = f"since no language model could: {problem.message}"
            else:
                if draft is not None:
                    return draft
        return _explained(instead, f"This was written without a model, {reason}"[:_LONGEST_REASON])

    async def _modelled(
        self,
        *,
        brief: Brief,
        strategy: StrategyDocument,
        facts: Sequence[Fact],
        slots: Sequence[Slot],
        avoid: Sequence[str],
        composers: Mapping[int, Composer],
    ) -> tuple[dict[int, PostDraft], dict[int, str]]:
        """The model's drafts that can be used, by slot; and why there is none, for the others."""
        memory = Memory(avoid)
        if self._given_up is None:
            context = {
                **about(brief, holding(facts, max(slot.date for slot in slots))),
                "plan": strategy.model_dump(
                    mode="json", include={"positioning", "audience_segments", "content_pillars"}
                ),
                "before": [body.strip().split("\n", 1)[0][:_FIRST_LINE] for body in avoid[-_REMEMBERED:]],
                "passages": composers[slots[0].index].library.told(),
                "places": [_place(slot, composers[slot.index]) for slot in slots],
            }
            try:
                answer = await self._models.ask(
                    "posts", context, PostIdeas, check=lambda ideas: _problems(ideas, composers, memory)
                )
                return _kept(answer, composers, memory)
            except WriterFailed as problem:
                self._leave_to_offline(problem)
        reason = f"The offline writer wrote this, since no language model could: {self._given_up}"
        return {}, dict.fromkeys(composers, reason[:_LONGEST_REASON])

    def _leave_to_offline(self, problem: WriterFailed) -> None:
        if not self._models.lineup.has_offline:
            raise problem
        self._given_up = problem.message
        log.warning("left to the offline writer", writer=self.name, kind=type(problem).__name__)


def _composer(brief: Brief, facts: Sequence[Fact], slot: Slot, limits: Limits, library: Library) -> Composer:
    return Composer(brief, Examiner(brief, holding(facts, slot.date)), slot, limits, library)


def _problems(ideas: PostIdeas, composers: Mapping[int, Composer], memory: Memory) -> list[str]:
    """What the model should mend, each with its slot."""
    found: list[str] = []
    bodies: list[str] = []
    by_slot = _by_slot(ideas, composers)
    for slot, composer in composers.items():
        if slot not in by_slot:
            found.append(f"Slot {slot} has no post.")
            continue
        idea = by_slot[slot]
        found += [f"Slot {slot}: {problem}" for problem in composer.problems(idea)]
        draft = composer.draft(idea, generated_by="")
        if draft is not None and (
            _is_old(draft, memory) or any(similarity(draft.body, body) > ALIKE for body in bodies)
        ):
            found.append(f"Slot {slot}: It is too much like another post. Say something else.")
        bodies += [draft.body] if draft else []
    return found


def _kept(
    answer: Answer[PostIdeas], composers: Mapping[int, Composer], memory: Memory
) -> tuple[dict[int, PostDraft], dict[int, str]]:
    drafts, reasons = {}, {}
    by_slot = _by_slot(answer.value, composers)
    for slot, composer in composers.items():
        idea = by_slot.get(slot)
        blocking = composer.blocking(idea) if idea else ()
        draft = composer.draft(idea, generated_by=str(answer.model)) if idea and not blocking else None
        if draft is None or _is_old(draft, memory):
            why = blocking[0] if blocking else "It gave none, or none that is new and fits."
            told = f"The offline writer wrote this in place of {answer.model}, whose draft could not be used: {why}"
            reasons[slot] = told[:_LONGEST_REASON]
        else:
            memory.add(draft.body)
            drafts[slot] = draft
    return drafts, reasons


def _by_slot(ideas: PostIdeas, composers: Mapping[int, Composer]) -> dict[int, PostIdea]:
    """The first idea for each slot that was asked for."""
    found: dict[int, PostIdea] = {}
    for idea in ideas.posts:
        if idea.slot in composers:
            found.setdefault(idea.slot, idea)
    return found


def _is_old(draft: PostDraft, memory: Memory) -> bool:
    return bool(memory.uses(draft.body)) or memory.likeness(draft.body) > ALIKE


def _explained(draft: PostDraft, reason: str | None) -> PostDraft:
    return draft.model_copy(update={"rationale": " ".join(filter(None, (reason, draft.rationale)))})


def _place(slot: Slot, composer: Composer) -> dict[str, Any]:
    """A slot in words. The priors say how many hashtags serve."""
    limits = composer.limits
    most = prior(slot.platform).hashtags
    is_thread = slot.format is ContentType.THREAD and limits.max_parts > 1
    aim = _LONG if slot.platform in _LONG_READS else _SHORT
    place = {
        "slot": slot.index,
        "date": slot.date.isoformat(),
        "network": slot.platform.label,
        "form": f"thread of 3 to {min(limits.max_parts, 8)} posts" if is_thread else slot.format.lower(),
        "pillar": slot.pillar,
        "theme": slot.theme,
        "at_most": limits.max_length,
        "aim_for": min(int(limits.max_length * 0.85), aim),
        "hashtags": most if limits.max_hashtags is None else min(most, limits.max_hashtags),
    }
    if slot.passages:
        place["passages"] = composer.library.numbers(slot)
    if slot.platform in TITLED:
        place["title"] = "wanted"
    if wants_picture(slot.platform, limits):
        place["picture"] = "wanted"
    return place
