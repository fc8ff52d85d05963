"""Another first line: one of the language pack's, or one of the text's own sentences."""

from __future__ import annotations

from aipromote.ai.offline.material import Voice, gather
from aipromote.ai.offline.packs import pack_for
from aipromote.content.rewriting.sentences import Sentence, joined, sentences
from aipromote.documents.brief import Brief
from aipromote.documents.facts import Fact
from aipromote.errors import Conflict

_SHORT = 90
"""Characters of a sentence that can stand as a first line."""


def other_hooks(text: str, *, brief: Brief, facts: tuple[Fact, ...]) -> list[str]:
    """The text with other first lines, the best first. Raises Conflict where there is none.

    A line of the pack needs to know what the text opens with, which it does for the brief's own sentences; otherwise a
    question or a short sentence of the text comes first.
    """
    parts = sentences(text)
    found = [*_by_pack(parts, brief, facts), *_by_own(parts)]
    others = [other for other in dict.fromkeys(found) if other != joined(parts)]
    if not others:
        raise Conflict("There is no other first line for this text: no line of its own could stand in front.")
    return others


def _by_pack(parts: list[Sentence], brief: Brief, facts: tuple[Fact, ...]) -> list[str]:
    language = brief.languages[0]
    voice, pack = Voice(brief, facts, language), pack_for(language)
    lines = {
        kind: [line for pattern in patterns if voice.allows(line := pattern.format(name=brief.name))]
        for kind, patterns in pack.openers.items()
    }
    opener = next((line for of_kind in lines.values() for line in of_kind if parts[0].text == line), None)
    body = parts[1:] if opener else parts
    if not body:
        return []
    whole = joined(body)
    kinds = [
        kind
        for kind, atoms in gather(brief, facts, voice).items()
        if any(whole.startswith((atom.text, atom.short)) for atom in atoms)
    ]
    return [f"{line}\n\n{whole}" for kind in kinds for line in lines.get(kind, ()) if line != opener]


def _by_own(parts: list[Sentence]) -> list[str]:
    """Each question, then each short sentence, moved to the front."""
    movable = [one for one in parts[1:] if len(one.text) <= _SHORT and not one.is_hashtags and not one.has_link]
    movable = [one for one in movable if not one.text.startswith(("–", "-", "•", "→"))]
    movable.sort(key=lambda one: not one.text.endswith(("?", "？")))
    return [f"{one.text}\n\n{joined([other for other in parts if other is not one])}" for one in movable]
