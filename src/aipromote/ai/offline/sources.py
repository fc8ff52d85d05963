"""What an offline post was written from. It says the brief's sentences and facts word for word, so this is certain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aipromote.ai.offline.material import Atom, Voice, sentence
from aipromote.ai.offline.pack import Kind
from aipromote.documents.brief import Brief
from aipromote.documents.content import PieceSource
from aipromote.documents.passages import PassageKind

_PLACES = {
    Kind.WHAT: "description",
    Kind.USP: "why choose it",
    Kind.PAIN: "what is in the audience’s way",
    Kind.JOB: "what the audience wants to get done",
    Kind.DIFFERENCE: "what sets it apart",
    Kind.PERSONA: "who it is for",
    Kind.FOUNDER: "founder",
}
_LONGEST_QUOTE = 300
_LONGEST_SOURCE = 500


def sources_of(body: str, *, lead: Atom, material: Mapping[Kind, Sequence[Atom]], voice: Voice) -> list[PieceSource]:
    """The lead (of which only a part may stand there), and everything else that stands in the text whole."""
    others = [atom for atoms in material.values() for atom in atoms if atom != lead and _stands(atom, body)]
    told = [lead, *(atom for atom in others if atom.text not in lead.text)]
    # The description and a sentence of it: the longer one says it.
    whole = [one for one in told if not any(one is not other and one.text in other.text for other in told)]
    sources = [_source(atom, voice) for atom in whole]
    price = voice.brief.pricing
    return [*sources, *([_profile("pricing", price)] if price and price in body else [])]


def _stands(atom: Atom, body: str) -> bool:
    # An entry of one word may stand anywhere by chance.
    return atom.text in body or (" " in atom.short and atom.short in body)


def _source(atom: Atom, voice: Voice) -> PieceSource:
    if atom.kind is not Kind.PROOF:
        return _profile(_place(atom, voice.brief), atom.text)
    fact = next(one for one in voice.facts if sentence(one.statement) == atom.text)
    return PieceSource(
        kind=PassageKind.FACT,
        source=f"Fact, by {fact.source}"[:_LONGEST_SOURCE] if fact.source else "Fact without a source",
        quote=_quoted(fact.statement),
        reference=fact.id,
    )


def _place(atom: Atom, brief: Brief) -> str:
    if atom.kind is Kind.USP and brief.tagline and sentence(brief.tagline) == atom.text:
        return "tagline"
    return _PLACES[atom.kind]


def _profile(place: str, words: str) -> PieceSource:
    return PieceSource(kind=PassageKind.PROFILE, source=f"Brief: {place}", quote=_quoted(words))


def _quoted(words: str) -> str:
    return words if len(words) <= _LONGEST_QUOTE else words[: _LONGEST_QUOTE - 1].rsplit(" ", 1)[0] + "…"
