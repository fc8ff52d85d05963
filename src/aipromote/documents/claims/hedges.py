"""What keeps a statement from being said outright: a bound ("up to 40 %", "around 100"), a goal ("we want to"), a "not".

What is hedged proves only what is hedged alike. The words of all languages are looked for at once: a wrong find costs a
person a click. Only "no" is left out in Portuguese, where it means "in the".
"""
# ruff: noqa: E501 -- a pattern is read as a whole

from __future__ import annotations

import re
from functools import lru_cache

from aipromote.documents.claims.subjects import sides
from aipromote.documents.phrases import language_of

NOT, GOAL = "not", "goal"
_ARTICLE = r"(?:\s(?:an?|the|einen?|une?|el|la|los|les|uma?|os|as))?\s?[^\w\s]?$"
_BOUNDS = {
    name: re.compile(rf"(?<!\w)(?:{words}){_ARTICLE}", re.IGNORECASE)
    for name, words in {
        "at most": r"up to|as (?:much|many) as|at most|no more than|(?:a )?maximum(?: of)?|max\.?|bis zu|höchstens|maximal|hasta|como máximo|jusqu['’][àa]|au plus|au maximum|até|no máximo",
        "less": r"(?:fewer|less|lower) than|under|below|weniger als|unter|menos d[eo]|moins d(?:e|['’])",
        "almost": r"almost|nearly|close to|not quite|approaching|fast|knapp|beinahe|nahezu|casi|cerca de|presque|près de|quase",
        "around": r"around|about|approximately|approx\.?|roughly|circa|ca\.?|etwa|rund|ungefähr|alrededor de|aproximadamente|unos|unas|environ|autour de|à peu près|cerca de|por volta de",
    }.items()
}
_AT_MOST = re.compile(
    r"^(?:\s\w+)?\s?\(?(?:at (?:the )?most|or (?:fewer|less)|max(?:imum|imal)?\b|höchstens|oder weniger|como máximo|o menos|au (?:maximum|plus)|ou moins|no máximo|ou menos)",
    re.IGNORECASE,
)
_GOALS = re.compile(
    r"\b(?:goal|aim(?:s|ing)?|hop(?:e|es|ing) for|could|might|should|plan(?:s|ned|ning)? (?:to|for|on)|(?:want|hope|intend|expect|need|would like|going|promise|strive)s? to|(?:our|the) target|we will|we['’]ll"
    r"|(?-i:Ziele?)|wir planen|geplant|woll(?:en|t)|könnten?|sollten?|möchten|anstreben|streben|hoffen"
    r"|objetivos?|metas?|quer(?:emos|ía)|esperamos|planeamos|vamos a"
    r"|objectifs?|visons|voulons|espérons|souhaitons|prévoyons|allons|pretendemos|planejamos|vamos)\b",
    re.IGNORECASE,
)
_NO = r"not|never|neither|nor|cannot|\w+n['’]t|without|hardly|barely|nobody|far from|niemand|nadie|personne ne|ninguém|kein\w*|nicht|nie(?:mals)?|ohne|kaum|sin|nunca|jamás|tampoco|sans|jamais|ne|n(?=['’])|sem|não|nem"
_STRAIGHT = r"(?![^\w\s]?\s(?:only|just|merely|nur|bloß|sólo|solo|solamente|seulement|apenas|só)\b)"
_NEGATED = re.compile(rf"\b(?:{_NO}|no(?!\. ?\d))\b{_STRAIGHT}", re.IGNORECASE)
_NEGATED_WITHOUT_NO = re.compile(rf"\b(?:{_NO})\b{_STRAIGHT}", re.IGNORECASE)
_NEGATED_BEHIND = re.compile(r"\bnicht\b(?! nur\b)", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…](?=\s|$)|[;\n]")
_FAR = 160
_NEAR = 40


@lru_cache(maxsize=8192)
def hedges(text: str, start: int, end: int, language: str) -> frozenset[str]:
    """What hedges the passage: names of bounds, GOAL, NOT."""
    before, after = text[max(0, start - _FAR) : start], text[end : end + _FAR]
    found = {name for name, bound in _BOUNDS.items() if bound.search(before[-_NEAR:])}
    if _AT_MOST.match(after):
        found.add("at most")
    first = _SENTENCE_END.search(after)
    begin = max((one.end() for one in _SENTENCE_END.finditer(before)), default=0)
    if _GOALS.search(before, begin) or _GOALS.search(after[: first.start()] if first else after):
        found.add(GOAL)
    if is_denied(text, start, end, language) and "almost" not in found:
        found.add(NOT)
    return frozenset(found)


def is_denied(text: str, start: int, end: int, language: str) -> bool:
    """Whether the clause of the passage says "not": before it, in German ("wir garantieren nicht") also behind it."""
    before, after = sides(text, start, end)
    tag = language_of(language)
    negated = _NEGATED_WITHOUT_NO if tag == "pt" else _NEGATED
    return negated.search(before) is not None or (tag == "de" and _NEGATED_BEHIND.search(after) is not None)


def is_as_outright(said: frozenset[str], known: frozenset[str]) -> bool:
    """Whether what is known is hedged by no more than what is said, and both are denied, or none is."""
    return known <= said and (NOT in said) == (NOT in known)
