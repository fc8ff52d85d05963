"""Odd letters at a keyboard and in an address: they come back as they were, and break nothing."""

from __future__ import annotations

import chromium
import pytest
import seeds
import steps
from playwright.async_api import Page, expect
from steps import Open

from aipromote.db.database import Database

ODD = (
    "Rye 👩‍👩‍👧‍👦 \N{RIGHT-TO-LEFT OVERRIDE}daerb\N{POP DIRECTIONAL FORMATTING} Z̸̢̧͓a̶l̷g̸o̴ \N{ZERO WIDTH SPACE}שלום"
    " <b>\"'&amp;</b>"
    " {{ 7*7 }} %(x)s 𝓡𝔂𝓮"
)


@pytest.fixture
async def founder(open_tab: Open, database: Database) -> tuple[Page, seeds.Seeded]:
    made = await seeds.startup(database)
    page = await open_tab()
    await chromium.sign_in(page, made.email, seeds.PASSWORD)
    return page, made


async def test_odd_letters_come_back_as_they_were_typed(founder: tuple[Page, seeds.Seeded]) -> None:
    page, _ = founder
    await steps.write(page, ODD)
    field = page.locator("textarea[name=body]")
    await expect(field).to_have_value(ODD)
    await page.reload()
    await expect(field).to_have_value(ODD)
    assert await page.locator("main b", has_text="\"'&amp;").count() == 0
    assert "49" not in await page.locator("#preview").inner_text()


@pytest.mark.parametrize(
    "path",
    [
        "/content?q=",
        "/go?q=",
        "/calendar?day=",
        "/calendar?week=",
        "/results?from=",
        "/audit?q=",
        "/audit?action=",
        "/sign-in?next=",
        "/results/posts?q=",
        "/this-week?x=",
    ],
)
async def test_odd_letters_in_an_address_break_nothing(founder: tuple[Page, seeds.Seeded], path: str) -> None:
    page, _ = founder
    for odd in ("%00", "%ff%fe", "%F0%9F%91%A9", "%e2%80%ae", "x" * 3000, "'%22%3E%3Cscript%3Ealert(1)%3C/script%3E"):
        answer = await page.goto(path + odd)
        assert answer is not None
        assert answer.status < 500, path + odd[:40]
