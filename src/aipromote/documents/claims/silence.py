"""What carries digits and claims nothing: addresses, hours, versions, phone numbers, list numbering, "2 weeks ago".

It is turned into a character that is neither part of a word nor of a number, so that positions stay.
"""
# ruff: noqa: E501 -- a pattern is read as a whole

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from aipromote.documents.claims import words

BLANK = "\x00"

# Texts come from outside: every repetition here is bounded, or starts only where the one before it could not.
_ADDRESS = (
    r"https?://\S+|www\.\S+|(?<![\w.+\-])[\w.+\-]{1,64}@[\w\-.]{1,255}|[@#](?=[\d.\-]{0,30}[^\W\d])[\w.\-]+"
    r"|(?<![\w\-.])[\w\-]{1,63}(?:\.[\w\-]{1,63}){0,4}\.[a-z]{2,24}\b(?:/\S*)?"
)
_CLOCK = (
    r"\b(?:[01]?\d|2[0-4])[:h][0-5]\d\b(?!\s*(?:%|x\b))(?:\s?(?:am|pm|uhr|h)\b)?"
    r"|\b(?:[01]?\d|2[0-4])\.[0-5]\d\s?(?:am|pm|uhr|h)\b"
    r"|\b(?:1[0-2]|[1-9])\s?(?:am|pm|a\.m\.|p\.m\.)(?!\w)|\b(?:2[0-4]|1?\d)\s?uhr\b|\b24/7\b|(?:à|às|at|um) (?:2[0-4]|1?\d) ?h\b"
)
_DATE = (
    rf"{words.DAY}|\b\d{{1,2}}[./]\d{{1,2}}[./](?:\d{{4}}|\d{{2}})?(?!\d)"
    rf"|(?<![\d.,$€£¥])\b(?:19|20)\d{{2}}\b(?!\s?(?:{words.PERCENT}|{words.CURRENCY})|[.,]\d)|\bq[1-4]\b"
)
_NUMBERING = (
    r"^[ \t]*[(\[]?\d{1,2}(?:[.):\]]|/\d{1,2})(?=\s|$)|(?<=\s)\(?\d{1,2}/\d{1,2}\)?(?=\s*$|:)|(?<=\s)#(?!1\b)\d{1,5}\b"
)
_LABEL = r"(?<![\w\-])(?:v\d+(?:\.\d+)*|[a-zà-ž][a-zà-ž\-]*\d[a-zà-ž\d\-]*|\d[dg](?!\w))|(?<=\w)/\d+\b"
_PHONE = r"\+\d{1,3}[\d ().\-]{6,18}\d|(?<![\d.,])\b0\d{1,4}[ /\-]\d[\d \-]{3,14}\d|\(\d{3}\) ?\d{3}[ \-]\d{4}"
SILENT = re.compile(f"{_ADDRESS}|{_PHONE}|{_DATE}|{_CLOCK}|{_NUMBERING}|{_LABEL}", re.IGNORECASE | re.MULTILINE)
# What stands before or behind a number that counts nothing. Looked at where there is a number, which is cheaper.
_NAMED = re.compile(rf"\b(?:{words.NUMBERED}) (?:#|n[r°]\.? ?)?$", re.IGNORECASE)
_BACK = re.compile(rf"\b(?:{words.BACK}) $", re.IGNORECASE)
_READING = re.compile(rf"\b(?:{words.READING})\s?:?\s?$", re.IGNORECASE)
_LISTED = re.compile(rf" (?:[^\W\d]{{2,20}} )?(?:{words.LISTED})\b", re.IGNORECASE)
_SPAN = re.compile(rf" (?:{words.SPANS})\b(?P<ago> (?:ago|earlier|later)\b)?", re.IGNORECASE)
_MOST_LISTED = 2
ADDRESSES = re.compile(_ADDRESS, re.IGNORECASE)
DIGIT = re.compile(r"\d")
_IN_ADDRESSES = re.compile(r"[@#]|://|www\.|[\w\-]\.[a-z\d]", re.IGNORECASE)


def without_passages(text: str, passages: Sequence[str]) -> str:
    """The text without what needs no proof, and without addresses."""
    for passage in sorted(filter(None, passages), key=len, reverse=True):
        text = _passage(passage).sub(blank, text)
    return ADDRESSES.sub(blank, text) if _IN_ADDRESSES.search(text) else text


def without_silent(text: str) -> str:
    """The text without all that has digits and claims nothing; of addresses those that are left."""
    # All that is silent but addresses has a digit. Most texts have none, and a search for one character is cheap.
    if DIGIT.search(text):
        return SILENT.sub(blank, text)
    return ADDRESSES.sub(blank, text) if _IN_ADDRESSES.search(text) else text


def counts_nothing(text: str, start: int, end: int) -> bool:
    """Whether a number numbers ("step 2"), announces a list ("3 tips") or places a story in time ("2 weeks ago")."""
    before = text[max(0, start - 30) : start]
    if _NAMED.search(before) or _READING.search(before):
        return True
    if end - start <= _MOST_LISTED and _LISTED.match(text, end):
        return True
    span = _SPAN.match(text, end)
    return span is not None and (span["ago"] is not None or _BACK.search(before) is not None)


@lru_cache(maxsize=4096)
def _passage(words_of_it: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(words_of_it)}(?!\w)", re.IGNORECASE)


def blank(found: re.Match[str]) -> str:
    """As many silent characters as were found."""
    return BLANK * len(found[0])
