"""Finds values for a brief in what was read: by rules alone, the same every time, nothing that does not stand there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence

from aipromote.reading.finding import identity, look, people, proof, sections
from aipromote.reading.passages import Reading
from aipromote.reading.suggestion import Suggestion, texts_of, verified

_TO_MACHINES = re.compile(
    r"(ignore|disregard|forget|override) (all |any |the |your |every )?"
    r"(previous|prior|above|earlier|preceding|other)? ?"
    r"(instructions?|prompts?|rules|context)|system prompt|you are (now )?(an? )?(ai|assistant|language model|chatbot)|"
    r"\bas an ai\b|(set|change) the (name|description|tagline|url) to|<\|?(im_start|system|endoftext)",
    re.IGNORECASE,
)


class Rules:
    """The extractor that needs no model."""

    name = "rules/1"

    async def suggest(self, readings: Sequence[Reading]) -> list[Suggestion]:
        """As `find`."""
        return await asyncio.to_thread(find, readings)  # some seconds for very long texts; others are served meanwhile


def find(readings: Sequence[Reading]) -> list[Suggestion]:
    """All that the rules find, the surest first in each field. Sentences that speak to machines are left out."""
    found = [
        one for one in _all(readings) if not any(speaks_to_machines(text) for text in (one.quote, *texts_of(one.value)))
    ]
    order = ["stated", "likely", "guess"]
    return verified(sorted(found, key=lambda one: order.index(one.confidence)), readings)


def speaks_to_machines(text: str) -> bool:
    """Whether a sentence gives orders to whatever reads it."""
    return _TO_MACHINES.search(text) is not None


def _all(readings: Sequence[Reading]) -> Iterator[Suggestion]:
    for number, reading in enumerate(readings):
        for rules in (identity, people, proof, look, sections):
            yield from rules.find(reading, is_first=number == 0)
