"""What a file really is, by its bytes. Its name and what the browser says about it are not asked."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from typing import Literal

from aipromote.reading.errors import Unreadable

Form = Literal["pdf", "docx", "pptx", "markdown", "text", "page"]
MAX_UNPACKED = 150 * 1024 * 1024
MAX_PARTS = 5000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKDOWN = re.compile(r"^(#{1,6} \S|[-*] \S|> \S|\d{1,3}\. \S|```|---\s*$)", re.MULTILINE)


def form_of(content: bytes, *, name: str) -> Form:
    """The form of the file. Raises Unreadable for anything that is not read, with what to do instead."""
    if not content:
        raise Unreadable(f"{name} is empty.")
    if b"%PDF-" in content[:1024]:
        return "pdf"
    if content.startswith(_OLE):
        raise Unreadable(
            f"{name} is protected by a password, or of an old Office format. Save it as PDF, DOCX or PPTX without one."
        )
    if content.startswith(b"PK\x03\x04"):
        return _packed(content, name)
    text = as_text(content, name=name)
    if re.match(r"\s*(<!doctype html|<html)", text[:500], re.IGNORECASE):
        return "page"
    return "markdown" if _MARKDOWN.search(text[:20_000]) else "text"


def as_text(content: bytes, *, name: str) -> str:
    """The text of a file that is nothing but text. Raises Unreadable where it is none."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("windows-1252", "replace")
    odd = sum(char < " " and char not in "\n\r\t\f" for char in text[:20_000])
    if odd > len(text[:20_000]) // 100 or "\0" in text[:20_000]:
        raise Unreadable(f"{name} is of a kind that cannot be read. PDF, DOCX, PPTX, Markdown and plain text can.")
    return text


def _packed(content: bytes, name: str) -> Form:
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise Unreadable(f"{name} is damaged. Save it again, or export it as PDF.") from None
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise Unreadable(f"{name} unpacks to far more than a document needs, so it is not opened. Export it as PDF.")
    names = {part.filename for part in parts}
    if "word/document.xml" in names:
        return "docx"
    if "ppt/presentation.xml" in names:
        return "pptx"
    raise Unreadable(f"{name} is a packed file that is neither DOCX nor PPTX. Export it as PDF, or as text.")
