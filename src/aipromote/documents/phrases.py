"""Finding a phrase in a text the way a person would: whole words, in any case, with the language's usual endings.

"sue" is found in "they sued us" and never in "issue". Scripts without spaces between words are searched as they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from aipromote.documents.endings import ENDINGS, EXCHANGES

_SHORTEST_INFLECTED = 3
_SHORTEST_STEM = 2
_UMLAUTS = {"a": "ä", "o": "ö", "u": "ü"}
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
    folded = _folded(text)
    for phrase, beginning, pattern in _listed(tuple(phrases), language_of(language)):
        # A list has hundreds of phrases, and a text few of them: most are told by their first letters.
        if beginning in folded:
            yield from (Hit(phrase, found.start(), found.end()) for found in pattern.finditer(text))


@lru_cache(maxsize=256)
def _listed(phrases: tuple[str, ...], language: str) -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """The phrases that can be found, each with how every form of it begins, and its expression."""
    patterns = ((phrase, phrase_pattern(phrase, language)) for phrase in phrases)
    return tuple((phrase, _beginning(phrase, language), found) for phrase, found in patterns if found is not None)


def _beginning(phrase: str, language: str) -> str:
    word = _words(phrase)[0]
    if _WITHOUT_SPACES.search(phrase):
        return _folded(word)
    forms = [_folded(form) for form in _forms(word, language)]
    first, last = min(forms), max(forms)  # what these two share at their beginning, all share
    alike = (place for place, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    return first[: next(alike, min(len(first), len(last)))]


def _folded(text: str) -> str:
    # The expressions take these two for an i; casefold makes two letters of the one and leaves the other.
    return text.replace("İ", "i").replace("ı", "i").casefold()


def _words(phrase: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s\-‐–]+", unicodedata.normalize("NFC", phrase.strip()))


@lru_cache(maxsize=4096)
def phrase_pattern(phrase: str, language: str) -> re.Pattern[str] | None:
    """The expression that finds the phrase, or None where the phrase has nothing to find."""
    words = _words(phrase)
    if not words:
        return None
    if _WITHOUT_SPACES.search(phrase):
        return re.compile(r"\s*".join(map(re.escape, words)), re.IGNORECASE)
    inner = r"[\s\-‐–]*".join(_inflected(word, language) for word in words)
    before = r"(?<!\w)" if words[0][0].isalnum() else ""
    after = r"(?!\w)" if words[-1][-1].isalnum() else ""
    return re.compile(f"{before}{inner}{after}", re.IGNORECASE)


def _inflected(word: str, language: str) -> str:
    forms = _forms(word, language)
    if len(forms) == 1:
        return re.escape(word)
    # The longest first, or the alternation would stop at a shorter form and then fail at the word's end.
    return "(?:" + "|".join(re.escape(form) for form in sorted(forms, key=lambda form: (-len(form), form))) + ")"


def _forms(word: str, language: str) -> set[str]:
    """The word in all the forms that are known of it, itself among them."""
    endings = ENDINGS.get(language, ())
    if not word.isalpha() or len(word) < _SHORTEST_INFLECTED or not endings:
        return {word}
    return {word, *(word + ending for ending in endings), *_changed_stems(word.lower(), language)}


def _changed_stems(word: str, language: str) -> Iterator[str]:
    """Forms that do more than add an ending: suing, tries, stopped; gratuita, gratuitos; Häuser, animaux, ações."""
    if language != "en":
        yield from _exchanged(word, language)
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


def _exchanged(word: str, language: str) -> Iterator[str]:
    """Forms whose ending takes the place of another, and German plurals with an umlaut."""
    for ending, others in EXCHANGES.get(language, {}).items():
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            stem = word.removesuffix(ending)
            yield from (stem + other for other in others)
    if language == "de":
        yield from (changed + ending for changed in _with_umlaut(word) for ending in ("e", "en", "er", "ern", "n", ""))


def _with_umlaut(word: str) -> Iterator[str]:
    last = max(word.rfind(vowel) for vowel in "aou")
    if last < 0 or set(word[last + 1 :]) & set("eiäöüy"):
        return
    if word[last - 1 : last + 1] == "au":  # the a changes, and its u stays: Haus, Häuser
        last -= 1
    yield word[:last] + _UMLAUTS[word[last]] + word[last + 1 :]
