"""A reviewer without an account, on a phone: approves one post and sends another back, and the founder sees both."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import chromium
import pytest
import seeds
import steps
from playwright.async_api import Page, expect
from steps import Open

from aipromote import clock
from aipromote.db.database import Database


@pytest.fixture
def dial(tmp_path: Path) -> Iterator[clock.Dial]:
    """The site's clock, which this test puts forward."""
    made = clock.Dial.create(tmp_path / "dial", start=clock.now())
    clock.use(tmp_path / "dial")
    yield made
    clock.use(None)


@pytest.fixture
async def founder(open_tab: Open, database: Database) -> Page:
    """Signed in, with one post that waits for review, and a second one, written by hand for the same day."""
    made = await seeds.startup(database)
    page = await open_tab()
    await chromium.sign_in(page, made.email, seeds.PASSWORD)
    await steps.write(page, "Wheat is for the impatient.", day=str(made.piece.planned_for))
    return page


async def link_of(page: Page, *, days: str = "7") -> str:
    """A link to both posts, made by clicks; its address."""
    await page.goto("/this-week")
    await page.get_by_role("link", name="Approve").first.click()
    await page.get_by_role("link", name="Ask somebody without an account").click()
    await page.get_by_label("Who looks at it").fill("Lea Ofen")
    await page.get_by_label("Approve and ask for changes as well").check()
    await page.get_by_label(f"{days} days", exact=True).check()
    assert await page.locator("input[name=chosen]:checked").count() == 2
    await page.get_by_role("button", name="Make the link").click()
    return str(await page.locator("code.whole").inner_text())


async def test_a_reviewer_on_a_phone_approves_one_and_sends_one_back_and_the_founder_sees_both(
    founder: Page, open_tab: Open
) -> None:
    address = await link_of(founder)
    reviewer = await open_tab(viewport=chromium.PHONE, has_touch=True)
    await reviewer.goto(address)
    await expect(reviewer.get_by_role("heading", level=1)).to_have_text("2 posts wait for you")
    assert await reviewer.evaluate("document.documentElement.scrollWidth <= innerWidth")
    good = reviewer.locator("article[aria-labelledby]", has_text="Rye <b>keeps</b>")
    await good.get_by_role("button", name="Approve this post").tap()
    await expect(good).to_contain_text("You approved this text")
    poor = reviewer.locator("article[aria-labelledby]", has_text="Wheat is for the impatient.")
    await poor.get_by_text("Ask for changes").tap()
    await poor.get_by_label("What should change").fill("Be kind to wheat.")
    await poor.get_by_role("button", name="Send it back").tap()
    await expect(poor).to_contain_text("It is being changed")
    await founder.goto("/review-links")
    await expect(founder.locator("main")).to_contain_text("Lea Ofen")
    await founder.goto("/content")
    for text, told in (("Rye <b>keeps", "Scheduled"), ("Wheat is for", "Be kind to wheat.")):
        await founder.goto("/content")
        await founder.get_by_role("link", name=text).first.click()
        await expect(founder.locator("main")).to_contain_text("Lea Ofen (by link of Ada Brot)")
        await expect(founder.locator("body")).to_contain_text(told)


async def test_a_link_that_is_revoked_expired_or_forged_opens_nothing_and_tells_what_to_do(
    founder: Page, open_tab: Open, dial: clock.Dial
) -> None:
    revoked, expired = await link_of(founder), await link_of(founder)
    reviewer = await open_tab(viewport=chromium.PHONE)
    await reviewer.goto(revoked)
    await founder.goto("/review-links")
    await founder.get_by_role("button", name="Revoke").last.click()
    await expect(founder.locator(".notice").first).to_contain_text("opens nothing any more")
    # The page is still open at the reviewer's, and its button does nothing.
    await reviewer.get_by_role("button", name="Approve this post").first.click()
    await nothing_there(reviewer)
    token = expired.rpartition("/")[2]
    forged = expired.replace(token, token[:-4] + ("aaaa" if token[-4:] != "aaaa" else "bbbb"))
    for address in (revoked, forged):
        await reviewer.goto(address)
        await nothing_there(reviewer)
    await reviewer.goto(expired)
    await expect(reviewer.get_by_role("heading", level=1)).to_contain_text("wait for you")
    dial.jump(clock.now() + timedelta(days=7, minutes=1))
    await reviewer.reload()
    await nothing_there(reviewer)


async def nothing_there(page: Page) -> None:
    await expect(page.locator("body")).not_to_contain_text("Wheat is for")
    await expect(page.locator("body")).not_to_contain_text("Kornblume")
    await expect(page.locator("main")).to_contain_text("Ask for a new one.")
    assert await page.locator("a[href='/this-week']").count() == 0, "whoever has no account cannot go there"
