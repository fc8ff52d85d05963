"""What stands under a heading or behind a label that names a field of the brief: mostly in documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby, takewhile

from aipromote.reading.passages import Passage, Reading
from aipromote.reading.suggestion import Confidence, Suggestion, suggest

_LINE = 300
_NAME = 60
_SENTENCE = 20
_ENTRIES = 8

_SECTIONS: dict[str, str] = {
    "description": "about; about us; what we do; overview; summary; executive summary; company; elevator pitch; "
    "solution; was wir tun; über uns; à propos; qui sommes-nous; quiénes somos",
    "icp.pain_points": "problem; problems; pain; pains; pain points; challenge; challenges; customers' problems; "
    "probleme; problème; problèmes; problema; problemas",
    "icp.personas": "persona; personas; who it is for; who it's for; for whom; target audience; target customers; "
    "target group; audience; ideal customer; ideal customers; ideal customer profile; icp; customers; zielgruppe; "
    "public cible",
    "icp.jobs_to_be_done": "jobs; jobs to be done; jtbd; use cases; use case",
    "icp.industries": "industries; sectors; verticals; branchen",
    "icp.priority_segments": "segments; priority segments; target segments; beachhead; beachhead market",
    "positioning.differentiators": "differentiators; what makes us different; what makes it different; why us; edge; "
    "why we are different; why we're different; unfair advantage; advantages; benefits; vorteile; avantages",
    "positioning.usp": "usp; unique selling point; unique selling proposition; value proposition; positioning; "
    "nutzenversprechen",
    "positioning.competitors": "competitors; competition; alternatives; competitive landscape; wettbewerb; "
    "wettbewerber; concurrents",
    "markets": "markets; target markets; countries; regions; märkte",
    "goals.kpis": "goals; kpi; kpis; objectives; targets; marketing goals; ziele",
    "pricing": "pricing; price; prices; plans; business model; preise; tarifs",
    "brand.tone": "tone; tone of voice",
    "brand.voice": "voice; brand voice",
    "brand.words_to_use": "words we use; words to use; vocabulary; do say; we say",
    "brand.words_to_avoid": "words we avoid; words to avoid; do not say; don't say; we never say; "
    "banned words; never say",
    "brand.example_content": "example post; example posts; examples of posts; examples of content; sample posts",
    "constraints.compliance_notes": "compliance; legal; regulation; compliance notes",
    "constraints.claims_to_avoid": "claims to avoid; claims we avoid; claims we never make; we do not claim",
}
_HEADINGS = {heading.strip(): path for path, headings in _SECTIONS.items() for heading in headings.split(";")}
_LABELS = {
    **dict.fromkeys(("name", "company", "company name", "startup", "product"), "name"),
    **dict.fromkeys(("tagline", "slogan", "claim"), "tagline"),
    **dict.fromkeys(("category", "industry"), "category"),
    **dict.fromkeys(("website", "url", "web", "site"), "url"),
    **dict.fromkeys(("pricing", "price"), "pricing"),
    **dict.fromkeys(("tone", "tone of voice"), "brand.tone"),
    **dict.fromkeys(("voice", "brand voice"), "brand.voice"),
    **dict.fromkeys(("usp", "value proposition"), "positioning.usp"),
    **dict.fromkeys(("disclaimer", "legal disclaimer"), "brand.legal_disclaimer"),
    **dict.fromkeys(("mission", "description", "what we do"), "description"),
}
_SINGLE = {"description", "positioning.usp", "pricing", "brand.tone", "brand.voice", "constraints.compliance_notes"}
_LONG = {"description", "constraints.compliance_notes", "brand.example_content"}
_IN_PAGES = {
    "icp.pain_points",
    "icp.personas",
    "icp.industries",
    "icp.jobs_to_be_done",
    "positioning.differentiators",
    "description",
}
"""What a page's headings are believed about: a menu that says "Company" or "Plans" means something else."""


def find(reading: Reading, *, is_first: bool) -> Iterator[Suggestion]:  # noqa: ARG001 -- as all rules are asked
    """Entries under known headings; values behind known labels."""
    yield from _labelled(reading)
    for heading, passages in groupby(reading.of("text", "item", "quote"), key=lambda one: one.under):
        path = _field_under(heading)
        if path is None or (reading.form == "page" and path not in _IN_PAGES):
            continue
        for passage in _entries(path, list(passages)):
            yield suggest(
                path, _shaped(path, passage.text), reading=reading, passage=passage, confidence=Confidence.LIKELY
            )


def _entries(path: str, passages: list[Passage]) -> list[Passage]:
    """What belongs to the heading: its list, if it has one, up to where that ends; otherwise its paragraphs."""
    fitting = [one for one in passages if not _has_label(one) and _fits(one, path) and one.kind != "quote"]
    if path == "brand.example_content":
        fitting = [one for one in passages if _fits(one, path)]
    if path in _SINGLE:
        return fitting[:1]
    first = next((number for number, one in enumerate(fitting) if one.kind == "item"), None)
    if first is not None:
        fitting = list(takewhile(lambda one: one.kind == "item", fitting[first:]))
    return fitting[:_ENTRIES]


def _field_under(heading: str) -> str | None:
    bare = re.sub(r"^[\d.)\s]+|[:?!.\s]+$", "", heading.lower().replace("’", "'"))
    bare = re.sub(r"^(the|our|your|das|die|der|unsere|nos|notre|le|la|les) ", "", bare)
    return _HEADINGS.get(bare)


def _fits(passage: Passage, path: str) -> bool:
    length = len(passage.text)
    if path in _LONG:
        return length >= _SENTENCE
    return 1 < length <= (_NAME if path == "positioning.competitors" else _LINE)


def _shaped(path: str, text: str) -> object:
    if path in {"icp.personas", "positioning.competitors"}:
        return {"name": text[:_LINE]}
    return {"metric": text} if path == "goals.kpis" else text


def _has_label(passage: Passage) -> bool:
    return passage.text.split(":", 1)[0].strip().lower() in _LABELS and ":" in passage.text


def _labelled(reading: Reading) -> Iterator[Suggestion]:
    """`Tone: dry and kind`. On pages, a label may be anything; only files are asked."""
    if reading.form == "page":
        return
    for passage in reading.of("text", "item"):
        label, colon, value = passage.text.partition(":")
        path = _LABELS.get(label.strip().lower())
        value = value.strip()
        if not colon or path is None or not 1 < len(value) <= (2000 if path == "description" else _LINE):
            continue
        if path == "url" and not re.fullmatch(r"https?://[^\s/]+\S*", value):
            continue
        yield suggest(path, value, reading=reading, passage=passage, confidence=Confidence.STATED)
