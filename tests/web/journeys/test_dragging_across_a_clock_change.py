"""A card that is dragged over the night in which the clocks change keeps the local time at which it was dropped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import chromium
import pytest
from playwright.async_api import Page, expect
from steps import Open

from aipromote import clock
from aipromote.accounts import actions as accounts
from aipromote.accounts.queries import actor_of
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from aipromote.organizations import actions as organizations
from aipromote.publishing import queries as posts
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus
from factories import analytics
from factories.organizations import brief

EMAIL, PASSWORD = "ada@kornblume.example", "a long enough password"


@dataclass(frozen=True)
class Night:
    """The clocks of `zone` change in the night to `sunday`."""

    zone: str
    sunday: date
    before: int
    """Hours that UTC is ahead of the zone's noon on the Saturday."""
    after: int


NIGHTS = (
    Night("Europe/Lisbon", date(2027, 3, 28), 0, -1),
    Night("America/New_York", date(2027, 3, 14), 5, 4),
    Night("America/New_York", date(2027, 11, 7), 4, 5),
)


@pytest.fixture
def dial(tmp_path: Path) -> Iterator[clock.Dial]:
    made = clock.Dial.create(tmp_path / "dial", start=clock.now())
    clock.use(tmp_path / "dial")
    yield made
    clock.use(None)


async def scheduled(database: Database, night: Night) -> ScheduledPost:
    """A startup by the clocks of that zone, and its post on the Saturday at half past nine."""
    async with database.transaction() as session:
        owner = actor_of(await accounts.create_user(session, email=EMAIL, password=PASSWORD, name="Ada"))
    async with database.transaction() as session:
        organization = await organizations.create(session, owner, brief=brief(time_zone=night.zone))
    local = datetime.combine(night.sunday - timedelta(days=1), datetime.min.time()).replace(hour=9, minute=30)
    async with database.transaction(organization.id) as session:
        account = await analytics.account(session, organization.id, platform=Platform.TWITTER, handle="@kornblume")
        at = local.replace(tzinfo=ZoneInfo(night.zone)).astimezone(UTC)
        return await analytics.post(session, account, at=at, text="Rye keeps.", status=PostStatus.SCHEDULED)


async def goes_out(database: Database, organization_id: UUID, post_id: UUID) -> datetime:
    async with database.transaction(organization_id) as session:
        return (await posts.post(session, organization_id=organization_id, post_id=post_id)).scheduled_at


async def drag(page: Page, post: ScheduledPost, target: str, *, down: float) -> None:
    """The card to that place, `down` of its height from the top."""
    await page.locator(f'[data-key="post-{post.id}"]').hover()
    await page.mouse.down()
    place = page.locator(target)
    await place.scroll_into_view_if_needed()
    box = await place.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 30, box["y"] + box["height"] * down, steps=8)


@pytest.mark.parametrize("night", NIGHTS, ids=lambda night: f"{night.zone}-{night.sunday}")
async def test_a_post_keeps_the_local_time_at_which_it_was_dropped(
    open_tab: Open, database: Database, dial: clock.Dial, night: Night
) -> None:
    post = await scheduled(database, night)
    at = datetime.combine(night.sunday - timedelta(days=5), datetime.min.time(), tzinfo=UTC) + timedelta(hours=12)
    dial.jump(at)
    key = post.organization_id
    assert (await goes_out(database, key, post.id)).hour == 9 + night.before
    # The browser's own zone has nothing to say.
    page = await open_tab(timezone_id="Asia/Tokyo")
    await chromium.sign_in(page, EMAIL, PASSWORD)
    await page.goto(f"/calendar?view=week&day={night.sunday}")
    await expect(page.locator("#calendar .notice").first).to_contain_text("The clocks go")
    await drag(page, post, f'[data-day="{night.sunday}"] [data-hour="14"]', down=0.6)
    place = night.zone.partition("/")[2].replace("_", " ")
    await expect(page.locator(".verdict")).to_contain_text(f"14:30 ({place})")
    await page.mouse.up()
    await expect(page.locator(".toast")).to_contain_text(f"14:30 ({place})")
    moved = datetime.combine(night.sunday, datetime.min.time(), tzinfo=UTC) + timedelta(hours=14.5 + night.after)
    assert await goes_out(database, key, post.id) == moved
    # Back over the night in the month's view, where only the day changes: the time on the wall stays.
    await page.goto(f"/calendar?view=month&day={night.sunday}")
    await drag(page, post, f'[data-day="{night.sunday - timedelta(days=1)}"]', down=0.7)
    await expect(page.locator(".verdict")).to_contain_text(f"14:30 ({place})")
    await page.mouse.up()
    await expect(page.locator(".toast")).to_contain_text(f"14:30 ({place})")
    back = moved - timedelta(days=1) + timedelta(hours=night.before - night.after)
    assert await goes_out(database, key, post.id) == back
