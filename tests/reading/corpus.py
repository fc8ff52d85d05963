"""Little sites and documents as founders have them, read as the product reads them."""

from __future__ import annotations

from pathlib import Path

from web_of_lies import serving

import documents
from aipromote.reading.addresses import Rules
from aipromote.reading.apart import read_file
from aipromote.reading.passages import Reading
from aipromote.reading.site import Site, read_site

DATA = Path(__file__).parents[1] / "data" / "intake"
SITES = sorted(path.name for path in (DATA / "sites").iterdir())
FILES: dict[str, bytes] = {
    **{path.name: path.read_bytes() for path in sorted((DATA / "documents").iterdir())},
    "fernhill.docx": documents.word(),
    "morrow.pptx": documents.deck(),
    "haven.pdf": documents.pdf(documents.FOUND_PDF),
}


async def site(name: str) -> Site:
    """Served over HTTP and read from there. Its folder's files are its pages."""
    pages = {}
    for path in (DATA / "sites" / name).iterdir():
        pages["/" + path.name.removesuffix(".html")] = path.read_text(encoding="utf-8")
    pages["/"] = pages.pop("/index")
    async with serving(pages) as web:
        return await read_site(web.address, rules=Rules(loopback_is_open=True))


async def file(name: str) -> list[Reading]:
    """Read apart, as an upload is."""
    return [await read_file(FILES[name], name=name)]
