"""What may be claimed: numbers, quoted customers, awards and press, each with the page as its source."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aipromote.reading.passages import Passage, Reading
from aipromote.reading.suggestion import Confidence, Suggestion, suggest

_MOST = 12
_LINE = 300
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_WHO = (
    r"customers?|users?|teams?|compan(?:y|ies)|business(?:es)?|startups?|clients?|developers?|people|members|shops?|stores?|"
    r"countries|downloads|installs|subscribers|kunden|nutzer|teams|clientes|usuarios|clients|utilisateurs"
)
_NUMBER = re.compile(
    rf"\b\d[\d.,]*\s?(?:\+|k\b|m\b|million)?\s?\+?\s(?:[\w-]+\s){{0,2}}(?:{_WHO})\b|"
    r"\b\d[\d.,]*\s?%\s(?:[\w-]+\s){0,3}(?:faster|less|fewer|more|cheaper|lower|higher|of|uptime|reduction|increase|growth|savings?)|"
    r"\b\d[\d.,]*\s?(?:x|times)\s(?:faster|more|cheaper|less)|\bfrom \d[\d.,]* (?:[\w-]+ )?to \d",
    re.IGNORECASE,
)
_AWARD = re.compile(
    r"\b(?:award|awarded|winner of|won the|finalist|product of the (?:day|week|month|year)|best of show|"
    r"auszeichnung|prix)\b",
    re.IGNORECASE,
)
_PRESS = re.compile(r"\b(?:featured in|as seen (?:in|on)|covered by|bekannt aus|vu dans)\b", re.IGNORECASE)
_QUOTED = re.compile(r"[“\"„«][^”\"“»]{20,280}[”\"“»]")


def find(reading: Reading, *, is_first: bool) -> Iterator[Suggestion]:  # noqa: ARG001 -- as all rules are asked
    """At most a dozen from each source."""
    found = [*_quotes(reading), *_sentences(reading)]
    yield from found[:_MOST]


def _quotes(reading: Reading) -> Iterator[Suggestion]:
    for passage in reading.of("quote"):
        if 20 <= len(passage.text) <= _LINE:  # noqa: PLR2004 -- shorter ones say nothing
            yield _point("customer", passage.text, reading, passage, Confidence.LIKELY)
    for passage in reading.of("text", "item"):
        if len(passage.text) <= _LINE and _QUOTED.match(passage.text):
            yield _point("customer", passage.text, reading, passage, Confidence.GUESS)


def _sentences(reading: Reading) -> Iterator[Suggestion]:
    for passage in reading.of("text", "item", "heading"):
        for sentence in _SENTENCE_END.split(passage.text.strip()):
            if not 12 <= len(sentence) <= _LINE:  # noqa: PLR2004 -- as above
                continue
            for kind, pattern in (("award", _AWARD), ("press", _PRESS), ("metric", _NUMBER)):
                if pattern.search(sentence):
                    yield _point(kind, sentence, reading, passage, Confidence.GUESS)
                    break


def _point(kind: str, statement: str, reading: Reading, passage: Passage, confidence: Confidence) -> Suggestion:
    source = reading.source if reading.form == "page" else f"{reading.source}, {passage.place}"
    value = {"kind": kind, "statement": statement, "source": source[:_LINE]}
    return suggest("proof_points", value, reading=reading, passage=passage, confidence=confidence)
