"""The first hour: an account, six steps of questions, a strategy, a network, and a week that is approved."""

from __future__ import annotations

import subprocess

import steps
from playwright.async_api import Page, expect

from sandbox.network import Network


async def test_a_founder_gets_from_the_first_account_to_a_scheduled_week_and_approves_by_keys_alone(
    chromium_page: Page, network: Network, worker: subprocess.Popen[bytes]
) -> None:
    page = chromium_page
    await steps.first_account(page)
    await steps.interview(page)
    await page.wait_for_url("**/strategy**", timeout=steps.PATIENCE)  # the page leads on by itself
    await expect(page.locator("main")).to_contain_text("Content pillars")
    await page.get_by_role("button", name="Accept").first.click()
    await page.wait_for_url(lambda url: "/progress/" not in url and "/strategy" not in url, timeout=steps.PATIENCE)
    await steps.connect_sandbox(page)
    await steps.connect_sandbox(page, network="LinkedIn", handle="kornblume-li")
    await page.goto("/this-week")
    await steps.reach(page, "Approve", role="link")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/calendar/approve**")
    ticked = await page.locator("input[name=piece]:checked").count()
    assert ticked
    await steps.reach(page, "Approve")
    await page.keyboard.press("Enter")
    await page.wait_for_url(lambda url: "/approve" not in url)
    await expect(page.locator(".notice").first).to_contain_text(f"{ticked} posts are scheduled.")
    cards = page.locator(".calendar .tile", has_text="Scheduled")
    assert await cards.count() == ticked
    await expect(cards.first).to_contain_text("Simulated")  # nothing here goes to a real network, and each says so
    await expect(page.locator("main")).to_contain_text("All times in Lisbon")
