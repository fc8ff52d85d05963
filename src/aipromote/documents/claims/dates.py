"""Days that are claimed: since when, from when on, until when. The day of a meeting or a fair is told, not claimed."""
# ruff: noqa: E501 -- a pattern is read as a whole

from __future__ import annotations

import re
from collections.abc import Iterator

from aipromote.documents.claims import words
from aipromote.documents.claims.kinds import Claim, ClaimKind

_MONTH_AND_YEAR = rf"(?:\b(?=[^\W\d]{{2,12}}\.?\s(?:de\s|of\s)?\d){words.MONTHS}\s(?:de\s|of\s)?)?(?:19|20)\d{{2}}\b"
_ANY = (
    rf"(?:{words.DAY}|\b\d{{1,2}}[./]\d{{1,2}}[./]\d{{4}}\b|{_MONTH_AND_YEAR}"
    rf"|(?:early|late|mid|spring|summer|autumn|fall|winter|anfang|ende|mitte)[ -](?:19|20)\d{{2}}\b|\bq[1-4](?: (?:19|20)\d{{2}})?\b)"
)
_CUES = {
    "start": (
        r"since|founded|established|est\.|incorporated|in business since|seit|gegründet|desde|fundad[oa]s?|depuis|fondée?s?"
        r"|créée?s?|creada?|criad[oa]|nació|née?|nasceu"
    ),
    "launch": (
        r"launch(?:es|ed|ing)?|ships?|shipping|available|releas\w+|goes? live|opens?|opened|opening|arrives?|starts?|öffnet|eröffne\w+"
        r"|erscheint|verfügbar|startet|kommt|lieferbar|lanza\w*|abre|abrimos|abrió|disponibles?|sale|llega|ouvre|ouvert|sort|arrive|disponible"
        r"|lança\w*|lançamento|abriu|dispon[íi]ve(?:l|is)|chega"
    ),
    "until": r"until|through|ends?|expires?|bis(?: zum)?|endet|hasta(?: el)?|termina|acaba|jusqu['’]au|prend fin|até|termina em",
}
_FILLER = r"(?:[\s,:]{1,2}(?!\d)[^\W\d]{1,15}){0,4}[\s,:(]{1,2}$"
_CUED = {name: re.compile(rf"\b(?:{cues}){_FILLER}", re.IGNORECASE) for name, cues in _CUES.items()}
_FROM = re.compile(r"\b(?:ab|from|ab dem|dès le|a partir d[eo]) $", re.IGNORECASE)
_THERE = re.compile(r" (?:verfügbar|lieferbar|erhältlich|available|on sale|disponible|disponível)\b", re.IGNORECASE)
_EVERY = re.compile(_ANY, re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_BEFORE = 90
_YEAR = re.compile(r"(?:19|20)\d{2}")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_NUMBERS = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})")
_MONTH = re.compile(rf"\b{words.MONTHS}", re.IGNORECASE)
_DAY_OF_MONTH = re.compile(r"(?<!\d)\d{1,2}(?!\d)")


def find_dates(text: str) -> Iterator[Claim]:
    """The claimed days. The key is what sort of day it is and the day: "start 2019-00-00"."""
    for day in _EVERY.finditer(text) if _DIGIT.search(text) else ():
        low = max(0, day.start() - _BEFORE)
        before = text[low : day.start()]
        for sort, start in _sorts(before, text, day.end()):
            yield Claim(ClaimKind.DATE, low + start, day.end(), f"{sort} {day_of(day[0])}")
            break


def _sorts(before: str, text: str, end: int) -> Iterator[tuple[str, int]]:
    """What sorts of day it may be, and where their words begin."""
    for sort, pattern in _CUED.items():
        if found := pattern.search(before):
            yield sort, found.start()
    if _THERE.match(text, end) and (found := _FROM.search(before)):
        yield "launch", found.start()


def days_in(text: str) -> list[str]:
    """All days that a text names, claimed or not."""
    return [day_of(found[0]) for found in _EVERY.finditer(text)]


def day_of(words_of_it: str) -> str:
    """The day as YYYY-MM-DD, with zeros for what the words leave open."""
    if iso := _ISO.search(words_of_it):
        return iso[0]
    if numbers := _NUMBERS.search(words_of_it):
        return f"{numbers[3]}-{int(numbers[2]):02}-{int(numbers[1]):02}"
    year, month = _YEAR.search(words_of_it), _MONTH.search(words_of_it)
    rest = _YEAR.sub("", words_of_it)
    day = _DAY_OF_MONTH.search(rest) if month else None
    number = words.MONTH_NUMBERS[month[0].rstrip(".").casefold()] if month else 0
    return f"{year[0] if year else '0000'}-{number:02}-{int(day[0]) if day else 0:02}"


def same_day(said: str, known: str) -> bool:
    """Whether the known day has all that is said of the other, and nothing that differs: "2019" is in "2019-03-01"."""
    return all(not int(part) or part == other for part, other in zip(said.split("-"), known.split("-"), strict=True))
