"""Writing in a real Chromium while something else happens: answers that are lost, other tabs, other languages."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import chromium
import pytest
import seeds
from playwright.async_api import Page, expect

from aipromote.db.database import Database
from aipromote.http import cookies
from aipromote.web import words

_BREAK_OFF = """() => {
    const own = Response.prototype.text;
    Response.prototype.text = function () {
        Response.prototype.text = own;
        return Promise.reject(new TypeError("network error"));
    };
}"""
"""The next answer breaks off within its body."""


@pytest.fixture
async def seeded(chromium_page: Page, database: Database) -> seeds.Seeded:
    made = await seeds.startup(database)
    await chromium.sign_in(chromium_page, made.email, seeds.PASSWORD)
    await chromium_page.goto(f"/pieces/{made.piece.id}")
    return made


async def test_an_answer_that_breaks_off_stops_no_later_saving(chromium_page: Page, seeded: seeds.Seeded) -> None:
    page, field = chromium_page, chromium_page.locator("textarea[name=body]")
    await page.evaluate(_BREAK_OFF)
    await field.fill("Rye keeps very well.")
    await field.press("Control+s")
    await expect(page.locator("#kept")).to_contain_text("as revision 2")  # it was looked up
    await field.fill("Rye keeps well.")
    await field.press("Control+s")
    await expect(page.locator("#kept")).to_contain_text("as revision 3")


async def test_a_text_saved_in_another_tab_leaves_the_focus_where_somebody_types(
    chromium_page: Page, seeded: seeds.Seeded
) -> None:
    page, comment = chromium_page, chromium_page.locator("#comments textarea[name=said]")
    other = await page.context.new_page()
    await other.goto(page.url)
    await comment.press_sequentially("A comment, half")
    await other.locator("textarea[name=body]").fill("Theirs.")
    await other.locator("textarea[name=body]").press("Control+s")
    await expect(page.locator("textarea[name=body]")).to_have_value("Theirs.")
    await page.keyboard.type(" written")
    await expect(comment).to_have_value("A comment, half written")


async def test_what_the_editor_says_is_in_the_language_of_the_page(chromium_page: Page, seeded: seeds.Seeded) -> None:
    page, field = chromium_page, chromium_page.locator("textarea[name=body]")
    await page.context.add_cookies([{"name": cookies.LANGUAGE, "value": "de", "url": page.url}])
    await page.reload()
    await field.fill("Roggen hält.")
    await page.route("**/pieces/*", lambda route: route.abort())
    await field.press("Control+s")
    await expect(page.locator("#kept")).to_contain_text("Nicht gespeichert: Der Server antwortet nicht.")
    await expect(page.locator("#kept.problem")).to_have_count(1)
    await page.unroute_all()
    await field.press("Control+s")
    await expect(page.locator("#kept:not(.problem)")).to_contain_text("Fassung 2")


async def test_an_unsaved_text_is_of_a_time_on_the_clocks_of_the_organization(
    chromium_page: Page, seeded: seeds.Seeded
) -> None:
    page = chromium_page
    other = await page.context.new_page()
    await other.goto(page.url)
    await other.locator("textarea[name=body]").fill("Not saved.")
    await other.wait_for_timeout(500)  # until it is kept
    await other.close(run_before_unload=False)
    await page.reload()
    at = await page.evaluate("JSON.parse(Object.values(localStorage)[0]).at")
    there = datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo("Europe/Berlin"))
    await expect(page.locator("#unsaved")).to_contain_text(f"{there:%H:%M} ({words.place_of('Europe/Berlin')})")
