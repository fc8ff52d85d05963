"""New words for a passage by a model: measured, and looked through for what the old ones did not say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aipromote.ai.errors import WriterFailed
from aipromote.ai.modelled.examining import Examiner
from aipromote.ai.modelled.ideas import RewriteIdea
from aipromote.ai.modelled.telling import about
from aipromote.ai.providers.asking import Models
from aipromote.ai.writer import Passage
from aipromote.connectors.counting import length, measure
from aipromote.documents.brief import Brief
from aipromote.documents.facts import Fact

_TOKENS = 6000
_NUMBER = re.compile(r"\d(?:[\d.,:]*\d)?")
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")


@dataclass(frozen=True, slots=True)
class Reviser:
    """Compares new words with the passage that they are for."""

    brief: Brief
    facts: Sequence[Fact]
    passage: Passage

    def problems(self, text: str) -> Iterator[str]:
        """What the model should mend."""
        yield from self.blocking(text)
        most = self.passage.at_most
        if most is not None and (long := self._length(text)) > most and not self._is_as_long(text):
            yield f"It is {long} long where the task allows {most}: shorten it further."

    def blocking(self, text: str) -> tuple[str, ...]:
        """Those for which the new words cannot be used."""
        return tuple(dict.fromkeys(self._blocking(text)))

    def _blocking(self, text: str) -> Iterator[str]:
        if not text or text == self.passage.text.strip():
            yield "It is the old text: write other words."
            return
        if self.passage.at_most is not None and self._is_as_long(text):
            yield "It is no shorter than the passage: shorten it."
        yield from self._brought_in(text)
        disclaimer = self.brief.brand.legal_disclaimer or ""
        if disclaimer and disclaimer in self.passage.text and disclaimer not in text:
            yield f"The disclaimer “{disclaimer}” is missing: leave it as it is."
        yield from self._too_long(text)

    def _brought_in(self, text: str) -> Iterator[str]:
        """What stands in the new post and could not stand there, as far as it did not in the old one."""
        examiner = Examiner(self.brief, self.facts)
        old, new = self._whole(self.passage.text), self._whole(text)
        had = examiner.problems(old)
        yield from (problem for problem in examiner.problems(new) if problem not in had)
        # Counts that need no proof ("three things") are no claims, and yet nobody said that number.
        given = {plain for said in (old, *(fact.statement for fact in self.facts)) for plain in _numbers(said)}
        for number in _numbers(text):
            if number not in given:
                yield f"The number {number} stands neither in the post nor in a fact: leave it out."

    def _too_long(self, text: str) -> Iterator[str]:
        whole, limits = self._whole(text), self.passage.limits
        for part in _BLANK_LINES.split(whole.strip()) if self.passage.is_thread else [whole]:
            measured = measure(part, limits)
            if not measured.fits:
                network = self.passage.platform.label
                yield f"The post would be {max(1, -measured.left)} too long as {network} counts: shorten the passage."

    def _whole(self, text: str) -> str:
        return self.passage.before + text + self.passage.after

    def _length(self, text: str) -> int:
        return length(text, self.passage.limits.counting)

    def _is_as_long(self, text: str) -> bool:
        return self._length(text) >= self._length(self.passage.text.strip())


async def rewritten(models: Models, brief: Brief, *, facts: Sequence[Fact], passage: Passage) -> tuple[str, str]:
    """The new words, and the name of the model. Raises WriterFailed where there are none that can be used."""
    reviser = Reviser(brief, facts, passage)
    context = {
        **about(brief, facts),
        "task": passage.task,
        "network": {"called": passage.platform.label, "at_most": passage.limits.max_length},
        "passage": passage.text,
        "before": passage.before,
        "after": passage.after,
    }
    answer = await models.ask(
        "rewrite", context, RewriteIdea, check=lambda idea: list(reviser.problems(idea.text)), max_tokens=_TOKENS
    )
    text: str = answer.value.text
    if blocking := reviser.blocking(text):
        raise WriterFailed(f"What {answer.model} wrote, twice, could not be used: {blocking[0]}")
    return text, str(answer.model)


def _numbers(text: str) -> list[str]:
    """Each as plain digits, so that 12,000 is 12.000."""
    return list(dict.fromkeys(re.sub(r"\D", "", found) for found in _NUMBER.findall(text)))
