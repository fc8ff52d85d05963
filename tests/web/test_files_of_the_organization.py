"""All files of an organization on one page, and one of them chosen for a piece."""

from __future__ import annotations

import io
import re

import seeds
from site_client import Browser

from aipromote.db.database import Database
from assets import pictures


class _File(io.BytesIO):
    def __init__(self, content: bytes, name: str) -> None:
        super().__init__(content)
        self.name = name


async def test_a_file_is_found_attached_again_described_and_deleted_once_nothing_uses_it(
    browser: Browser, database: Database
) -> None:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    page = f"/pieces/{made.piece.id}"
    await browser.open(page)
    loaf = _File(pictures.photograph(800, 600), "loaf.jpg")
    seen = await browser.send(f"{page}/files", {"based_on": "1", "alt_text": "A loaf", "file": loaf})
    (key,) = set(re.findall(rf"{page}/pictures/([0-9a-f-]+)", seen.text))
    seen = await browser.send(f"{page}/pictures/{key}/describe", {"alt_text": "A loaf, cut open", "based_on": 2})
    assert "The post needs an approval" in seen.words
    assert 'alt="A loaf, cut open"' in seen.text
    seen = await browser.send(f"{page}/pictures/{key}/describe", {"alt_text": "Stale words", "based_on": 2})
    assert "You wrote: Stale words" in seen.words

    seen = await browser.open("/files?q=LOAF")
    assert "loaf.jpg" in seen.words
    assert "Used by:" in seen.words
    assert "No file has this name." in (await browser.open("/files?q=wheat")).words
    shown = await browser.open(f"/files/{key}/picture")
    assert (shown.status, shown.headers["content-type"]) == (200, "image/jpeg")
    assert "attached to a post" in (await browser.send(f"/files/{key}/remove")).words

    await browser.send(f"{page}/pictures/{key}/remove", {"based_on": 3})
    seen = await browser.open(f"/files?piece={made.piece.id}")
    assert f'action="{page}/files/{key}"' in seen.text
    seen = await browser.send(f"{page}/files/{key}", {"based_on": 4})
    assert "It is attached." in seen.words
    assert 'alt="A loaf"' in seen.text  # the file's own words, not those of the post that had it before
    await browser.send(f"{page}/pictures/{key}/remove", {"based_on": 5})
    assert "loaf.jpg is deleted." in (await browser.send(f"/files/{key}/remove")).words
    assert (await browser.open(f"/files/{key}/picture")).status == 404


async def test_files_of_others_are_not_found(browser: Browser, second_browser: Browser, database: Database) -> None:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    page = f"/pieces/{made.piece.id}"
    await browser.open(page)
    loaf = _File(pictures.photograph(400, 300), "secret.jpg")
    seen = await browser.send(f"{page}/files", {"based_on": "1", "file": loaf})
    (key,) = set(re.findall(rf"{page}/pictures/([0-9a-f-]+)", seen.text))
    other = await seeds.startup(database, email="eve@other.example", name="Other")
    await second_browser.sign_in(other.email, seeds.PASSWORD)
    assert "secret.jpg" not in (await second_browser.open("/files")).words
    assert (await second_browser.open(f"/files/{key}/picture")).status == 404
    assert (await second_browser.send(f"/files/{key}/remove")).status == 404
    await second_browser.open(f"/pieces/{other.piece.id}")
    assert (await second_browser.send(f"/pieces/{other.piece.id}/files/{key}", {"based_on": 1})).status == 404
