"""A suggestion: a value for one field of a brief, where it stands, and in which words. Never more than that."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Annotated, Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from aipromote.reading.accounts import platform_of
from aipromote.reading.passages import Passage, Reading, clean

MAX_SUGGESTIONS = 80
_NOT_FROM_THE_TEXT = {"kind", "source", "is_primary"}
"""Fields of a value that say what it is, or where it comes from, and not what stands there."""


class Confidence(StrEnum):
    """How sure it is that the value means what the field asks for. That it stands there is sure in any case."""

    STATED = "stated"
    """The source itself says that this is it, in its data or under a label."""
    LIKELY = "likely"
    """It stands where such a thing usually stands."""
    GUESS = "guess"
    """It reads like it."""


class Suggestion(BaseModel):
    """`path` is dotted (`positioning.usp`); the value of a list's path is one entry of it. A person confirms it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Annotated[str, Field(max_length=100)]
    value: JsonValue
    source: Annotated[str, Field(max_length=2000)]
    """The address of the page, or the name of the file."""
    place: Annotated[str, Field(max_length=200)]
    """Where in it: "heading", "page 3"."""
    quote: Annotated[str, Field(max_length=400)]
    """The passage, as it stands there."""
    confidence: Confidence

    @property
    def id(self) -> str:
        """The same for the same value of the same field from the same source."""
        told = json.dumps([self.path, self.value, self.source], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:16]


class Extractor(Protocol):
    """Whatever finds values in what was read: by rules here, by a model elsewhere. `verified` follows each."""

    name: str

    async def suggest(self, readings: Sequence[Reading]) -> list[Suggestion]:
        """Values for fields of a brief. What does not stand in its source will be dropped."""
        ...


def verified(suggestions: Iterable[Suggestion], readings: Sequence[Reading]) -> list[Suggestion]:
    """Those whose every text stands in the source that they name, each once, in order. The rest is dropped unseen."""
    evidence = {reading.source: _evidence(reading) for reading in readings}
    kept: dict[tuple[str, str], Suggestion] = {}
    for one in suggestions:
        known = evidence.get(one.source)
        if (
            known is not None
            and _stands(one.quote, known)
            and all(_stands(text, known) for text in texts_of(one.value))
        ):
            kept.setdefault((one.path, identity_of(one.value)), one)
    return list(kept.values())[:MAX_SUGGESTIONS]


def _says(suggestion: Suggestion, evidence: str) -> bool:
    if suggestion.path == "goals.platforms":  # an account says which network it is on: bsky.app is Bluesky
        return platform_of(suggestion.quote) == suggestion.value
    return all(_stands(text, evidence) for text in texts_of(suggestion.value))


def identity_of(value: Any) -> str:
    """What a value is about: a person or a competitor by the name, a proof by what it says, anything else by itself."""
    if isinstance(value, dict):
        value = next((value[key] for key in ("name", "statement", "metric", "location") if value.get(key)), value)
    return _plain(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))


def texts_of(value: JsonValue) -> Iterator[str]:
    """Every text of a value that must stand in its source."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in _NOT_FROM_THE_TEXT:
                yield from texts_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts_of(item)
    elif value is not None:
        yield str(value)


def _evidence(reading: Reading) -> str:
    said = [reading.source, reading.language]
    for one in reading.passages:
        said += [one.text, one.name]
    return " ".join(" ".join(said).split()).lower()  # passages are clean already


def _stands(text: str, evidence: str) -> bool:
    return bool(text.strip()) and _plain(text).removesuffix("…") in evidence


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", clean(text)).lower()


def suggest(path: str, value: Any, *, reading: Reading, passage: Passage | None, confidence: Confidence) -> Suggestion:
    """A suggestion from a passage, or (None) from what the reading declares as a whole."""
    place = passage.place if passage else "the page"
    quote = passage.text if passage else (reading.language if path == "languages" else reading.source)
    return Suggestion(
        path=path, value=value, source=reading.source, place=place, quote=_short(quote, value), confidence=confidence
    )


def _short(quote: str, value: Any) -> str:
    """As much of a long passage as shows the value: from its place on."""
    if len(quote) <= 300:  # noqa: PLR2004 -- what a person reads at a glance
        return quote
    first = next(texts_of(value), "")
    begin = max(0, quote.lower().find(first.lower())) if first else 0
    return quote[begin : begin + 299] + ("…" if begin + 299 < len(quote) else "")
