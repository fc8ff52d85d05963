"""What a number of a fact counts: the questions in "1,200 questions from customers", not the customers."""
# ruff: noqa: E501, SIM905 -- a list of words is read as a whole

from __future__ import annotations

import re
from dataclasses import dataclass

from aipromote.documents.claims.subjects import counts, sides, stem

_WORD = re.compile(r"[^\W\d_][^\W_]+|\d|[()]")
# Behind these no longer stands what is counted; before the first counted word other small words are passed over.
_ENDS = frozenset(
    "from for with to in on by at and or who which that than as per via von für mit aus bei und oder in im zu an auf nach pro"
    " para con en por y o pour avec dans et ou par chez em com e ( )".split()
)
_GONE = re.compile(
    r"\b(?:former|lost|potential|prospective|churned|inactive|ex|ehemalige\w*|verlorene\w*|potenzielle\w*|potentielle\w*"
    r"|antiguos|perdidos|potenciales|anciens|perdus|potentiels|antigos|potenciais)\b",
    re.IGNORECASE,
)
_NUMBER_OF = re.compile(
    r"\b(?:(?:total )?number of|anzahl (?:der|von)?|número de|nombre d(?:e|es)|total(?: de| of)?)\s?", re.IGNORECASE
)
_LABEL = re.compile(r"(?:^|[.!?;\n…])(?P<label>[^.!?;\n…:=]{2,60}?)\s?[:=–—]\s?$")
_TEAM_OF = re.compile(r"\b(?:team of|team (?:aus|von)|equipo de|équipe de|equipe de)\s$", re.IGNORECASE)
_EMPLOYEES = frozenset({stem("people"), stem("employees")})
_TEAM = stem("team")
_LONG = 2
WIDE = frozenset(
    stem(word)
    for word in "people seconds minutes hours sekunden minuten stunden segundos minutos horas secondes minutes heures".split()
)
"""What may be counted of anything: such a count needs another word in common."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What a number counts. `of` is the noun that `words` only describe ("customer questions": customer, question)."""

    words: frozenset[str] = frozenset()
    of: str = ""

    def is_meant_by(self, head: str, about: frozenset[str]) -> bool:
        """Whether a claim with this word behind its number, and these around it, counts the same."""
        if head:
            return head in self.words and (not self.of or self.of in about)
        if _TEAM in about and self.words & _EMPLOYEES:
            return True
        return bool(self.words & about)


def counted(text: str, start: int, end: int) -> Counted:
    """What the number at the place counts; nothing where that cannot be told."""
    before, after = sides(text, start, end)
    found = _noun(after)
    if found or after.strip()[:1].isdigit():
        return _described(found) if not _GONE.search(after) else Counted()
    if _TEAM_OF.search(before):
        return Counted(_EMPLOYEES | {_TEAM})
    label = _LABEL.search(text[max(0, start - 80) : start])
    if label is None or _GONE.search(label["label"]):
        return Counted()
    return _described(_noun(_NUMBER_OF.sub("", label["label"])))


def _noun(passage: str) -> list[str]:
    found: list[str] = []
    for match in _WORD.finditer(passage):
        word = match[0].casefold()
        if word in _ENDS or word.isdigit() or len(found) == _LONG or (found and not counts(word)):
            break
        if counts(word):
            found.append(word)
    return found


def _described(found: list[str]) -> Counted:
    if not found or _is_plural(found[0]) or len(found) < _LONG:
        return Counted(frozenset(map(stem, found[:1])))
    of = stem(found[1]) if _is_plural(found[1]) else ""
    return Counted(frozenset(map(stem, found)), of if stem(found[0]) != of else "")


def _is_plural(word: str) -> bool:
    return word.endswith("s") and not word.endswith("ss")
