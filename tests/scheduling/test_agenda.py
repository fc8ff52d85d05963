"""The days of a calendar show every post once, and no more of a day than fits."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from aipromote.content.states import ContentStatus
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from aipromote.publishing.states import PostStatus
from aipromote.scheduling.agenda import agenda, crowded
from aipromote.scheduling.slots import wall_clock
from factories import analytics, organizations
from factories import publishing as making

FIRST, DAYS = date(2027, 3, 1), 42


@pytest.mark.parametrize("zone", ["Europe/Lisbon", "America/New_York", "Africa/Cairo", "Asia/Kolkata"])
async def test_every_post_of_six_weeks_stands_on_one_day_the_one_that_its_clocks_show(
    database: Database, zone: str
) -> None:
    startup = await organizations.organization(database, time_zone=zone)
    start = datetime(2027, 2, 28, tzinfo=UTC)
    async with database.transaction(startup.id) as session:
        account = await analytics.account(session, startup.id, platform=Platform.TWITTER)
        made = [
            await analytics.post(session, account, at=start + timedelta(hours=11 * number), status=PostStatus.SCHEDULED)
            for number in range(96)
        ]
        gone = await analytics.post(session, account, at=start + timedelta(days=9), status=PostStatus.CANCELLED)
        shown = await agenda(session, organization_id=startup.id, first=FIRST, days=DAYS, zone=ZoneInfo(zone), most=9)
    assert [day.date for day in shown] == [FIRST + timedelta(days=number) for number in range(DAYS)]
    found = Counter(entry.post.id for day in shown for entry in day.entries if entry.post)
    last = FIRST + timedelta(days=DAYS - 1)
    within = {post.id for post in made if FIRST <= wall_clock(post.scheduled_at, ZoneInfo(zone)).date() <= last}
    assert found == Counter(dict.fromkeys(within, 1))
    assert gone.id not in found
    for day in shown:
        assert {wall_clock(entry.post.scheduled_at, ZoneInfo(zone)).date() for entry in day.entries if entry.post} <= {
            day.date
        }


async def test_a_full_day_shows_its_first_posts_and_says_that_there_are_more(database: Database) -> None:
    startup = await organizations.organization(database, time_zone="UTC")
    async with database.transaction(startup.id) as session:
        account = await analytics.account(session, startup.id, platform=Platform.TWITTER)
        for number in range(6):
            at = datetime(2027, 3, 2, 20 - number, tzinfo=UTC)
            await analytics.post(session, account, at=at, status=PostStatus.SCHEDULED)
        shown = await agenda(session, organization_id=startup.id, first=FIRST, days=3, zone=ZoneInfo("UTC"), most=4)
    assert [(len(day.entries), day.is_cut) for day in shown] == [(0, False), (4, True), (0, False)]
    hours = [entry.post.scheduled_at.hour for entry in shown[1].entries if entry.post]
    assert hours == [15, 16, 17, 18]


async def test_a_piece_stands_on_its_day_only_while_it_has_no_post(database: Database) -> None:
    startup = await organizations.organization(database, time_zone="UTC")
    waiting = await making.piece(database, startup, planned_for=date(2027, 3, 2))
    await making.piece(database, startup, planned_for=date(2027, 3, 5))
    async with database.transaction(startup.id) as session:
        account = await analytics.account(session, startup.id, platform=Platform.TWITTER)
        at = datetime(2027, 3, 3, 9, tzinfo=UTC)
        post = await analytics.post(session, account, at=at, status=PostStatus.SCHEDULED)
        shown = await agenda(session, organization_id=startup.id, first=FIRST, days=3, zone=ZoneInfo("UTC"), most=4)
    assert [[entry.piece.id for entry in day.entries] for day in shown] == [[], [waiting.id], [post.content_piece_id]]
    assert waiting.status is ContentStatus.APPROVED


async def test_posts_of_one_account_that_come_too_close_are_told_apart(database: Database) -> None:
    startup = await organizations.organization(database)
    at = datetime(2027, 3, 2, 9, tzinfo=UTC)
    async with database.transaction(startup.id) as session:
        kiln = await analytics.account(session, startup.id, platform=Platform.TWITTER)
        loaf = await analytics.account(session, startup.id, platform=Platform.TWITTER, handle="loaf")
        first = await analytics.post(session, kiln, at=at, status=PostStatus.SCHEDULED)
        close = await analytics.post(session, kiln, at=at + timedelta(minutes=40), status=PostStatus.SCHEDULED)
        far = await analytics.post(session, kiln, at=at + timedelta(hours=3), status=PostStatus.SCHEDULED)
        others = await analytics.post(session, loaf, at=at, status=PostStatus.SCHEDULED)
        failed = await analytics.post(session, loaf, at=at, status=PostStatus.FAILED)
    near = crowded([first, close, far, others, failed])
    assert near == {first.id: timedelta(minutes=40), close.id: timedelta(minutes=40)}
