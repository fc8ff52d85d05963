"""One part of a series in a model's words, under the heading that all its parts have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aipromote.ai.modelled.composing import TITLED, Composer, wants_picture
from aipromote.ai.modelled.examining import Examiner
from aipromote.ai.modelled.ideas import PostIdea
from aipromote.ai.modelled.telling import about
from aipromote.ai.offline.memory import Memory
from aipromote.ai.offline.priors import prior
from aipromote.ai.offline.series.words import heading
from aipromote.ai.providers.asking import Models
from aipromote.ai.writer import PartOfSeries, Slot
from aipromote.documents.brief import Brief
from aipromote.documents.content import PostDraft
from aipromote.documents.facts import Fact

ALIKE = 0.75
"""A part more like an earlier text than this says nothing new."""
_TOKENS = 4000
_LONGEST_TITLE = 90
_TOLD = 1500
"""Characters of each part before."""


@dataclass(frozen=True, slots=True)
class Editor:
    """Makes a post of an idea for the part, or says what is wrong with it."""

    part: PartOfSeries
    composer: Composer
    memory: Memory

    @classmethod
    def of(cls, brief: Brief, facts: Sequence[Fact], part: PartOfSeries) -> Editor:
        """The facts are those that hold on the part's day."""
        slot = Slot(part.number, part.day, part.platform, "", part.lead)
        return cls(part, Composer(brief, Examiner(brief, facts), slot, part.limits), Memory(part.avoid))

    def problems(self, idea: PostIdea) -> list[str]:
        """What the model should mend."""
        return [*self.blocking(idea), *self.composer.too_long(self._headed(idea))]

    def blocking(self, idea: PostIdea) -> list[str]:
        """Those for which the part cannot be used. The heading is ours."""
        found = list(self.composer.blocking(self._plain(idea)))
        draft = self.composer.draft(self._plain(idea), generated_by="")
        if draft is not None and (self.memory.uses(draft.body) or self.memory.likeness(draft.body) > ALIKE):
            found.append("It is too much like an earlier part or post. Say something else.")
        return found

    def draft(self, idea: PostIdea, *, generated_by: str) -> PostDraft | None:
        """The part with its heading, cut where it is too long, or None where not even that fits."""
        made = self.composer.draft(self._headed(idea), generated_by=generated_by)
        if made is None:
            return None
        part, top = self.part, self._heading
        told = f"Part {part.number} of {part.total} of “{part.series}”. {made.rationale}".strip()
        title = f"{top}: {idea.title or idea.hook or part.lead}"[:_LONGEST_TITLE] if part.platform in TITLED else None
        return made.model_copy(update={"slot": None, "rationale": told, "title": title, "theme": part.lead[:500]})

    @property
    def _heading(self) -> str:
        return heading(self.part.series, self.part.number, self.part.total)

    def _plain(self, idea: PostIdea) -> PostIdea:
        """One post, also where the model made a thread of it."""
        body = idea.body or "\n\n".join(part for part in idea.parts if part)
        return idea.model_copy(update={"body": body, "parts": []})

    def _headed(self, idea: PostIdea) -> PostIdea:
        plain = self._plain(idea)
        said = plain.body if plain.body.startswith(plain.hook) else f"{plain.hook}\n\n{plain.body}".strip()
        return plain.model_copy(update={"hook": self._heading, "body": said})


async def written(
    models: Models, brief: Brief, *, facts: Sequence[Fact], part: PartOfSeries
) -> tuple[PostDraft | None, str]:
    """The part and the model's name; without a part, why there is none. Raises WriterFailed where no model answers."""
    editor = Editor.of(brief, facts, part)
    answer = await models.ask("part", _context(brief, facts, part), PostIdea, check=editor.problems, max_tokens=_TOKENS)
    idea: PostIdea = answer.value
    blocking = editor.blocking(idea)
    draft = None if blocking else editor.draft(idea, generated_by=str(answer.model))
    if draft is not None:
        return draft, str(answer.model)
    return None, f"in place of {answer.model}, whose part could not be used: {(blocking or ['It does not fit.'])[0]}"


def _context(brief: Brief, facts: Sequence[Fact], part: PartOfSeries) -> dict[str, Any]:
    limits, most = part.limits, prior(part.platform).hashtags
    place: dict[str, Any] = {
        "slot": part.number,
        "series": part.series,
        "number": part.number,
        "of": part.total,
        "is": part.role,
        "date": part.day.isoformat(),
        "network": part.platform.label,
        "at_most": limits.max_length,
        "aim_for": min(int(limits.max_length * 0.85), 1500),
        "hashtags": most if limits.max_hashtags is None else min(most, limits.max_hashtags),
    }
    if part.platform in TITLED:
        place["title"] = "wanted"
    if wants_picture(part.platform, limits):
        place["picture"] = "wanted"
    return {
        **about(brief, facts),
        "part": place,
        "sentence": part.lead,
        "before": [{"number": number, "said": body[:_TOLD]} for number, body in part.before],
    }
