"""What a brief gives to write about: its sentences by kind, without those that may not be said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from aipromote.ai.offline.pack import Kind, Theme
from aipromote.documents.brief import Brief
from aipromote.documents.claims import find_claims, unproven
from aipromote.documents.facts import Fact
from aipromote.documents.phrases import find_phrases, writes_without_spaces

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”»)]*\s+(?=\S)|(?<=[。！？])")
_ENDED = re.compile(r"[.!?…。！？؟:;।)\"”»]$")
_HAS_SPACES = re.compile(r"[A-Za-zÀ-ɏͰ-ϿЀ-ӿ]$")

_POINTS_BACK = re.compile(
    r"(?:it|its|they|their|this|that|these|those|he|she|er|sie|es|das|dies\w*|dort|dabei|ella|él|esto|eso|así|il|elle|ils"
    r"|elles|cela|ce|ça|ele|ela|eles|elas|isso|isto)\b",
    re.IGNORECASE,
)

_STEM = 5
# What opens a post of each theme, in order of preference; what the product is always serves.
LEADS = {
    Theme.PROBLEM: (Kind.PAIN,),
    Theme.PRODUCT: (Kind.DIFFERENCE, Kind.USP, Kind.WHAT),
    Theme.PROOF: (Kind.PROOF,),
    Theme.AUDIENCE: (Kind.JOB, Kind.PERSONA),
    Theme.PEOPLE: (Kind.FOUNDER,),
}
SUPPORTS = (Kind.WHAT, Kind.USP, Kind.DIFFERENCE)


@dataclass(frozen=True, slots=True)
class Atom:
    """One thing to say: as a sentence, and as an entry of a list."""

    kind: Kind
    text: str
    short: str


@dataclass
class Voice:
    """What may be said on a day: no avoided phrase, and no claim without a fact that holds on that day."""

    brief: Brief
    facts: Sequence[Fact]
    language: str
    _known: dict[str, bool] = field(default_factory=dict)

    def allows(self, text: str) -> bool:
        """Whether the text may stand in a post."""
        if text not in self._known:
            self._known[text] = self._examine(text)
        return self._known[text]

    def _examine(self, text: str) -> bool:
        avoided = (*self.brief.brand.words_to_avoid, *self.brief.constraints.claims_to_avoid)
        if any(find_phrases(text, avoided, language=self.language)):
            return False
        claims = find_claims(text, language=self.language, spoken_for=spoken_for(self.brief))
        return not any(unproven(claims, self.facts, language=self.language))


def spoken_for(brief: Brief) -> tuple[str, ...]:
    """What the brief itself declares, and so needs no fact: its name, its prices, its disclaimer."""
    return tuple(filter(None, (brief.name, brief.pricing, brief.brand.legal_disclaimer)))


def holding(facts: Iterable[Fact], day: date) -> tuple[Fact, ...]:
    """The facts that may be told on that day."""
    return tuple(fact for fact in facts if fact.holds_on(day))


def gather(brief: Brief, facts: Sequence[Fact], voice: Voice) -> dict[Kind, tuple[Atom, ...]]:
    """Everything usable, by kind; a kind without anything is absent.

    Where nothing at all may be said, the description stays even though it claims something: the brand check then tells
    the person who approves.
    """
    sources: dict[Kind, Iterable[tuple[str, str]]] = {
        Kind.WHAT: ((text, text) for text in _whats(brief.description)),
        Kind.USP: ((text, text) for text in filter(None, (brief.positioning.usp, brief.tagline))),
        Kind.PAIN: ((text, text) for text in brief.icp.pain_points),
        Kind.JOB: ((text, text) for text in brief.icp.jobs_to_be_done),
        Kind.DIFFERENCE: ((text, text) for text in brief.positioning.differentiators),
        Kind.PROOF: ((fact.statement, fact.statement) for fact in facts),
        Kind.PERSONA: _personas(brief),
        Kind.FOUNDER: _founders(brief),
    }
    found: dict[Kind, tuple[Atom, ...]] = {}
    for kind, pairs in sources.items():
        atoms = dict.fromkeys(Atom(kind, sentence(text), entry(short)) for text, short in pairs if voice.allows(text))
        if atoms:
            found[kind] = tuple(atoms)
    if not found:
        found[Kind.WHAT] = tuple(Atom(Kind.WHAT, sentence(text), entry(text)) for text in sentences(brief.description))
    return found


def fallback(material: Mapping[Kind, Sequence[Atom]]) -> Sequence[Atom]:
    """What serves a theme that has nothing of its own: what the product is, or whatever else the brief gives."""
    return next(atoms for kind in (Kind.WHAT, *Kind) if (atoms := material.get(kind)))


def share_a_word(one: Atom, other: Atom) -> bool:
    """Whether both speak of the same thing, as far as words tell: two long ones that begin alike."""
    return bool(_stems(one.text) & _stems(other.text))


@lru_cache(maxsize=4096)
def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:_STEM] for word in re.findall(r"\w+", text.casefold()) if len(word) >= _STEM)


def sentences(text: str) -> list[str]:
    """The sentences of a text, in any script."""
    flat = re.sub(r"\s+", " ", text).strip()
    return [part.strip() for part in _SENTENCE_END.split(flat) if part.strip()]


def sentence(text: str) -> str:
    """The text as a sentence of its own: a capital and a full stop, where its script has them."""
    text = re.sub(r"\s+", " ", text).strip()
    first = text.split(" ", 1)[0]
    if first.isalpha() and first.islower():
        text = text[0].upper() + text[1:]
    return text + "." if not _ENDED.search(text) and _HAS_SPACES.search(text) else text


def entry(text: str) -> str:
    """The text as an entry of a list: without a full stop."""
    text = sentence(text)
    return text[:-1] if text.endswith(".") and not text.endswith("..") else text


def _whats(description: str) -> list[str]:
    """The first sentence, the whole, and what else can stand alone: a sentence that begins with "It" cannot."""
    first, *others = sentences(description)
    alone = [text for text in others if not _POINTS_BACK.match(text)]
    whole = [" ".join((first, *others))] if others and not writes_without_spaces(description) else []
    return list(dict.fromkeys((first, *whole, *alone)))


def _personas(brief: Brief) -> Iterable[tuple[str, str]]:
    for persona in brief.icp.personas:
        about = f"{sentence(persona.name)} {sentence(persona.description)}" if persona.description else persona.name
        yield about, persona.name
    yield from ((segment, segment) for segment in brief.icp.priority_segments)


def _founders(brief: Brief) -> Iterable[tuple[str, str]]:
    for founder in sorted(brief.founders, key=lambda founder: not founder.is_primary):
        who = ", ".join(filter(None, (founder.name, founder.role)))
        for part in sentences(founder.bio or ""):
            yield f"{who}: {part}", who
