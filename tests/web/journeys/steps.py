"""What people do again and again, in clicks and keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import chromium
from playwright.async_api import Page, expect

Open = Callable[..., Awaitable[Page]]
"""Opens a tab in a context of its own, which shares no cookie with others. Takes what `new_context` does."""
PASSWORD = "a long enough password"
PATIENCE = 60_000
"""Milliseconds, so that a broken test ends."""


async def first_account(page: Page, email: str = "ada@kornblume.example") -> None:
    """On an instance that is empty."""
    await page.goto("/")
    await page.get_by_label("Your name").fill("Ada Brot")
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Make account").click()
    await page.wait_for_url("**/start")


async def interview(page: Page, *, platforms: tuple[str, ...] = ("X", "LinkedIn"), zone: str = "Europe/Lisbon") -> None:
    """All six steps, to the page that waits for the strategy."""
    await page.get_by_role("button", name="Start with the questions").click()
    await page.locator("[name=name]").fill("Kornblume")
    await page.locator("[name=description]").fill("Kornblume bakes rye bread that keeps a week for small grocers.")
    await page.locator("[name=time_zone]").fill(zone)
    await onward(page)
    await page.locator("[name='icp.jobs_to_be_done']").fill("Sell bread on Saturday that was baked on Monday")
    await page.locator("[name='icp.pain_points']").fill("Bread is thrown away every evening")
    await onward(page)
    await page.locator("[name='positioning.usp']").fill("It keeps for a week without preservatives")
    await onward(page)
    await page.locator("[name='brand.tone']").fill("Warm and plain")
    await onward(page)
    for name in platforms:
        await page.get_by_label(name, exact=True).check()
    await onward(page)
    await page.locator("[name='constraints.claims_to_avoid']").fill("healthy")
    await page.get_by_role("button", name="Save and write my strategy").click()
    await page.wait_for_url("**/progress/**")


async def onward(page: Page) -> None:
    """Save a step of the interview; the next one is open afterwards."""
    was = page.url
    await page.get_by_role("button", name="Save and go on").click()
    await page.wait_for_url(lambda url: url != was)


async def connect_sandbox(page: Page, *, network: str = "X", handle: str = "kornblume") -> None:
    """From the page of channels, through the consent page of the sandbox network, and back."""
    await page.goto("/channels")
    box = page.locator("#sandbox")
    await box.get_by_label("Stands in for").select_option(label=network)
    await box.get_by_label("Handle").fill(handle)
    await box.get_by_role("button", name="Connect").click()
    await page.get_by_role("button", name="Allow").click()
    await page.wait_for_url("**/channels")
    await expect(page.locator(".notice").first).to_contain_text(f"{handle} is connected")


async def sign_in(page: Page, email: str) -> None:
    await chromium.sign_in(page, email, PASSWORD)


async def reach(page: Page, name: str, *, role: str = "button", limit: int = 150) -> None:
    """Press Tab until the focus is on what has this name."""
    wanted = page.get_by_role(role, name=name).first  # type: ignore[arg-type]
    for _ in range(limit):
        await page.keyboard.press("Tab")
        if await wanted.evaluate("node => node === document.activeElement"):
            return
    raise AssertionError(f"no Tab leads to {name}")


async def write(page: Page, text: str, *, network: str = "X", day: str = "") -> None:
    """A post by hand; its page is open afterwards."""
    await page.goto("/content/new")
    await page.get_by_label("Network").select_option(label=network)
    await page.get_by_label("Text", exact=False).first.fill(text)
    if day:
        await page.get_by_label("Planned for").fill(day)
    await page.get_by_role("button", name="Write it").click()
    await page.wait_for_url("**/pieces/**")
