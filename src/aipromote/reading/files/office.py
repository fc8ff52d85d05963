"""DOCX and PPTX: paragraphs and slides. Macros are never looked at; what an author hid is not read."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

from aipromote.reading.errors import Unreadable
from aipromote.reading.passages import Collector, Kind

MAX_SLIDES = 300
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def read_docx(content: bytes, *, name: str) -> Collector:
    """Its paragraphs and the rows of its tables, in order."""
    import docx  # noqa: PLC0415 -- each form brings a library of its own
    from docx.table import Table  # noqa: PLC0415 -- loaded where it is needed

    collected = Collector()
    try:
        document = docx.Document(BytesIO(content))
        for block in document.iter_inner_content():
            if isinstance(block, Table):
                for row in block.rows:
                    cells = list(dict.fromkeys(cell.text.strip() for cell in row.cells))
                    collected.add("item", " · ".join(cell for cell in cells if cell), place="table")
            else:
                _paragraph(block, collected)
    except Exception as error:  # noqa: BLE001 -- a hostile file may break its parser anywhere, and this process is for it alone
        raise _broken(name, error) from None
    return _with_text(collected, name)


def _paragraph(block: Any, collected: Collector) -> None:
    style = (block.style.name if block.style is not None else "") or ""
    text = "".join(run.text for run in block.runs if not run.font.hidden) if block.runs else block.text
    heading = re.fullmatch(r"Heading (\d)", style)
    kind: Kind = "text"
    if heading or style in {"Title", "Subtitle"}:
        kind = "title" if style == "Title" else "heading"
    elif style.startswith("List") or block._p.find(f"{_WORD}pPr/{_WORD}numPr") is not None:  # noqa: SLF001 -- no other way to ask
        kind = "item"
    elif "Quote" in style:
        kind = "quote"
    level = min(6, int(heading.group(1))) if heading else 1
    collected.add(
        kind,
        text,
        place=f"under “{collected.under}”" if collected.under else "text",
        level=level if kind == "heading" else 0,
    )


def read_pptx(content: bytes, *, name: str) -> Collector:
    """The text on each slide that is shown: its title first. Speaker's notes are not read."""
    import pptx  # noqa: PLC0415 -- see above

    collected = Collector()
    try:
        deck = pptx.Presentation(BytesIO(content))
        for number, slide in enumerate(deck.slides, start=1):
            if number > MAX_SLIDES:
                collected.is_cut = True
                break
            if slide._element.get("show") != "0":  # noqa: SLF001 -- no other way to ask
                _slide(slide, collected, place=f"slide {number}", is_first=number == 1)
    except Exception as error:  # noqa: BLE001 -- see above
        raise _broken(name, error) from None
    return _with_text(collected, name)


def _slide(slide: Any, collected: Collector, *, place: str, is_first: bool) -> None:
    title = slide.shapes.title
    if title is not None and title.has_text_frame:
        collected.add(
            "title" if is_first else "heading", title.text_frame.text, place=place, level=0 if is_first else 2
        )
    for shape in _shapes(slide.shapes):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if getattr(shape, "has_table", False) and shape.has_table:
            for row in shape.table.rows:
                collected.add("item", " · ".join(cell.text.strip() for cell in row.cells), place=place)
        elif shape.has_text_frame:
            paragraphs = [one.text for one in shape.text_frame.paragraphs if one.text.strip()]
            for paragraph in paragraphs:
                collected.add("item" if len(paragraphs) > 1 else "text", paragraph, place=place)


def _shapes(shapes: Any, depth: int = 0) -> Any:
    for shape in shapes:
        if hasattr(shape, "shapes") and depth < 5:  # noqa: PLR2004 -- groups in groups
            yield from _shapes(shape.shapes, depth + 1)
        else:
            yield shape


def _broken(name: str, error: Exception) -> Unreadable:
    if isinstance(error, Unreadable):
        return error
    if isinstance(error, MemoryError):
        return Unreadable(f"{name} needs more memory than a document should. Export it as PDF, or paste the text.")
    return Unreadable(f"{name} is damaged. Save it again, or export it as PDF.")


def _with_text(collected: Collector, name: str) -> Collector:
    if not collected.passages:
        raise Unreadable(f"{name} has no text in it.")
    return collected
