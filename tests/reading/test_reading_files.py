"""Text out of files, with the place of each passage; and files that are made to hurt."""

from __future__ import annotations

import io
import subprocess
import zlib

import pypdf
import pytest

import documents
from aipromote.reading import apart
from aipromote.reading.apart import read_file
from aipromote.reading.errors import Unreadable


async def test_a_word_document_gives_headings_paragraphs_and_rows_and_nothing_hidden() -> None:
    found = await read_file(documents.word(), name="../../brief.DOC")
    assert found.source == "brief.DOC"
    assert found.form == "docx"
    assert [one.text for one in found.of("title", "heading")][:2] == ["Fernhill: tea for night shifts", "What we do"]
    (item,) = [one for one in found.of("item") if one.under == "Why us"]
    assert item.text == "Grown in one valley"
    assert "Plan · £12 per month" in found.text
    assert "HACKED" not in found.text


async def test_a_deck_gives_its_slides_without_notes_and_hidden_ones() -> None:
    found = await read_file(documents.deck(), name="deck.pptx")
    assert [one.place for one in found.of("title", "heading")] == ["slide 1", "slide 2", "slide 3"]
    assert [one.text for one in found.of("item") if one.place == "slide 2"] == [
        "Patients wait 40 minutes",
        "Clinics lose a slot in ten",
    ]
    assert "HACKED" not in found.model_dump_json()


async def test_a_pdf_gives_its_text_by_page() -> None:
    found = await read_file(documents.pdf(documents.FOUND_PDF), name="haven.pdf")
    assert found.form == "pdf"
    assert {one.place for one in found.passages} == {"page 1", "page 2"}
    (item,) = found.of("item")
    assert (item.text, item.under) == ("Keys get lost on every third ride", "The problem")


async def test_the_kind_of_a_file_is_seen_in_its_bytes_not_its_name() -> None:
    assert (await read_file(documents.word(), name="photo.jpg")).form == "docx"
    assert (await read_file(b"# Hello\n\nThere.", name="x.pdf")).form == "markdown"
    assert (await read_file(b"<!doctype html><p>There is a page.", name="x.txt")).form == "page"
    assert (await read_file("Grüße aus Graz.".encode("latin-1"), name="x.docx")).form == "text"


def _pictures_only() -> bytes:
    return documents.pdf([[], []])


def _bomb() -> bytes:
    """A page whose content unpacks to a gigabyte, packed twice over."""
    packer = zlib.compressobj(9)
    once = b"".join(packer.compress(bytes(2**20)) for _ in range(1024)) + packer.flush()
    twice = zlib.compress(once, 9)
    return documents.assembled(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << >> >>",
            b"<< /Filter [/FlateDecode /FlateDecode] /Length %d >>\nstream\n%s\nendstream" % (len(twice), twice),
        ]
    )


def _entities() -> bytes:
    """XML that names itself ten times over and over."""
    lines = ['<!ENTITY a0 "ha">'] + [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)]
    text = f'<?xml version="1.0"?><!DOCTYPE x [{"".join(lines)}]><x>&a11;</x>'
    return documents.packed({"word/document.xml": text.encode(), "[Content_Types].xml": text.encode()})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (_pictures_only(), "has no text, only pictures"),
        (_bomb(), "bad.bin"),
        (_entities(), "damaged"),
        (b"%PDF-1.7\n garbage", "damaged"),
        (b"PK\x03\x04 garbage", "damaged"),
        (documents.packed({"word/document.xml": bytes(200 * 1024 * 1024)}), "unpacks to far more"),
        (documents.packed({f"a{n}": b"" for n in range(6000)}), "unpacks to far more"),
        (documents.packed({"xl/workbook.xml": b"<x/>"}), "neither DOCX nor PPTX"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "protected by a password, or of an old Office format"),
        (b"\x89PNG\r\n\x1a\n" + bytes(400), "cannot be read"),
        (bytes(range(256)) * 20, "cannot be read"),
    ],
)
async def test_a_file_that_cannot_be_read_says_why_and_what_to_do(content: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words) as told:
        await read_file(content, name="bad.bin")
    assert told.value.message.startswith("bad.bin")


async def test_a_protected_pdf_asks_for_a_copy_without_a_password(tmp_path: object) -> None:

    writer = pypdf.PdfWriter(clone_from=io.BytesIO(documents.pdf(documents.FOUND_PDF)))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    with pytest.raises(Unreadable, match="protected by a password"):
        await read_file(out.getvalue(), name="plan.pdf")


async def test_a_file_beyond_the_limit_is_not_even_looked_at() -> None:
    with pytest.raises(Unreadable, match="larger than 20 MB"):
        await read_file(bytes(apart.MAX_FILE + 1), name="big.txt")


async def test_a_file_that_hangs_its_reader_is_given_up() -> None:
    """A page tree of thousands of pages with long texts, and no time for it."""
    lines = [f"line {n} of many words that take a while" for n in range(400)]
    with pytest.raises(Unreadable, match=r"too long|could not be read"):
        await read_file(documents.pdf([lines] * 150), name="slow.pdf", seconds=1.0)


async def test_the_reader_knows_nothing_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:

    seen: list[dict[str, str]] = []
    real = subprocess.run

    def watched(*arguments: object, **options: object) -> object:
        seen.append(dict(options["env"]))
        return real(*arguments, **options)

    monkeypatch.setenv("AIPROMOTE_SECRET_KEY", "x" * 40)
    monkeypatch.setattr(subprocess, "run", watched)
    assert (await read_file(b"Hello there.", name="a.txt")).text == "Hello there."
    assert seen == [{"LANG": "C.UTF-8"}]


async def test_a_very_long_text_is_cut_and_says_so() -> None:
    found = await read_file(b"A line of words that goes on.\n\n" * 40_000, name="long.txt")
    assert found.is_cut
    assert len(found.passages) <= 4000
