"""Finding a phrase in a text the way a person would: whole words, in any case, with the language's usual endings.

"sue" is found in "they sued us" and never in "issue". Scripts without spaces between words are searched as they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

_SHORTEST_INFLECTED = 3
_ENDINGS = {
    "en": ("s", "es", "'s", "’s", "d", "ed", "er", "ers", "ing", "ly"),
    "de": ("e", "en", "er", "ern", "es", "em", "n", "s", "t", "te", "ten", "st", "ung", "ungen"),
    "es": ("s", "es", "a", "as", "o", "os", "n", "mente"),
    "fr": ("s", "x", "e", "es", "nt", "ent", "r", "ment"),
    "pt": ("s", "es", "a", "as", "o", "os", "m", "mente"),
}
_WITHOUT_SPACES = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase and where it stands: characters `start` to `end` of the text."""

    phrase: str
    start: int
    end: int


def language_of(tag: str) -> str:
    """The language of a tag without its region: "pt" of "pt-BR"."""
    return tag.split("-", 1)[0].lower()


def writes_without_spaces(text: str) -> bool:
    """Whether the text has a script that puts no spaces between words."""
    return _WITHOUT_SPACES.search(text) is not None


def find_phrases(text: str, phrases: Iterable[str], *, language: str) -> Iterator[Hit]:
    """Every place where one of the phrases stands, inflected or not."""
    for phrase in phrases:
        pattern = phrase_pattern(phrase, language_of(language))
        if pattern is not None:
            yield from (Hit(phrase, found.start(), found.end()) for found in pattern.finditer(text))


@lru_cache(maxsize=2048)
def phrase_pattern(phrase: str, language: str) -> re.Pattern[str] | None:
    """The expression that finds the phrase, or None where the phrase has nothing to find."""
    words = re.findall(r"\w+|[^\w\s\-‐–]+", unicodedata.normalize("NFC", phrase.strip()))
    if not words:
        return None
    if _WITHOUT_SPACES.search(phrase):
        return re.compile(r"\s*".join(map(re.escape, words)), re.IGNORECASE)
    inner = r"[\s\-‐–]*".join(_inflected(word, language) for word in words)
    before = r"(?<!\w)" if words[0][0].isalnum() else ""
    after = r"(?!\w)" if words[-1][-1].isalnum() else ""
    return re.compile(f"{before}{inner}{after}", re.IGNORECASE)


def _inflected(word: str, language: str) -> str:
    endings = _ENDINGS.get(language, ())
    if not word.isalpha() or len(word) < _SHORTEST_INFLECTED or not endings:
        return re.escape(word)
    forms = {word, *(word + ending for ending in endings), *_changed_stems(word.lower(), language)}
    # The longest first, or the alternation would stop at a shorter form and then fail at the word's end.
    return "(?:" + "|".join(re.escape(form) for form in sorted(forms, key=lambda form: (-len(form), form))) + ")"


def _changed_stems(word: str, language: str) -> Iterator[str]:
    """Forms that do more than add an ending: suing, tries, stopped; gratuita, gratuitos."""
    stem, last = word[:-1], word[-1]
    if language == "en":
        if last == "e":
            yield from (stem + ending for ending in ("ing", "ed", "er"))
        elif last == "y":
            yield from (stem + ending for ending in ("ies", "ied", "ier", "iest"))
        elif last not in "aiouwx":
            yield from (word + last + ending for ending in ("ed", "ing", "er"))
    elif language in {"es", "pt"} and last in "oae":
        yield from (stem + ending for ending in ("o", "a", "os", "as", "e", "es", "en", "em", "an", "am"))
    elif (language == "de" and last == "e") or (language == "fr" and last in "er"):
        yield from (
            stem + ending for ending in (("t", "st", "en", "er") if language == "de" else ("é", "ée", "és", "e"))
        )
