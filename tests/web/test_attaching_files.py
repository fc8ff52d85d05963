"""A picture or a video of one's own is attached on the page of a piece; what is wrong with a file is said there."""

from __future__ import annotations

import asyncio
import io
import re
import tempfile
from pathlib import Path

import pytest
import seeds
from site_client import Browser, Seen
from web_server import Site

from aipromote import settings
from aipromote.db.database import Database
from assets import pictures


class _File(io.BytesIO):
    def __init__(self, content: bytes, name: str) -> None:
        super().__init__(content)
        self.name = name


async def _attach(browser: Browser, page: str, content: bytes, name: str, revision: int = 1) -> Seen:
    await browser.open(page)
    fields = {"based_on": str(revision), "alt_text": "A loaf, cut open", "file": _File(content, name)}
    return await browser.send(f"{page}/files", fields)


async def test_a_picture_of_ones_own_is_attached_and_the_page_says_what_is_sent(
    browser: Browser, database: Database
) -> None:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    page = f"/pieces/{made.piece.id}"
    seen = await _attach(browser, page, pictures.photograph(800, 600), "IMG_1.jpg")
    assert "It is attached" in seen.words
    assert re.search(r"Will be sent as 800 × 600 JPEG, \d+ KB \(without place and camera\)\.", seen.words), seen.words
    assert 'alt="A loaf, cut open"' in seen.text
    (address,) = set(re.findall(rf'src="({page}/pictures/[0-9a-f-]+)"', seen.text))
    shown = await browser.open(address)
    assert (shown.status, shown.headers["content-type"]) == (200, "image/jpeg")
    assert (shown.headers["x-content-type-options"], shown.headers["content-security-policy"]) == (
        "nosniff",
        "sandbox; default-src 'none'",
    )
    seen = await _attach(browser, page, pictures.picture(), "again.png", revision=1)
    assert "was changed meanwhile" in seen.words


async def test_a_video_is_larger_than_other_forms_may_be_and_can_be_watched_by_ranges(
    browser: Browser, database: Database
) -> None:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    page = f"/pieces/{made.piece.id}"
    content = pictures.video(padding=3_000_000)
    seen = await _attach(browser, page, content, "clip.mp4")
    assert "It is attached" in seen.words
    (address,) = set(re.findall(rf'<video src="({page}/pictures/[0-9a-f-]+)"', seen.text))
    part = await browser.open(address, headers={"Range": "bytes=4-11"})
    assert (part.status, part.text, part.headers["content-range"]) == (206, "ftypisom", f"bytes 4-11/{len(content)}")
    beyond = await browser.open(address, headers={"Range": f"bytes={len(content)}-"})
    assert (beyond.status, beyond.headers["content-range"]) == (416, f"bytes */{len(content)}")


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"<svg onload=alert(1)></svg>", "logo.png", "SVG pictures can hold programs"),
        (b"PK\x03\x04 and so on", "deck.jpg", "no file that can go out with a post. Pictures are taken as JPEG"),
        (pictures.picture()[:500], "half.png", "half.png cannot be read"),
        (b"%PDF-1.7\n", "deck.pdf", "deck.pdf is no picture and no video"),
    ],
)
async def test_what_is_wrong_with_a_file_is_said(
    browser: Browser, database: Database, content: bytes, name: str, words: str
) -> None:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    seen = await _attach(browser, f"/pieces/{made.piece.id}", content, name)
    assert "It is not attached" in seen.words
    assert words in seen.words
    assert "/pictures/" not in seen.text


async def test_strangers_attach_nothing(browser: Browser, second_browser: Browser, database: Database) -> None:
    made, other = await seeds.startup(database), await seeds.startup(database, email="bo@moosbeere.example")
    await second_browser.sign_in(other.email, seeds.PASSWORD)
    await second_browser.open(f"/pieces/{other.piece.id}")
    fields = {"based_on": "1", "file": _File(pictures.picture(), "a.png")}
    assert (await second_browser.send(f"/pieces/{made.piece.id}/files", fields)).status == 404


async def test_uploads_come_in_on_the_disk_of_the_data_folder_and_leave_nothing(
    site: Site, browser: Browser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    folder = Path(settings.get().require("home")) / "uploads"
    assert site.spools_in == str(folder)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    await _attach(browser, f"/pieces/{made.piece.id}", pictures.video(padding=2_000_000), "clip.mp4")
    assert not await asyncio.to_thread(lambda: list(folder.iterdir()))
