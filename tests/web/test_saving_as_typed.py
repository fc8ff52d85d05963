"""The interview in a real browser: saved while somebody types, and nothing lost when the session or the server is."""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode

import chromium
import seeds
from playwright.async_api import Page, expect
from site_client import Browser

from aipromote.db.database import Database

EMAIL = "ada@example.org"


async def _begun(browser: Browser, database: Database) -> str:
    """Somebody signed in, with a draft; its address."""
    await seeds.person(database, email=EMAIL)
    await browser.sign_in(EMAIL, seeds.PASSWORD)
    seen = await browser.send("/start/new")
    return re.search(r"(/start/[0-9a-f-]{36})/", seen.url).group(1)


async def test_what_is_typed_is_saved_and_the_summary_follows(
    chromium_page: Page, browser: Browser, database: Database
) -> None:
    draft = await _begun(browser, database)
    await chromium.sign_in(chromium_page, EMAIL, seeds.PASSWORD)
    await chromium_page.goto(f"{draft}/basics")
    await chromium_page.locator("input[name=name]").fill("Kornblume")
    await expect(chromium_page.locator("#saved")).to_have_text(re.compile(r"^Saved \d\d:\d\d$"))
    await expect(chromium_page.locator("#understood")).to_contain_text("Kornblume")
    assert 'value="Kornblume"' in (await browser.open(f"{draft}/basics")).text
    await chromium_page.locator("[name='founders.0.name']").fill("Ada Brot")
    await expect(chromium_page.locator("[name='founders.1.name']")).to_be_attached()
    await chromium_page.locator("textarea[name=description]").fill("Bread from old grains for neighbours.")
    await chromium_page.get_by_role("button", name="Save and go on").click()
    await chromium_page.wait_for_url("**/audience")
    assert await chromium_page.locator(".stage.done").count() == 1
    assert "Ada Brot" in (await browser.open(f"{draft}/basics")).text


async def test_two_windows_keep_both_and_a_contradiction_is_for_the_person_to_settle(
    chromium_page: Page, browser: Browser, database: Database
) -> None:
    draft = await _begun(browser, database)
    await chromium.sign_in(chromium_page, EMAIL, seeds.PASSWORD)
    await chromium_page.goto(f"{draft}/basics")
    other = await browser.open(f"{draft}/basics")
    assert other.status == 200
    await browser.send(f"{draft}/basics", {"version": "0", "name": "Theirs", "tagline": "From there.", "then": "stay"})
    await chromium_page.locator("input[name=category]").fill("Bakery")
    await expect(chromium_page.locator("input[name=tagline]")).to_have_value("From there.")
    both = {"name": "Theirs", "tagline": "From there.", "category": "Bakery"}
    await expect(chromium_page.locator("#understood")).to_contain_text("Theirs")
    await browser.send(f"{draft}/basics/typed", both | {"name": "Once more", "seen": urlencode(both)})
    await chromium_page.locator("input[name=name]").fill("Mine")
    told = chromium_page.locator("[data-contested-by=name]")
    await expect(told).to_contain_text("Another window has saved something else here.")
    assert await told.locator("input").input_value() == "Once more"
    await chromium_page.get_by_role("button", name="Keep what I typed").click()
    await expect(told).to_have_count(0)
    await expect(chromium_page.locator("#understood")).to_contain_text("Mine")
    saved = await browser.open(f"{draft}/basics")
    assert 'name="name" value="Mine"' in saved.text
    assert 'name="category" value="Bakery"' in saved.text


async def test_what_is_not_settled_is_on_the_page_that_a_button_leads_to(
    chromium_page: Page, browser: Browser, database: Database
) -> None:
    draft = await _begun(browser, database)
    await chromium.sign_in(chromium_page, EMAIL, seeds.PASSWORD)
    await chromium_page.goto(f"{draft}/basics")
    await browser.open(f"{draft}/basics")
    await browser.send(f"{draft}/basics", {"version": "0", "name": "Theirs", "then": "stay"})
    await chromium_page.locator("input[name=name]").fill("Mine")
    await expect(chromium_page.locator("[data-contested-by=name]")).to_be_visible()
    await chromium_page.get_by_role("button", name="Save and go on").click()
    await expect(chromium_page.get_by_role("heading", name="Saved in the other window")).to_be_visible()
    await chromium_page.locator("input[name=tagline]").fill("More of mine.")
    await chromium_page.wait_for_timeout(1500)
    assert 'name="name" value="Theirs"' in (await browser.open(f"{draft}/basics")).text, "nothing is saved unasked"
    await chromium_page.get_by_role("button", name="Save and go on").click()
    await expect(chromium_page.locator("#understood")).to_contain_text("Mine")
    saved = await browser.open(f"{draft}/basics")
    assert 'name="name" value="Mine"' in saved.text
    assert 'value="More of mine."' in saved.text


async def test_a_lost_session_loses_nothing_that_was_typed(
    chromium_page: Page, browser: Browser, database: Database
) -> None:
    draft = await _begun(browser, database)
    await chromium.sign_in(chromium_page, EMAIL, seeds.PASSWORD)
    await chromium_page.goto(f"{draft}/basics")
    await chromium_page.context.clear_cookies()
    await chromium_page.locator("input[name=name]").fill("Kornblume")
    await expect(chromium_page.locator("#saved")).to_contain_text("You are signed out. What you type is kept")
    await chromium_page.get_by_role("button", name="Save and go on").click()
    await expect(chromium_page.locator("input[name=name]")).to_have_value("Kornblume")
    second = await chromium_page.context.new_page()
    await chromium.sign_in(second, EMAIL, seeds.PASSWORD)
    await expect(chromium_page.locator("#saved")).to_have_text(re.compile(r"^Saved"), timeout=15_000)
    assert 'value="Kornblume"' in (await browser.open(f"{draft}/basics")).text


async def test_what_could_not_be_saved_is_back_when_the_page_is_opened_again(
    chromium_page: Page, browser: Browser, database: Database
) -> None:
    draft = await _begun(browser, database)
    await chromium.sign_in(chromium_page, EMAIL, seeds.PASSWORD)
    await chromium_page.goto(f"{draft}/basics")
    await chromium_page.route("**/typed", lambda route: route.abort())
    await chromium_page.locator("input[name=name]").fill("Kornblume")
    await expect(chromium_page.locator("#saved")).to_contain_text("The server does not answer.")
    await chromium_page.unroute("**/typed")
    await chromium_page.goto(f"{draft}/basics")
    await expect(chromium_page.locator("input[name=name]")).to_have_value("Kornblume")
    await expect(chromium_page.locator("#saved")).to_have_text(re.compile(r"^Saved"))


async def test_typed_answers_are_nobody_elses(browser: Browser, second_browser: Browser, database: Database) -> None:
    draft = await _begun(browser, database)
    await seeds.person(database, email="eve@other.example")
    await second_browser.sign_in("eve@other.example", seeds.PASSWORD)
    await second_browser.open("/start")
    seen = await second_browser.send(f"{draft}/basics/typed", {"name": "Eve's", "seen": ""})
    assert seen.status == 404
    seen = await browser.send(f"{draft}/basics/typed", {"name": "<script>alert(1)</script>", "seen": ""})
    answer = json.loads(seen.text)
    assert answer["version"] == 1
    assert "<script>" not in answer["beside"]["understood"]
    assert (await browser.send(f"{draft}/basics/typed", {"seen": "&".join(["a=b"] * 1100)})).status == 422


async def test_on_a_phone_a_step_is_as_wide_as_the_screen_and_its_boxes_are_seen(
    chromium_page: Page, browser: Browser, database: Database
) -> None:
    draft = await _begun(browser, database)
    page = chromium_page
    await chromium.sign_in(page, EMAIL, seeds.PASSWORD)
    await page.set_viewport_size(chromium.PHONE)
    await page.goto(f"{draft}/basics")
    await page.locator("input[name=name]").fill("Kornblume")
    await expect(page.locator("#saved")).to_have_text(re.compile(r"^Saved \d\d:\d\d$"))
    for href in await page.locator(".stage").evaluate_all("all => all.map((one) => one.getAttribute('href'))"):
        await page.goto(href)
        assert await page.evaluate("document.documentElement.scrollWidth") == chromium.PHONE["width"], href
        await expect(page.locator(".stage[aria-current]")).to_be_in_viewport(ratio=1)
        boxes = await page.locator(".choice input").all()
        assert boxes or not href.endswith(("goals", "review"))
        for box in boxes:
            style = await box.evaluate("(one) => [getComputedStyle(one).opacity, getComputedStyle(one).position]")
            assert style == ["1", "static"]
