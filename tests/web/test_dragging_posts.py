"""Moving a card in a real browser: with the mouse, and with keys alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import chromium
import pytest
import seeds
from playwright.async_api import Page, expect

from aipromote import clock
from aipromote.channels import queries as channels
from aipromote.db.database import Database
from aipromote.publishing import queries as posts
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus
from aipromote.scheduling.slots import wall_clock
from factories import analytics

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
async def seeded(database: Database) -> seeds.Seeded:
    """Something on every page."""
    return await seeds.startup(database)


def monday() -> datetime:
    """The Monday after the next one, at midnight in Berlin."""
    today = wall_clock(clock.now(), BERLIN).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=14 - today.weekday())


async def waiting(database: Database, made: seeds.Seeded, local: datetime, text: str = "Rye keeps.") -> ScheduledPost:
    """A post of the startup's account at this time."""
    at = local.replace(tzinfo=BERLIN).astimezone(UTC)
    async with database.transaction(made.organization_id) as session:
        account = (await channels.accounts(session, organization_id=made.organization_id))[0]
        return await analytics.post(session, account, at=at, text=text, status=PostStatus.SCHEDULED)


async def local_time(database: Database, made: seeds.Seeded, post_id: UUID) -> datetime:
    async with database.transaction(made.organization_id) as session:
        row = await posts.post(session, organization_id=made.organization_id, post_id=post_id)
        return wall_clock(row.scheduled_at, BERLIN)


async def test_a_card_is_dragged_to_another_day_and_hour_and_taken_back(
    chromium_page: Page, database: Database, seeded: seeds.Seeded
) -> None:
    first = monday()
    post = await waiting(database, seeded, first + timedelta(hours=9, minutes=30))
    await waiting(database, seeded, first + timedelta(days=2, hours=13), text="Wheat does not.")
    page = chromium_page
    await chromium.sign_in(page, seeded.email, seeds.PASSWORD)
    await page.goto(f"/calendar?view=week&day={first:%Y-%m-%d}")
    card = page.locator(f'[data-key="post-{post.id}"]')
    await card.hover()
    await page.mouse.down()
    target = page.locator(f'[data-day="{first + timedelta(days=2):%Y-%m-%d}"] [data-hour="14"]')
    box = await target.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 30, box["y"] + box["height"] * 0.6, steps=8)
    await expect(page.locator(".verdict")).to_contain_text("14:30 (Berlin)")
    await expect(page.locator(".verdict")).to_contain_text("from another post of @kornblume, at 13:00")
    await page.mouse.up()
    await expect(page.locator(".toast")).to_contain_text("Moved. Goes out")
    assert await local_time(database, seeded, post.id) == first + timedelta(days=2, hours=14, minutes=30)
    await expect(target.locator(f'[data-key="post-{post.id}"]')).to_be_visible()
    assert await page.locator(".about:popover-open").count() == 0, "the drop is no click"
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator(".toast")).to_contain_text("Moved back")
    assert await local_time(database, seeded, post.id) == first + timedelta(hours=9, minutes=30)


async def test_a_drop_after_somebody_else_has_moved_the_post_is_told_and_loses_nothing(
    chromium_page: Page, database: Database, seeded: seeds.Seeded
) -> None:
    first = monday()
    post = await waiting(database, seeded, first + timedelta(hours=9))
    page = chromium_page
    await chromium.sign_in(page, seeded.email, seeds.PASSWORD)
    await page.goto(f"/calendar?view=month&day={first:%Y-%m-%d}")
    elsewhere = first + timedelta(days=3, hours=16)
    async with database.transaction(seeded.organization_id) as session:
        row = await posts.post(session, organization_id=seeded.organization_id, post_id=post.id)
        row.scheduled_at = elsewhere.replace(tzinfo=BERLIN).astimezone(UTC)
    card = page.locator(f'[data-key="post-{post.id}"]')
    await card.hover()
    await page.mouse.down()
    box = await page.locator(f'[data-day="{first + timedelta(days=1):%Y-%m-%d}"]').bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 40, box["y"] + 60, steps=8)
    await expect(page.locator(".verdict")).to_contain_text("09:00")
    await page.mouse.up()
    await expect(page.locator(".toast[data-tone=bad]")).to_contain_text("Somebody else moved this post meanwhile")
    assert await local_time(database, seeded, post.id) == elsewhere
    shown = page.locator(f'[data-day="{elsewhere:%Y-%m-%d}"] [data-key="post-{post.id}"]')
    await expect(shown).to_be_visible()


async def test_a_card_is_moved_by_keys_alone_and_put_back_by_escape(
    chromium_page: Page, database: Database, seeded: seeds.Seeded
) -> None:
    first = monday()
    post = await waiting(database, seeded, first + timedelta(hours=9, minutes=10))
    page = chromium_page
    await chromium.sign_in(page, seeded.email, seeds.PASSWORD)
    await page.goto(f"/calendar?view=week&day={first:%Y-%m-%d}")
    card = page.locator(f'[data-key="post-{post.id}"]')
    await card.focus()
    for key in ("m", "ArrowRight", "Escape"):
        await page.keyboard.press(key)
    await expect(page.locator("#calendar-said")).to_have_text("Put back.")
    for key in ("m", "ArrowRight", "ArrowDown", "ArrowDown", "ArrowUp"):
        await page.keyboard.press(key)
    await expect(page.locator("#calendar-said")).to_contain_text("09:15 (Berlin)")
    await page.keyboard.press("Enter")
    await expect(page.locator(".toast")).to_contain_text("Moved. Goes out")
    assert await local_time(database, seeded, post.id) == first + timedelta(days=1, hours=9, minutes=15)
    await expect(card).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(f"#about-post-{post.id}")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.locator("h1").click()
    await page.keyboard.press("m")
    await page.wait_for_url("**/calendar?view=month**")
    await page.keyboard.press("]")
    await page.wait_for_url(lambda url: f"day={first:%Y-%m-%d}" not in url)


async def test_after_signing_in_anew_in_another_tab_a_card_moves_without_a_reload(
    chromium_page: Page, database: Database, seeded: seeds.Seeded
) -> None:
    first = monday()
    post = await waiting(database, seeded, first + timedelta(hours=9))
    page = chromium_page
    await chromium.sign_in(page, seeded.email, seeds.PASSWORD)
    await page.goto(f"/calendar?view=week&day={first:%Y-%m-%d}")
    await page.context.clear_cookies(name="aipromote_session")
    card = page.locator(f'[data-key="post-{post.id}"]')
    await card.focus()
    for key in ("m", "ArrowRight", "Enter"):
        await page.keyboard.press(key)
    dialog = page.get_by_role("dialog", name="You were signed out")
    await expect(dialog).to_be_visible()
    tab = await page.context.new_page()
    await chromium.sign_in(tab, seeded.email, seeds.PASSWORD)
    await tab.close()
    await dialog.get_by_role("button", name="Continue").click()
    await expect(page.locator("#toasts")).to_contain_text("Moved. Goes out")
    assert await local_time(database, seeded, post.id) == first + timedelta(days=1, hours=9)


async def test_who_signed_in_anew_elsewhere_before_the_move_is_not_even_told(
    chromium_page: Page, database: Database, seeded: seeds.Seeded
) -> None:
    first = monday()
    post = await waiting(database, seeded, first + timedelta(hours=9))
    page = chromium_page
    await chromium.sign_in(page, seeded.email, seeds.PASSWORD)
    await page.goto(f"/calendar?view=week&day={first:%Y-%m-%d}")
    await page.context.clear_cookies(name="aipromote_session")
    tab = await page.context.new_page()
    await chromium.sign_in(tab, seeded.email, seeds.PASSWORD)
    await tab.close()
    await page.locator(f'[data-key="post-{post.id}"]').focus()
    for key in ("m", "ArrowRight", "Enter"):
        await page.keyboard.press(key)
    await expect(page.locator("#toasts")).to_contain_text("Moved. Goes out")
    assert await local_time(database, seeded, post.id) == first + timedelta(days=1, hours=9)
