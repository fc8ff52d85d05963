"""How a text reads: rude words, shouting, emoji, sentences that go on for ever. Hints only.

The lists of rude words are our own and short: what nobody wants in a company's post. Larger lists (LDNOOBW and its kin)
flag medical and everyday words, and there is no maintained one for all five languages.
"""

# ruff: noqa: E501 -- a list of words is read as a whole

from __future__ import annotations

import re
from collections.abc import Iterator

from aipromote.brand.checks.readability import reading_ease
from aipromote.brand.findings import Finding
from aipromote.documents.phrases import language_of

_RUDE = {
    "en": r"fuck\w*|motherfuck\w*|(?:bull)?shit(?:ty|s|ting)?|assholes?|bitch(?:es)?|bastards?|cunts?|dickheads?|wank(?:er|ers|ing)",
    "de": r"schei(?:ß|ss)\w*|arschl(?:o|ö)ch\w*|fick(?:en|t|er)?|verfickt\w*|wichser\w*|hurensohn\w*|hure[n]?|fotze[n]?",
    "es": r"mierdas?|joder|jodid[oa]s?|put[oa]s?|cabr[óo]n(?:es)?|gilipollas|coño|pendej[oa]s?|hij[oa]s? de puta",
    "fr": r"merde[sux]*|putains?|connards?|connasses?|salopes?|salauds?|encul[ée]s?|bordel de merde",
    "pt": r"merdas?|porra|caralho|put[oa]s?|foda-se|fod[ae]|fodid[oa]s?|cuz[ãa]o|arrombad[oa]s?",
}
_PROFANE = {language: re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) for language, words in _RUDE.items()}
_MARKS = re.compile(r"!{2,}|[!?]{3,}")
_SHOUTED = re.compile(r"(?<![\w#@/])[^\W\d_a-zß-ÿ]{3,}(?:[ ,\-]+[^\W\d_a-zß-ÿ]{2,}){2,}(?!\w)")
_EMOJI = re.compile("[\U0001f300-\U0001faff☀-➿⬀-⯿]")
_SENTENCE = re.compile(r"[^.!?…\n]+")
_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
_MOST_EMOJI = 6
_MOST_MARKS = 3
_LONG_SENTENCE = 35
_HARD = 25.0
_ENOUGH_WORDS = 60


def profanity(text: str, language: str) -> Iterator[Finding]:
    """Rude words of the text's language, and the English ones, which travel."""
    tag = language_of(language)
    for pattern in dict.fromkeys((_PROFANE.get(tag), _PROFANE["en"])):
        for found in pattern.finditer(text) if pattern else ():
            masked = found[0][0] + "*" * (len(found[0]) - 1)
            reason = f"“{found[0]}” is a rude word"
            yield Finding("profanity", "warn", reason, found.span(), "Say it in other words.", masked, rule="rude")


def tone(text: str, language: str) -> Iterator[Finding]:
    """Shouting, emoji, long sentences, hard reading."""
    yield from _exclamations(text)
    for found in _SHOUTED.finditer(text):
        calm = found[0].capitalize()
        yield Finding(
            "tone", "warn", f"“{found[0][:60]}” shouts", found.span(), "Use small letters.", calm, rule="capitals"
        )
    emoji = list(_EMOJI.finditer(text))
    if len(emoji) > _MOST_EMOJI:
        reason = f"{len(emoji)} emoji; more than {_MOST_EMOJI} are hard to read, and screen readers say each of them"
        yield Finding(
            "tone", "warn", reason, emoji[_MOST_EMOJI].span(), "Keep the ones that say something.", "", rule="emoji"
        )
    yield from _sentences(text, language_of(language))


def _exclamations(text: str) -> Iterator[Finding]:
    for found in _MARKS.finditer(text):
        one = "?" if "?" in found[0] else "!"
        yield Finding("tone", "warn", f"“{found[0][:10]}” shouts", found.span(), "One is enough.", one, rule="marks")
    single = text.count("!") - sum(found[0].count("!") for found in _MARKS.finditer(text))
    if single > _MOST_MARKS:
        yield Finding(
            "tone",
            "warn",
            f"{single} exclamation marks in one post",
            None,
            "Keep the one that matters.",
            rule="many_marks",
        )


def _sentences(text: str, language: str) -> Iterator[Finding]:
    longest = max(_SENTENCE.finditer(text), key=lambda found: len(found[0]), default=None)
    if longest is None or len(text) <= _LONG_SENTENCE * 2:
        return
    words = len(_WORD.findall(longest[0]))
    if words > _LONG_SENTENCE:
        reason = f"a sentence of {words} words; most people lose the thread after {_LONG_SENTENCE}"
        yield Finding("tone", "warn", reason, longest.span(), "Make two of it.", rule="long_sentence")
    ease = reading_ease(text, language=language, least=_ENOUGH_WORDS)
    if ease is not None and ease < _HARD:
        reason = f"hard to read: a reading ease of {ease:.0f} of 100"
        yield Finding("tone", "warn", reason, None, "Use shorter words and sentences.", rule="reading_ease")
