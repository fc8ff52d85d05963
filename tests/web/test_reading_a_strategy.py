"""The page of the strategy: the memo, its versions, one part of it edited where it stands, and keys for deciding."""

from __future__ import annotations

import re

import chromium
import pytest
import seeds
from playwright.async_api import Page, expect
from site_client import Browser

from aipromote.db.database import Database
from aipromote.documents.strategy import StrategyDocument
from factories import strategy as plans


def _another() -> StrategyDocument:
    values = plans.document().model_dump()
    values["positioning"]["brief"] = "Bread from old grains, baked slowly."
    values["content_pillars"][0]["share"], values["content_pillars"][1]["share"] = 40, 40
    return StrategyDocument.model_validate(values)


@pytest.fixture
async def seeded(browser: Browser, database: Database) -> seeds.Seeded:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    return made


async def test_the_memo_shows_hours_weeks_and_versions(browser: Browser, seeded: seeds.Seeded) -> None:
    seen = await browser.open("/strategy")
    assert 'aria-label="Best times on X: –"' in seen.text
    assert seen.text.count('class="plan-week"') == 13
    assert "Compare any two" not in seen.words, "there is one version"


async def test_any_two_versions_are_compared_whichever_is_named_first(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    row = await plans.proposed(database, seeded.startup, plan=_another())
    assert "Compare any two" in (await browser.open("/strategy")).words
    for query in ("one=1&other=2", "one=2&other=1"):
        seen = await browser.open(f"/strategy/compare?{query}")
        assert seen.url.endswith(f"/strategy/{row.id}/changes?against=1")
        assert "baked slowly" in seen.words
    assert (await browser.open("/strategy/compare?one=1&other=7")).status == 404
    assert (await browser.open("/strategy/compare")).status == 404


async def test_one_part_is_a_form_of_its_own_and_a_stale_one_keeps_what_was_typed(
    browser: Browser, seeded: seeds.Seeded
) -> None:
    page = f"/strategy/{seeded.strategy.id}/edit"
    seen = await browser.open(f"{page}?part=content_pillars%5BBread%5D")
    assert re.findall(r'name="at:([^"]+)"', seen.text)[0] == "content_pillars[Bread].name"
    assert "positioning.brief" not in seen.text
    only = await browser.open(f"{page}?part=positioning.brief")
    assert re.findall(r'name="at:([^"]+)"', only.text) == ["positioning.brief"]
    fields = {"part": "positioning.brief", "seen": "0" * 16, "at:positioning.brief": "Rye for everybody."}
    stale = await browser.send(page, fields)
    assert stale.status == 409
    assert "was changed meanwhile" in stale.words
    assert re.findall(r'name="at:([^"]+)"', stale.text) == ["positioning.brief"]
    assert "Rye for everybody." in stale.text
    assert "at:positioning.brief" in (await browser.open(f"{page}?part=content_pillars%5BGone%5D")).text


async def test_what_is_new_is_said_in_words_and_the_brief_can_be_taken_along(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    row = await plans.proposed(database, seeded.startup, plan=_another())
    seen = await browser.open(f"/strategy/{row.id}/changes")
    assert re.search(r"<ins><span[^>]*> new: </span>", seen.text)
    taken = await browser.open("/strategy/brief.yaml")
    assert taken.text.startswith("name: Kornblume")
    assert "attachment" in taken.headers["content-disposition"]


async def test_a_field_is_edited_where_it_stands(chromium_page: Page, database: Database, seeded: seeds.Seeded) -> None:
    await chromium.sign_in(chromium_page, seeded.email, seeds.PASSWORD)
    await chromium_page.goto("/strategy")
    await chromium_page.get_by_role("link", name="Edit the positioning").click()
    area = chromium_page.locator("textarea[name='at:positioning.brief']")
    await area.fill("Rye for everybody.")
    assert chromium_page.url.endswith("/strategy")
    await chromium_page.get_by_role("button", name="Save and see what changes").click()
    await chromium_page.wait_for_url("**/changes")
    assert "Rye for everybody." in await chromium_page.locator("main").inner_text()


async def test_changes_are_decided_by_keys(chromium_page: Page, database: Database, seeded: seeds.Seeded) -> None:
    row = await plans.proposed(database, seeded.startup, plan=_another())
    await chromium.sign_in(chromium_page, seeded.email, seeds.PASSWORD)
    await chromium_page.goto(f"/strategy/{row.id}/changes")
    await chromium_page.get_by_role("link", name="Go to the first change").click()
    for key in ("a", "k", "j", "r"):
        await chromium_page.keyboard.press(key)
    chosen = chromium_page.locator("[data-change] input:checked")
    await expect(chosen).to_have_count(2)
    assert [await one.get_attribute("value") for one in await chosen.all()] == ["ACCEPTED", "REJECTED"]
