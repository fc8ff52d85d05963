"""What can be told of a text at a glance: whether it can have what the expressions look for at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from aipromote.documents.claims.kinds import ClaimKind
from aipromote.documents.claims.numerals import UNITS

_NO_DIGITS = re.compile(r"\D+")
# Each worded number has one of these in it, in lower case. Tests compare with and without.
_PARTS = {
    "en": "twice doubl tripl quadrupl halv halfing half tenfold third quarter dozen hundreds thousands millions",
    "de": "doppel dreifach vierfach halb zehnfach hälfte drittel viertel dutzend hundert tausend millionen",
    "es": "duplic doble triple triplic mitad tercio tercera cuart decena docena cientos centenar miles millones",
    "fr": "doubl tripl divisé moitié tiers quart dizaine douzaine centaine millier millions",
    "pt": "dobr duplic tripl metade terço quarto dezena dúzia centena milhares milhões",
}
_HOURS = {"en": "an hour", "de": "ne stunde", "es": "una hora", "fr": "une heure", "pt": "uma hora"}
_HINTS = {language: (*parts.split(), *UNITS[language], _HOURS[language]) for language, parts in _PARTS.items()}
_WORDS: dict[ClaimKind, dict[str, tuple[str, ...]]] = {
    ClaimKind.SUPERLATIVE: {
        "en": (
            "est",
            "leading",
            "world",
            "unriv",
            "unbeatable",
            "unmatched",
            "market",
            "award",
            "most",
            "number",
            "#1",
            "no.1",
            "no.",
            "only",
            "first",
        ),
        "de": (
            "beste",
            "st",
            "größ",
            "führend",
            "marktführer",
            "weltklasse",
            "einzig",
            "unschlagbar",
            "am",
            "nummer",
            "nr.",
            "preisgekrönt",
        ),
        "es": ("mejor", "lider", "líder", "mas ", "más ", "mero uno", "únic", "unic", "inigualable", "premiad"),
        "fr": ("meilleur", "leader", "plus ", "ro un", "seul", "galé", "gale", "primé"),
        "pt": ("melhor", "lider", "líder", "mais ", "mero um", "únic", "unic", "incompar", "premiad"),
    },
    ClaimKind.COMPARISON: {
        "en": ("than", "unlike", "compared", "outperform"),
        "de": (" als", "vergleich", "gegensatz"),
        "es": (" que", "diferencia", "comparaci", "comparad"),
        "fr": (" qu", "contrairement", "compar", "rapport"),
        "pt": (" que", "contr", "compar"),
    },
    ClaimKind.GUARANTEE: {
        "en": ("guarantee", "risk", "fail", "always work", "money"),
        "de": ("garant", "risiko", "versagt", "geld"),
        "es": ("garant", "riesgo", "falla"),
        "fr": ("garant", "risque", "tombe", "satisfait"),
        "pt": ("garant", "risco", "falha"),
    },
}


@dataclass(frozen=True, slots=True)
class Outline:
    """The text in small letters, its digits in a row, and whether it may have a number in words."""

    folded: str
    digits: str
    has_words: bool


@lru_cache(maxsize=8192)
def outline(text: str, language: str) -> Outline:
    """The outline of a fact: the same facts are looked at for every post."""
    folded = text.casefold()
    return Outline(folded, _NO_DIGITS.sub("", folded), may_have_worded_numbers(folded, language))


def may_have_worded_numbers(folded: str, language: str) -> bool:
    """Whether a text in small letters has a part of a word that stands for a number."""
    return any(part in folded for part in _HINTS.get(language, ()))


def may_have(kind: ClaimKind, folded: str, language: str) -> bool:
    """The same for superlatives, comparisons and guarantees."""
    return any(part in folded for part in _WORDS[kind].get(language, ()))
