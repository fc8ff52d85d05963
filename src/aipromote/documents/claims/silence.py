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
_NAMED = rf"\b(?:{words.NUMBERED}) (?:#|n[r°]\.? ?)?\d{{1,6}}(?:\.\d+)*\b"
_LISTED = rf"\b\d{{1,2}} (?:[^\W\d]{{2,20}} )?(?:{words.LISTED})\b"
_AGO = (
    rf"\b\d{{1,3}} (?:{words.SPANS}) (?:ago|earlier|later)\b|\b(?:{words.BACK}) \d{{1,3}} (?:{words.SPANS})\b"
    rf"|\b(?:{words.READING})\s?:?\s?\d{{1,3}} min\w*"
)
SILENT = re.compile(
    f"{_ADDRESS}|{_PHONE}|{_DATE}|{_CLOCK}|{_NUMBERING}|{_LABEL}|{_NAMED}|{_LISTED}|{_AGO}",
    re.IGNORECASE | re.MULTILINE,
)
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


@lru_cache(maxsize=4096)
def _passage(words_of_it: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(words_of_it)}(?!\w)", re.IGNORECASE)


def blank(found: re.Match[str]) -> str:
    """As many silent characters as were found."""
    return BLANK * len(found[0])
