"""Reading ease: from about 0 (a contract) to 100 (a children's book), by each language's own formula.

- English: Rudolf Flesch, "A new readability yardstick", J. Applied Psychology 32 (1948).
- German: Toni Amstad, "Wie verständlich sind unsere Zeitungen?", Zürich 1978.
- Spanish: José Fernández Huerta, "Medidas sencillas de lecturabilidad", Consigna 214 (1959).
- French: Lionel Kandel and Abraham Moles, "Application de l'indice de Flesch à la langue française" (1958).
- Portuguese: Teresa Martins et al., "Readability formulas applied to textbooks", São Carlos 1996.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
_SENTENCE = re.compile(r"[^.!?…\n]*[^\W\d_][^.!?…\n]*")
_ADDRESS = re.compile(r"https?://\S+|[@#][\w.\-]+")
_VOWELS = re.compile(r"[aeiouyáéíóúàèìòùâêîôûäëïöüãõœæ]+", re.IGNORECASE)
_SILENT = {
    "en": re.compile(r"[^aeiouyl]e$|[^aeiouydt]ed$", re.IGNORECASE),
    "fr": re.compile(r"[^aeiouyé]es?$", re.IGNORECASE),
}
# Constant, weight of words per sentence, weight of syllables per word.
_FORMULAS = {
    "en": (206.835, 1.015, 84.6),
    "de": (180.0, 1.0, 58.5),
    "es": (206.84, 1.02, 60.0),
    "fr": (207.0, 1.015, 73.6),
    "pt": (248.835, 1.015, 84.6),
}


def reading_ease(text: str, *, language: str, least: int = 1) -> float | None:
    """The reading ease; None for other languages, and for texts with fewer words than `least`."""
    formula = _FORMULAS.get(language)
    plain = _ADDRESS.sub(" ", text)
    words = _WORD.findall(plain)
    if formula is None or len(words) < max(1, least):
        return None
    sentences = max(1, len(_SENTENCE.findall(plain)))
    syllables = sum(_syllables(word, language) for word in words)
    constant, by_sentence, by_word = formula
    return constant - by_sentence * len(words) / sentences - by_word * syllables / len(words)


def _syllables(word: str, language: str) -> int:
    groups = len(_VOWELS.findall(word))
    silent = _SILENT.get(language)
    return max(1, groups - (1 if silent and groups > 1 and silent.search(word) else 0))
