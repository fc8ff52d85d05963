"""A card is made, shown and taken away on the page of a piece."""

from __future__ import annotations

import re

import seeds
from site_client import Browser

from aipromote.db.database import Database


async def test_a_card_is_made_shown_and_taken_away(browser: Browser, database: Database) -> None:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    page = f"/pieces/{made.piece.id}"
    await browser.open(page)
    seen = await browser.send(f"{page}/card", {"based_on": 1})
    assert "A card is attached" in seen.words
    (address,) = set(re.findall(rf'src="({page}/pictures/[0-9a-f-]+)"', seen.text))
    shown = await browser.open(address)
    assert (shown.status, shown.headers["content-type"]) == (200, "image/png")
    assert shown.headers["x-content-type-options"] == "nosniff"
    seen = await browser.send(f"{page}/card", {"based_on": 1})
    assert "was changed meanwhile" in seen.words
    seen = await browser.send(f"{address}/remove", {"based_on": 2})
    assert "taken away" in seen.words
    assert (await browser.open(address)).status == 404
