"""A browser that runs no scripts: everything that matters works by links and forms."""

from __future__ import annotations

from datetime import timedelta

import chromium
import seeds
import steps
from playwright.async_api import expect
from steps import Open

from aipromote import clock
from aipromote.channels import queries as channels
from aipromote.db.database import Database
from factories import analytics
from sandbox.network import Network


async def test_a_post_is_written_approved_moved_and_its_results_seen_without_any_script(
    open_tab: Open, database: Database, network: Network
) -> None:
    made = await seeds.startup(database)
    async with database.transaction(made.organization_id) as session:
        account = (await channels.accounts(session, organization_id=made.organization_id))[0]
        out = await analytics.post(
            session, account, at=clock.now() - timedelta(days=2), text="Bread of the day before."
        )
        await analytics.measure(session, out, account, slots=(3600, 86_400), impressions=900, likes=31)
    page = await open_tab(java_script_enabled=False)
    await chromium.sign_in(page, made.email, seeds.PASSWORD)
    await steps.connect_sandbox(page, network="LinkedIn", handle="kornblume-li")
    await steps.write(page, "Rye, and nothing else.", network="LinkedIn")
    day = (clock.now() + timedelta(days=3)).date()
    await page.locator("#approving input[name=local]").fill(f"{day}T10:30")
    await page.get_by_role("button", name="Approve revision 1").click()
    await expect(page.locator("#posts")).to_contain_text("10:30 (Berlin)")
    await page.locator("#posts").get_by_text("Choose another time").click()
    await page.locator("#posts input[name=local]").fill(f"{day}T16:45")
    await page.locator("#posts").get_by_role("button", name="Move").click()
    await expect(page.locator("#posts")).to_contain_text("16:45 (Berlin)")
    # The same from the calendar: a card opens by the browser itself, and its form moves the post.
    await page.goto(f"/calendar?view=list&day={day}")
    await page.get_by_role("button", name="Rye, and nothing else.").click()
    about = page.locator(".about:popover-open")
    await about.locator("input[name=local]").fill(f"{day}T11:15")
    await about.get_by_role("button", name="Move", exact=True).click()
    await expect(page.locator("main")).to_contain_text("11:15")
    await page.get_by_role("link", name="Results").first.click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Results")
    await page.locator("main").get_by_role("link", name="Posts", exact=True).click()
    await expect(page.locator("main")).to_contain_text("Bread of the day before")
