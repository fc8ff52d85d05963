"""The calendar's views: every day once, every post in one cell; and its forms, which work without scripts."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
import seeds
from hypothesis import given
from hypothesis import strategies as st
from site_client import Browser

from aipromote import clock
from aipromote.channels import queries as channels
from aipromote.content import actions as content
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from aipromote.organizations.models import Organization
from aipromote.publishing import queries as posts
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus
from aipromote.scheduling.queries import midnight
from aipromote.scheduling.slots import wall_clock
from aipromote.web.agenda.spans import View, changes, span_of
from factories import analytics

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = sorted(available_timezones())
DAYS = st.dates(date(2000, 2, 1), date(2100, 10, 30))


@given(day=DAYS)
def test_a_month_has_each_of_its_days_once_in_whole_weeks_and_the_arrows_reach_every_month(day: date) -> None:
    span = span_of(View.MONTH, day)
    assert len(span.dates) == len(set(span.dates))
    assert span.dates == sorted(span.dates)
    assert (span.dates[0].weekday(), span.dates[-1].weekday()) == (0, 6)
    month = {day.replace(day=1) + timedelta(days=n) for n in range(31)}
    assert {one for one in month if one.month == day.month} <= set(span.dates)
    assert span.days <= 42
    assert day in span.dates
    assert span_of(View.MONTH, span.following).previous.month == day.month
    assert span_of(View.WEEK, day).dates[day.weekday()] == day


@given(zone=st.sampled_from(ZONES), day=DAYS, seconds=st.integers(0, 42 * 86_400))
def test_every_instant_of_a_month_lies_inone_cell_of_it_in_any_zone(zone: str, day: date, seconds: int) -> None:
    clocks, span = ZoneInfo(zone), span_of(View.MONTH, day)
    borders = [midnight(one, clocks) for one in (*span.dates, span.dates[-1] + timedelta(days=1))]
    at = min(borders[0] + timedelta(seconds=seconds), borders[-1] - timedelta(seconds=1))
    cells = [number for number in range(span.days) if borders[number] <= at < borders[number + 1]]
    assert len(cells) == 1
    shown, cell = wall_clock(at, clocks).date(), span.dates[cells[0]]
    assert abs((shown - cell).days) <= 1
    if not changes([cell, shown], clocks):
        assert shown == cell


def test_a_day_on_which_the_clocks_change_says_which_hours_it_lacks_or_has_twice() -> None:
    lisbon = ZoneInfo("Europe/Lisbon")
    found = changes([date(2026, 3, 29), date(2026, 3, 30), date(2026, 10, 25)], lisbon)
    assert [(one.hours, one.skipped, one.twice) for one in found.values()] == [
        (23, frozenset({1}), frozenset()),
        (25, frozenset(), frozenset({1})),
    ]


@pytest.fixture
async def seeded(browser: Browser, database: Database) -> seeds.Seeded:
    """Somebody signed in."""
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    return made


async def waiting(
    database: Database, made: seeds.Seeded, at: datetime, status: PostStatus = PostStatus.SCHEDULED
) -> ScheduledPost:
    async with database.transaction(made.organization_id) as session:
        account = (await channels.accounts(session, organization_id=made.organization_id))[0]
        return await analytics.post(session, account, at=at, status=status)


async def to_review(database: Database, made: seeds.Seeded, day: date, number: int) -> None:
    async with database.transaction(made.organization_id) as session:
        await content.new_piece(
            session,
            made.startup.owner,
            organization_id=made.organization_id,
            platform=Platform.TWITTER,
            body=f"Rye keeps for a week, said on {day} for the {number}. time.",
            planned_for=day,
        )


async def now_at(database: Database, made: seeds.Seeded, post: ScheduledPost) -> ScheduledPost:
    async with database.transaction(made.organization_id) as session:
        return await posts.post(session, organization_id=made.organization_id, post_id=post.id)


def keys(text: str) -> Counter[str]:
    """The cards of a page."""
    return Counter(re.findall(r'data-key="post-([0-9a-f-]{36})"', text))


def soon(days: int, hour: int = 9) -> datetime:
    return clock.now().replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(days=days)


@pytest.mark.parametrize("zone", ["Europe/Lisbon", "Pacific/Kiritimati", "America/St_Johns"])
async def test_every_post_of_a_month_stands_inone_cell_on_the_day_that_its_clocks_show(
    browser: Browser, database: Database, seeded: seeds.Seeded, zone: str
) -> None:
    async with database.transaction(seeded.organization_id) as session:
        organization = await session.get(Organization, seeded.organization_id)
        assert organization is not None
        organization.time_zone = zone
    made = [
        await waiting(database, seeded, datetime(2027, 3, 1, tzinfo=UTC) + timedelta(hours=13 * n)) for n in range(57)
    ]
    text = (await browser.open("/calendar?view=month&day=2027-03-15")).text
    assert set(keys(text).values()) == {1}
    cells = dict(re.findall(r'data-day="([\d-]+)"(.*?)(?=data-day=|id="calendar-move")', text, re.DOTALL))
    assert len(cells) == 35
    for post in made:
        day = str(wall_clock(post.scheduled_at, ZoneInfo(zone)).date())
        assert day not in cells or f"post-{post.id}" in cells[day]


async def test_the_view_is_remembered_and_the_zone_is_always_said(browser: Browser, seeded: seeds.Seeded) -> None:
    for view in ("month", "list", "week"):
        assert f'data-view="{view}"' in (await browser.open(f"/calendar?view={view}")).text
        again = await browser.open("/calendar")
        assert f'data-view="{view}"' in again.text
        assert "All times in Berlin (Europe/Berlin)." in again.words
    assert 'data-view="week"' in (await browser.open("/calendar?view=nonsense")).text
    assert (await browser.open("/calendar?view=month&day=1999-01-01")).status == 422


async def test_the_list_goes_through_all_posts_once_and_has_the_pieces_between_them(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    made = [await waiting(database, seeded, soon(1 + number // 4, 8 + number % 4)) for number in range(120)]
    path: str | None = "/calendar?view=list"
    seen: Counter[str] = Counter()
    pieces: Counter[str] = Counter()
    pages = 0
    while path and pages < 6:
        page = await browser.open(path)
        seen += keys(page.text)
        pieces += Counter(re.findall(r'data-key="piece-([0-9a-f-]{36})"', page.text))
        found = re.search(r'href="(/calendar\?[^"]*after=[^"]*)"', page.text)
        path, pages = (found.group(1).replace("&amp;", "&") if found else None), pages + 1
    assert pages == 3
    assert {str(post.id) for post in made} <= seen.keys()
    assert set(seen.values()) == {1}
    assert pieces == Counter([str(seeded.piece.id)])


async def test_a_day_with_many_posts_folds_them_and_leads_to_the_others(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    for number in range(15):
        await waiting(database, seeded, soon(3, 9) + timedelta(minutes=number))
    text = (await browser.open(f"/calendar?view=month&day={soon(3):%Y-%m-%d}")).text
    assert "5 more" in text
    assert f"/calendar?view=list&amp;day={soon(3):%Y-%m-%d}" in text
    assert "Too close" in text


async def test_a_post_is_moved_and_refused_by_the_form_of_its_card(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    post = await waiting(database, seeded, soon(3))
    await browser.open("/calendar")
    form = {"key": f"post-{post.id}", "seen": post.scheduled_at.isoformat(), "local": f"{soon(5):%Y-%m-%d}T14:30"}
    assert "Moved. Goes out" in (await browser.send("/calendar/move", form)).words
    moved = await now_at(database, seeded, post)
    assert wall_clock(moved.scheduled_at, BERLIN).strftime("%H:%M") == "14:30"
    again = await browser.send("/calendar/move", form | {"local": f"{soon(6):%Y-%m-%d}T10:00"})
    assert "Somebody else moved this post meanwhile" in again.words
    assert (await now_at(database, seeded, post)).scheduled_at == moved.scheduled_at
    for wrong in ({"key": "post-x"}, {"seen": "yesterday"}, {"local": "2020-01-01T10:00", "seen": ""}):
        await browser.send("/calendar/move", form | wrong)
    assert (await now_at(database, seeded, post)).scheduled_at == moved.scheduled_at


async def test_a_script_is_told_what_a_time_means_and_how_a_move_is_taken_back(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    post = await waiting(database, seeded, soon(3))
    await browser.open("/calendar")
    query = f"/calendar/judge?key=post-{post.id}&local="
    assert '"tone":"bad"' in (await browser.open(query + "2020-01-01T10:00")).text
    night = (await browser.open(query + f"{soon(4):%Y-%m-%d}T03:00")).text
    assert '"tone":"careful"' in night
    assert "at night" in night
    form = {"key": f"post-{post.id}", "seen": post.scheduled_at.isoformat(), "local": f"{soon(4):%Y-%m-%d}T03:00"}
    answer = await browser.send("/calendar/move", form, headers={"Accept": "application/json"})
    assert '"ok":true' in answer.text
    assert f'"local":"{wall_clock(post.scheduled_at, BERLIN).isoformat()}"' in answer.text
    refused = await browser.send("/calendar/move", form, headers={"Accept": "application/json"})
    assert (refused.status, '"ok":false' in refused.text) == (409, True)


async def test_a_piece_without_a_time_is_planned_for_another_day(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    await browser.open("/calendar")
    form = {"key": f"piece-{seeded.piece.id}", "seen": f"{seeded.piece.planned_for}", "local": f"{soon(9):%Y-%m-%d}"}
    assert "Planned for" in (await browser.send("/calendar/move", form)).words
    shown = await browser.open(f"/calendar?view=week&day={soon(9):%Y-%m-%d}")
    assert f'data-key="piece-{seeded.piece.id}"' in shown.text
    assert "Somebody else planned this piece" in (await browser.send("/calendar/move", form)).words
    judged = await browser.open(f"/calendar/judge?key=piece-{seeded.piece.id}&local=2020-01-01T00:00")
    assert '"tone":"bad"' in judged.text


async def test_several_posts_are_moved_and_cancelled_at_once_by_a_form(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    made = [await waiting(database, seeded, soon(3 + number)) for number in range(3)]
    await browser.open("/calendar")
    chosen = [("post", f"{post.id}|{post.scheduled_at.isoformat()}") for post in made]
    told = await browser.send("/calendar/many", [("csrf", browser.token), ("act", "move"), ("days", "7"), *chosen])
    assert "3 posts were moved." in told.words
    for post in made:
        moved = await now_at(database, seeded, post)
        assert wall_clock(moved.scheduled_at, BERLIN) - wall_clock(post.scheduled_at, BERLIN) == timedelta(days=7)
    told = await browser.send("/calendar/many", [("csrf", browser.token), ("act", "cancel"), *chosen])
    assert "0 posts were cancelled." in told.words
    assert "Somebody else moved" in told.words
    rows = [await now_at(database, seeded, post) for post in made]
    chosen = [("post", f"{row.id}|{row.scheduled_at.isoformat()}") for row in rows]
    told = await browser.send("/calendar/many", [("csrf", browser.token), ("act", "cancel"), *chosen])
    assert "3 posts were cancelled." in told.words
    assert "Nothing was chosen." in (await browser.send("/calendar/many", [("csrf", browser.token)])).words


async def test_what_failed_says_why_on_its_card_and_is_sent_again_from_there(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    shown = await browser.open("/calendar?view=month")
    assert "The network said no." in shown.words
    path = f"/calendar/posts/{seeded.failed.id}"
    assert f'action="{path}/now"' in shown.text
    assert "A worker takes it in a moment." in (await browser.send(f"{path}/now")).words
    assert (await now_at(database, seeded, seeded.failed)).status is PostStatus.SCHEDULED
    assert "Cancelled. Nothing will be sent." in (await browser.send(f"{path}/cancel")).words
    published = f"/calendar/posts/{seeded.published.id}/cancel"
    assert "published already" in (await browser.send(published)).words


async def test_the_good_free_times_of_the_plan_are_marked_with_the_reason(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    text = (await browser.open(f"/calendar?view=week&day={soon(14):%Y-%m-%d}")).words
    assert "A good time for X: your plan posts there from 09:00 to 12:00 on this weekday" in text
    assert "A good time" not in (await browser.open("/calendar?view=week&day=2026-01-05")).words


async def test_the_button_for_reviewing_counts_what_its_page_has(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    first = clock.now().date() + timedelta(days=40)
    first = first.replace(day=1) if first.day > 20 else first
    for number, day in [(10, first), (2, first + timedelta(days=7))]:
        for one in range(number):
            await to_review(database, seeded, day, one)
    page = await browser.open(f"/calendar?view=month&day={first:%Y-%m-%d}")
    found = re.search(r'href="(/calendar/approve\?week=[\d-]+)">Review (\d+) posts', page.text)
    assert found is not None
    assert found.group(2) == "10", "neither the eight that a day of a month shows, nor those of other weeks"
    listed = (await browser.open(found.group(1))).text
    assert len(set(re.findall(r"/pieces/([0-9a-f-]{36})", listed))) == 10


async def test_days_without_anything_say_when_something_comes(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    later = soon(70)
    await waiting(database, seeded, later)
    text = (await browser.open(f"/calendar?view=week&day={soon(40):%Y-%m-%d}")).text
    assert f'href="/calendar?day={wall_clock(later, BERLIN).date()}">Go there' in text
    assert text.index("Nothing is planned here") < text.index('class="week"')
    past = await browser.open(f"/calendar?view=week&day={soon(200):%Y-%m-%d}")
    assert "as soon as they are written for these days" in past.words
    assert "when your strategy has been accepted" not in past.words
