"""PDF: the text of each page."""

from __future__ import annotations

import re
from io import BytesIO

import pypdf
from pypdf.errors import PyPdfError

from aipromote.reading.errors import Unreadable
from aipromote.reading.passages import Collector

MAX_PAGES = 200
_HEADING = 80
_ENDS = re.compile(r"[.!?…:;,)\"”]$")


def read_pdf(content: bytes, *, name: str) -> Collector:
    """Its passages, page by page. Raises Unreadable: protected, damaged, or pictures only."""
    collected = Collector()
    try:
        reader = pypdf.PdfReader(BytesIO(content), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable(f"{name} is protected by a password. Save a copy without one.")
        for number, page in enumerate(reader.pages, start=1):
            if number > MAX_PAGES:
                collected.is_cut = True
                break
            _paragraphs(page.extract_text(), collected, place=f"page {number}")
    except (
        PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        NotImplementedError,
        RecursionError,
    ):
        # Only what its parser says about a file that is not as it should be; what was read until there is kept.
        if not collected.passages:
            raise Unreadable(
                f"{name} is damaged, or protected in a way that cannot be read. Export it again."
            ) from None
        collected.is_cut = True
    if not collected.passages:
        raise Unreadable(
            f"{name} has no text, only pictures of it. Export it from where it was written, or paste the text."
        )
    return collected


def _paragraphs(text: str, collected: Collector, *, place: str) -> None:
    """Lines that belong together. A short line without an end, with an empty or a long one after it, is a heading."""
    lines = [line.strip() for line in text.splitlines()]
    paragraph: list[str] = []
    for index, line in enumerate(lines):
        after = lines[index + 1] if index + 1 < len(lines) else ""
        is_item = line.startswith(("•", "-", "–", "▪", "●", "*"))
        is_heading = bool(line) and not paragraph and len(line) <= _HEADING and not _ENDS.search(line) and not is_item
        is_heading = is_heading and (not after or after[:1].isupper() or after[:1] in "•-–▪●*")
        if is_heading or is_item or not line:
            _flush(paragraph, collected, place)
        if is_heading:
            collected.add("heading", line, place=place, level=2)
        elif is_item:
            collected.add("item", line.lstrip("•-–▪●* "), place=place)
        elif line:
            paragraph.append(line)
            if line.endswith((".", "!", "?")):
                _flush(paragraph, collected, place)
    _flush(paragraph, collected, place)


def _flush(paragraph: list[str], collected: Collector, place: str) -> None:
    collected.add("text", " ".join(paragraph), place=place)
    paragraph.clear()
