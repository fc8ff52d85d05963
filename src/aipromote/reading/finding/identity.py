"""Who the startup is: name, tagline, description, address, category, languages, pricing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from aipromote.reading.passages import Passage, Reading
from aipromote.reading.suggestion import Confidence, Suggestion, suggest

_OURSELVES = (
    "Organization",
    "Corporation",
    "LocalBusiness",
    "SoftwareApplication",
    "WebApplication",
    "MobileApplication",
)
_SITE = "WebSite"
_PARTS = re.compile(r"\s+[|·•–—-]\s+|\s*[|]\s*|:\s+")
_PRICE = re.compile(r"(?:[€$£¥]\s?\d[\d.,]{0,12}|\d[\d.,]{0,12}\s?(?:€|£|EUR|USD|GBP|CHF|SEK|zł))", re.IGNORECASE)
_EACH = re.compile(
    r"(?:/|per|a|an|pro|par|al|por)\s?(?:month|mo\b|year|user|seat|team|monat|mois|mes|jahr)", re.IGNORECASE
)
_KIND_OF = re.compile(r"\b(?:is|are) (?:an?|the|your) ([a-z][\w /&-]{3,58}?)(?= (?:for|that|which|to|built|made|of)\b)")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LINE = 300


def find(reading: Reading, *, is_first: bool) -> Iterator[Suggestion]:
    """From the page that was named, or from a file; of further pages only what may stand anywhere."""
    if reading.form == "page":
        yield from _pricing(reading)
        if is_first:
            yield from _of_page(reading)
    else:
        yield from _of_file(reading)
        yield from _pricing(reading)


def _of_page(reading: Reading) -> Iterator[Suggestion]:
    yield from _declared(reading)
    yield from _from_title(reading)
    for heading in [one for one in reading.of("heading") if one.level == 1][:1]:
        if 3 <= len(heading.text) <= 160:  # noqa: PLR2004 -- a line one remembers
            yield suggest("tagline", heading.text, reading=reading, passage=heading, confidence=Confidence.LIKELY)
    site = re.match(r"https?://[^/?#]+", reading.source)
    if site:
        yield suggest("url", site.group(), reading=reading, passage=None, confidence=Confidence.STATED)
    if _LANGUAGE.fullmatch(reading.language):
        yield suggest("languages", reading.language, reading=reading, passage=None, confidence=Confidence.STATED)
    for other in reading.of("alternate"):
        if _LANGUAGE.fullmatch(other.text) and other.text != "x-default":
            yield suggest("languages", other.text, reading=reading, passage=other, confidence=Confidence.LIKELY)
    yield from _category(reading)


def _declared(reading: Reading) -> Iterator[Suggestion]:
    fields = {"name": "name", "description": "description", "slogan": "tagline", "applicationCategory": "category"}
    for kind in _OURSELVES:
        for name, path in fields.items():
            for one in reading.of("data", name=f"{kind}.{name}")[:1]:
                if one.under in {"", "@graph", "publisher"} and _fits(path, one.text):
                    yield suggest(path, one.text, reading=reading, passage=one, confidence=Confidence.STATED)
    named = {
        "og:site_name": "name",
        "application-name": "name",
        "description": "description",
        "og:description": "description",
    }
    for name, path in named.items():
        for one in reading.of("meta", name=name)[:1]:
            if _fits(path, one.text):
                yield suggest(path, one.text, reading=reading, passage=one, confidence=Confidence.STATED)
    for one in reading.of("data", name=f"{_SITE}.name")[:1]:
        if _fits("name", one.text):
            yield suggest("name", one.text, reading=reading, passage=one, confidence=Confidence.LIKELY)


def _fits(path: str, text: str) -> bool:
    most = {"name": 80, "description": 2000, "category": 80}.get(path, _LINE)
    return 1 < len(text) <= most


def _from_title(reading: Reading) -> Iterator[Suggestion]:
    """The part of the title that the site's address spells is the name; the other part is how it introduces itself."""
    host = (urlsplit(reading.source).hostname or "").removeprefix("www.")
    for title in reading.of("title")[:1]:
        parts = [part.strip() for part in _PARTS.split(title.text) if part.strip()]
        names = [
            part
            for part in parts
            if len(letters := re.sub(r"\W+", "", part).lower()) > 1 and letters in re.sub(r"\W+", "", host)
        ]
        for name in names[:1]:
            yield suggest("name", name, reading=reading, passage=title, confidence=Confidence.LIKELY)
            for other in [part for part in parts if part != name and " " in part][:1]:
                yield suggest("tagline", other[:_LINE], reading=reading, passage=title, confidence=Confidence.GUESS)


def _category(reading: Reading) -> Iterator[Suggestion]:
    described = [*reading.of("meta", name="description"), *reading.of("text")[:6]]
    for passage in described:
        if found := _KIND_OF.search(passage.text):
            yield suggest(
                "category", found.group(1).strip(), reading=reading, passage=passage, confidence=Confidence.GUESS
            )
            return


def _pricing(reading: Reading) -> Iterator[Suggestion]:
    """Passages that name a price for a time or a person; the shortest is the plainest."""
    priced = [
        one for one in reading.of("text", "item", "heading") if _PRICE.search(one.text) and len(one.text) <= _LINE
    ]
    regular = sorted((one for one in priced if _EACH.search(one.text)), key=lambda one: len(one.text))
    on_page_of_prices = re.search(r"pric|plan|tarif|preis", reading.source, re.IGNORECASE)
    for one in regular[:2] or (priced[:1] if on_page_of_prices else []):
        yield suggest("pricing", one.text, reading=reading, passage=one, confidence=Confidence.LIKELY)


def _of_file(reading: Reading) -> Iterator[Suggestion]:
    titles = [*reading.of("title"), *[one for one in reading.of("heading") if one.level <= 1]] or reading.of("heading")
    for title in titles[:1]:
        name, _, rest = (part.strip() for part in _split(title))
        if _fits("name", name) and len(name.split()) <= 4:  # noqa: PLR2004 -- a name, not a sentence
            yield suggest("name", name, reading=reading, passage=title, confidence=Confidence.GUESS)
            if rest:
                yield suggest("tagline", rest[:_LINE], reading=reading, passage=title, confidence=Confidence.GUESS)
            yield from _sentence_about(reading, name)
    yield from _category(reading)


def _split(title: Passage) -> tuple[str, str, str]:
    found = _PARTS.search(title.text)
    if found is None:
        return title.text, "", ""
    return title.text[: found.start()], found.group(), title.text[found.end() :]


def _sentence_about(reading: Reading, name: str) -> Iterator[Suggestion]:
    """The first sentence that begins with the name and says what it is or does."""
    begins = re.compile(
        rf"{re.escape(name)} (?:is|are|helps|makes|gives|lets|turns|sells|offers|builds)\b[^.!?]{{10,400}}[.!?]",
        re.IGNORECASE,
    )
    for passage in reading.of("text", "item"):
        if found := begins.match(passage.text):
            yield suggest("description", found.group(), reading=reading, passage=passage, confidence=Confidence.LIKELY)
            return
