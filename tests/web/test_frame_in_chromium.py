"""The frame in a real browser: going anywhere by keys, and never failing in silence."""

from __future__ import annotations

import asyncio

import chromium
import pytest
import seeds
from playwright.async_api import Page, Route, expect
from site_client import Browser

from aipromote.db.database import Database


@pytest.fixture
async def page(chromium_page: Page, browser: Browser, database: Database) -> Page:
    """Signed in, on this week's page."""
    made = await seeds.startup(database)
    await chromium.sign_in(chromium_page, made.email, seeds.PASSWORD)
    return chromium_page


async def test_a_page_is_gone_to_by_keys_alone_and_the_focus_returns(page: Page) -> None:
    await page.locator(".rail nav a").nth(1).focus()
    await page.keyboard.press("/")
    field = page.get_by_role("combobox", name="Search or go to")
    await expect(field).to_be_focused()
    await expect(page.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Escape")
    await expect(page.locator("#palette")).to_be_hidden()
    await expect(page.locator(".rail nav a").nth(1)).to_be_focused()
    await page.keyboard.press("Control+k")
    await page.keyboard.type("str")
    await expect(page.get_by_role("option").first).to_contain_text("Strategy")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/strategy")


async def test_enter_at_once_goes_to_what_was_typed(page: Page) -> None:
    async def late(route: Route) -> None:
        await asyncio.sleep(0.4)
        await route.continue_()

    await page.keyboard.press("/")
    await expect(page.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    await page.route("**/go?q=r*", late)
    await page.get_by_role("combobox", name="Search or go to").fill("results")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/results")


async def test_a_search_of_somebody_signed_out_says_so(page: Page) -> None:
    await page.context.clear_cookies(name="aipromote_session")
    await page.keyboard.press("/")
    await expect(page.get_by_role("dialog", name="You were signed out")).to_be_visible()


async def test_a_slash_in_a_text_is_a_slash(page: Page) -> None:
    await page.goto("/facts")
    field = page.locator("main input:not([type=hidden])").first
    await field.fill("and")
    await field.press("/")
    assert await field.input_value() == "and/"
    await expect(page.locator("#palette")).to_be_hidden()


async def test_without_scripts_the_search_is_a_page(page: Page) -> None:
    await page.route("**/static/**/*.js", lambda route: route.abort())
    await page.goto("/calendar")
    await page.locator("[data-palette]").click()
    await page.locator("main input[name=q]").fill("rye")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/go?q=rye")
    await expect(page.locator("main [data-go]").first).to_be_visible()


async def test_theme_and_rail_change_in_place_and_stay(page: Page) -> None:
    await page.goto("/facts")
    field = page.locator("main input:not([type=hidden])").first
    await field.fill("typed")
    await page.locator(".rail .person summary").click()
    async with page.expect_response("**/theme"):
        await page.locator(".rail button[name=theme][value=dark]").click()
    await page.keyboard.press("Escape")
    async with page.expect_response("**/rail"):
        await page.locator(".rail .when-wide").click()
    assert await field.input_value() == "typed"
    await page.goto("/calendar")
    root = page.locator("html")
    await expect(root).to_have_attribute("data-theme", "dark")
    await expect(root).to_have_attribute("data-rail", "narrow")
    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(19, 20, 23)"


PART = """<form hx-post="/asked" hx-target="#here" hx-select="#here" hx-swap="outerHTML">
<textarea name="text" aria-label="Text">typed</textarea><button id="ask">Ask</button></form><p id="here">Old</p>"""


async def open_with_a_part(page: Page, *answers: tuple[int, str]) -> None:
    """A page of ours with a form that htmx sends, to which these answers come, one after another."""
    coming = iter(answers)

    async def with_part(route: Route) -> None:
        found = await route.fetch()
        headers = {name: value for name, value in found.headers.items() if name != "content-encoding"}
        body = (await found.text()).replace("</main>", f"{PART}</main>")
        await route.fulfill(status=found.status, headers=headers, body=body)

    async def answer(route: Route) -> None:
        status, body = next(coming)
        await route.fulfill(status=status, body=body, content_type="text/html")

    await page.route("**/facts", with_part)
    await page.route("**/asked", answer)
    await page.goto("/facts")


async def test_a_failed_request_says_a_sentence_and_can_be_tried_again(page: Page) -> None:
    told = "<div data-told>Somebody was faster.</div>"
    await open_with_a_part(page, (500, "<p>Broken</p>"), (409, told), (200, '<p id="here">New</p>'))
    await page.locator("#ask").click()
    toasts = page.locator("#toasts")
    await expect(toasts).to_contain_text("the server answered 500")
    await expect(page.locator("#here")).to_have_text("Old")
    await toasts.get_by_role("button", name="Try again").click()
    await expect(toasts).to_contain_text("Somebody was faster.")
    await toasts.get_by_role("button", name="Try again").click()
    await expect(page.locator("#here")).to_have_text("New")


async def test_a_form_that_was_refused_comes_back_in_its_place(page: Page) -> None:
    await open_with_a_part(page, (422, '<p id="here">That is too long.</p>'))
    await page.locator("#ask").click()
    await expect(page.locator("#here")).to_have_text("That is too long.")
    await expect(page.locator("#toasts")).to_be_empty()


async def test_who_was_signed_out_signs_in_elsewhere_and_goes_on(page: Page) -> None:
    await open_with_a_part(page, (401, ""), (200, '<p id="here">New</p>'))
    kept = await page.context.cookies()
    await page.context.clear_cookies(name="aipromote_session")
    await page.locator("#ask").click()
    dialog = page.get_by_role("dialog", name="You were signed out")
    await expect(dialog).to_be_visible()
    await dialog.get_by_role("button", name="Continue").click()
    await expect(dialog).to_contain_text("Nobody is signed in yet.")
    await page.context.add_cookies(kept)
    await dialog.get_by_role("button", name="Continue").click()
    await expect(dialog).to_be_hidden()
    await expect(page.locator("#here")).to_have_text("New")
    assert await page.locator("main textarea[name=text]").last.input_value() == "typed"


async def test_nothing_moves_while_a_page_comes_in(page: Page) -> None:
    moved = """() => new Promise((done) => {
        let sum = 0;
        new PerformanceObserver((list) => { for (const one of list.getEntries()) sum += one.value; })
            .observe({ type: "layout-shift", buffered: true });
        setTimeout(() => done(sum), 300);
    })"""
    for size in (chromium.PHONE, chromium.DESK):
        await page.set_viewport_size(size)
        await page.goto("/this-week", wait_until="networkidle")
        assert await page.evaluate(moved) == 0
