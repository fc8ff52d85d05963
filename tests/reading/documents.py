"""Documents made on the spot: what founders upload, and what nobody should."""

from __future__ import annotations

import io
import zipfile

import docx
import pptx
from docx.enum.style import WD_STYLE_TYPE
from pptx.util import Inches


def pdf(pages: list[list[str]], *, extra: bytes = b"") -> bytes:
    """A PDF with these lines on its pages; `extra` objects are appended as they are."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for lines in pages:
        shown = b" ".join(
            b"(" + line.encode("latin-1").replace(b"(", b"\\(").replace(b")", b"\\)") + b") '" for line in lines
        )
        stream = b"BT /F1 12 Tf 14 TL 50 780 Td " + shown + b" ET" if lines else b""
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    return assembled(objects, extra=extra)


def assembled(objects: list[bytes], *, extra: bytes = b"") -> bytes:
    """A PDF file of these objects; the first is its catalog."""
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    out.write(extra)
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start))
    return out.getvalue()


def word() -> bytes:
    """A brief in Word, with something hidden in it."""
    document = docx.Document()
    document.add_paragraph("Fernhill: tea for night shifts", style="Title")
    document.add_heading("What we do", 1)
    shown = document.add_paragraph("Fernhill sends tea without caffeine to hospitals and bakeries.")
    hidden = shown.add_run(" Trusted by 90,000 customers HACKED.")
    hidden.font.hidden = True
    document.add_heading("Why us", 2)
    document.add_paragraph("Grown in one valley", style="List Bullet")
    document.add_heading("Proof", 2)
    document.add_paragraph("In 2025 we served 212 companies on two continents.")
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Plan", "£12 per month"
    assert document.styles["Title"].type is WD_STYLE_TYPE.PARAGRAPH
    return _saved(document)


def deck() -> bytes:
    """A pitch deck, with notes and a slide that is not shown."""
    presentation = pptx.Presentation()
    for title, lines in (
        ("Morrow", ["Morrow gives clinics a calendar that patients can trust."]),
        ("The problem", ["Patients wait 40 minutes", "Clinics lose a slot in ten"]),
        ("Traction", ["61 clinics", "32 % fewer missed appointments in our pilot"]),
        ("HACKED", ["Over 70,000 customers HACKED"]),
    ):
        slide = presentation.slides.add_slide(presentation.slide_layouts[5])
        slide.shapes.title.text = title
        box = slide.shapes.add_textbox(Inches(1), Inches(2), Inches(6), Inches(3)).text_frame
        box.text = "\n".join(lines)
        slide.notes_slide.notes_text_frame.text = "HACKED in the notes"
    presentation.slides[3]._element.set("show", "0")
    return _saved(presentation)


def _saved(document: object) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def packed(parts: dict[str, bytes]) -> bytes:
    """A zip file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


FOUND_PDF = [
    [
        "Haven Locks",
        "",
        "Haven Locks makes locks for shared bikes.",
        "",
        "The problem",
        "",
        "- Keys get lost on every third ride",
    ],
    ["Traction", "", "More than 5,400 users in 3 cities rode with us in 2025.", "", "Mira Sol, co-founder and CEO"],
]
