"""The calendar in other calendars: what it says, whom it lets in, and that it says nothing when nothing is new."""

from __future__ import annotations

import asyncio
import re
from base64 import b32encode
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import aiohttp
import pytest
import seeds
from icalendar import Calendar, Event
from site_client import Browser
from sqlalchemy import delete, select

from aipromote import clock
from aipromote.channels import queries as channels
from aipromote.content.models import ContentPiece
from aipromote.db.database import Database
from aipromote.organizations.models import Membership, Organization
from aipromote.organizations.states import Role
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus
from aipromote.scheduling import actions
from aipromote.scheduling.models import CalendarFeed
from aipromote.scheduling.slots import wall_clock
from factories import analytics, organizations

LISBON = ZoneInfo("Europe/Lisbon")
_TOKEN = re.compile(r"/calendar/feed/([a-z0-9]+\.[\w-]+)\.ics")


@pytest.fixture
async def seeded(browser: Browser, database: Database) -> seeds.Seeded:
    """Somebody signed in."""
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    return made


async def subscribed(browser: Browser) -> str:
    """The path of a new address."""
    await browser.open("/calendar/subscribe")
    seen = await browser.send("/calendar/subscribe")
    found = _TOKEN.search(seen.text)
    assert found is not None
    return f"/calendar/feed/{found.group(1)}.ics"


async def fetched(browser: Browser, path: str, **headers: str) -> tuple[int, bytes, aiohttp.typedefs.LooseHeaders]:
    """As another program asks: without cookies."""
    async with aiohttp.ClientSession() as http, http.get(browser.address + path, headers=headers) as answer:
        return answer.status, await answer.read(), dict(answer.headers)


def events(body: bytes) -> dict[str, Event]:
    """By their ids."""
    return {str(one["UID"]): one for one in Calendar.from_ical(body).walk("VEVENT")}


async def waiting(database: Database, made: seeds.Seeded, at: datetime, text: str = "Rye keeps.") -> ScheduledPost:
    async with database.transaction(made.organization_id) as session:
        account = (await channels.accounts(session, organization_id=made.organization_id))[0]
        return await analytics.post(session, account, at=at, text=text, status=PostStatus.SCHEDULED)


async def test_the_address_is_shown_once_and_shows_posts_but_no_drafts(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    path = await subscribed(browser)
    status, body, headers = await fetched(browser, path)
    assert (status, headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    shown = events(body)
    out = shown[f"post-{seeded.published.id}@aipromote"]
    assert (out["SUMMARY"], out["STATUS"]) == ("X: Bread is out. #bread", "CONFIRMED")
    assert out.decoded("DTSTART").utcoffset() == timedelta(0)
    assert str(out["URL"]).endswith(f"/posts/{seeded.published.id}")
    assert str(shown[f"post-{seeded.failed.id}@aipromote"]["SUMMARY"]).startswith("Failed: X")
    assert b"keeps</b>" not in body
    assert b"VALARM" not in body
    assert (
        path.removeprefix("/calendar/feed/").removesuffix(".ics")
        not in (await browser.open("/calendar/subscribe")).text
    )
    async with database.transaction(seeded.organization_id) as session:
        row = (await session.scalars(select(CalendarFeed))).one()
        assert path.encode() not in row.token_hash
        assert row.last_fetched_at is not None


async def test_an_event_is_the_same_one_in_utc_on_both_sides_of_a_clock_change(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    async with database.transaction(seeded.organization_id) as session:
        organization = await session.get(Organization, seeded.organization_id)
        assert organization is not None
        organization.time_zone = "Europe/Lisbon"
    now = clock.now()
    days = [now.date() + timedelta(days=number) for number in range(10, 170)]
    at = [datetime(day.year, day.month, day.day, 9, 30) for day in days]  # noqa: DTZ001 -- on the clocks of Lisbon
    change = next(
        n
        for n in range(1, len(at))
        if at[n].replace(tzinfo=LISBON).utcoffset() != at[n - 1].replace(tzinfo=LISBON).utcoffset()
    )
    made = [await waiting(database, seeded, at[n].replace(tzinfo=LISBON).astimezone(UTC)) for n in (change - 1, change)]
    path = await subscribed(browser)
    shown = events((await fetched(browser, path))[1])
    starts = [shown[f"post-{post.id}@aipromote"].decoded("DTSTART") for post in made]
    assert [wall_clock(start, LISBON).strftime("%H:%M") for start in starts] == ["09:30", "09:30"]
    assert starts[0].time() != starts[1].time()


async def test_a_move_keeps_the_id_and_raises_the_sequence_and_a_cancelled_post_says_so(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    post = await waiting(
        database, seeded, clock.now() + timedelta(days=3), text="Rye; keeps,\nfor a week\\end 🍞" + "é" * 80
    )
    path, key = await subscribed(browser), f"post-{post.id}@aipromote"
    before = events((await fetched(browser, path))[1])[key]
    assert str(before["SUMMARY"]) == "X: Rye; keeps,"
    assert "for a week\\end 🍞" in str(before["DESCRIPTION"])
    mine = {"organization_id": seeded.organization_id, "post_id": post.id}
    local = wall_clock(clock.now() + timedelta(days=9), ZoneInfo("Europe/Berlin"))
    await _a_second()
    async with database.transaction(seeded.organization_id) as session:
        await actions.reschedule(session, seeded.startup.owner, **mine, local=local)
    moved = events((await fetched(browser, path))[1])[key]
    assert moved.decoded("DTSTART") - before.decoded("DTSTART") > timedelta(days=5)
    assert moved["SEQUENCE"] > before["SEQUENCE"]
    assert moved.decoded("LAST-MODIFIED") > before.decoded("LAST-MODIFIED")
    await _a_second()
    async with database.transaction(seeded.organization_id) as session:
        await actions.cancel(session, seeded.startup.owner, **mine)
    cancelled = events((await fetched(browser, path))[1])[key]
    assert (cancelled["STATUS"], str(cancelled["SUMMARY"])) == ("CANCELLED", "Cancelled: X: Rye; keeps,")
    assert cancelled["SEQUENCE"] > moved["SEQUENCE"]


async def test_what_a_program_has_already_is_not_sent_again(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    path = await subscribed(browser)
    _status, _body, headers = await fetched(browser, path)
    same = {"If-None-Match": headers["Etag"]}
    assert (await fetched(browser, path, **same))[:2] == (304, b"")
    assert (await fetched(browser, path, **{"If-Modified-Since": headers["Last-Modified"]}))[0] == 304
    assert (await fetched(browser, path, **{"If-Modified-Since": "no date"}))[0] == 200
    await _a_second()
    await waiting(database, seeded, clock.now() + timedelta(days=3))
    assert (await fetched(browser, path, **same))[0] == 200
    assert (await fetched(browser, path, **{"If-Modified-Since": headers["Last-Modified"]}))[0] == 200


async def test_only_posts_of_the_last_sixty_and_the_next_hundred_and_eighty_days_are_shown(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    now = clock.now()
    near = [await waiting(database, seeded, now + timedelta(days=days)) for days in (-59, 178)]
    far = [await waiting(database, seeded, now + timedelta(days=days)) for days in (-62, 181)]
    shown = events((await fetched(browser, await subscribed(browser)))[1])
    assert {f"post-{post.id}@aipromote" for post in near} <= shown.keys()
    assert not {f"post-{post.id}@aipromote" for post in far} & shown.keys()


async def test_who_left_the_organization_or_took_the_address_back_sees_nothing_any_more(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    first = await subscribed(browser)
    second = await subscribed(browser)
    assert (await fetched(browser, first))[0] == 404, "a new address takes the place of the old one"
    assert (await fetched(browser, second))[0] == 200
    owner = seeded.startup.owner.user_id
    async with database.transaction(seeded.organization_id) as session:
        await session.execute(delete(Membership).where(Membership.user_id == owner))
    assert (await fetched(browser, second))[0] == 404
    async with database.transaction(seeded.organization_id) as session:
        session.add(Membership(organization_id=seeded.organization_id, user_id=owner, role=Role.VIEWER))
    assert (await fetched(browser, second))[0] == 200
    await browser.open("/calendar/subscribe")
    await browser.send("/calendar/subscribe/revoke")
    status, body, _headers = await fetched(browser, second)
    assert status == 404
    assert b"BEGIN:VCALENDAR" not in body


async def test_a_token_of_one_organization_opens_no_other_and_nonsense_opens_none(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    other = await organizations.organization(database, name="Other")
    path = await subscribed(browser)
    name, secret = path.removeprefix("/calendar/feed/").removesuffix(".ics").split(".")
    theirs = b32encode(other.id.bytes).decode().rstrip("=").lower()
    for token in (f"{theirs}.{secret}", f"{name}.{secret}x", name, "x", f"{name}.", f"{name}.{'a' * 500}", "%00.%00"):
        assert (await fetched(browser, f"/calendar/feed/{token}.ics"))[0] == 404, token


async def test_who_asks_too_often_is_asked_to_wait(browser: Browser, seeded: seeds.Seeded) -> None:
    path = await subscribed(browser)
    answers = [(await fetched(browser, path))[0] for _ in range(62)]
    assert answers[:60] == [200] * 60
    assert answers[-1] == 429


async def test_an_event_of_an_edited_piece_has_the_text_that_went_out(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    async with database.transaction(seeded.organization_id) as session:
        key = (seeded.organization_id, seeded.published.content_piece_id)
        piece = await session.get(ContentPiece, key)
        assert piece is not None
        piece.body = "A new text that nobody approved."
    _status, body, _headers = await fetched(browser, await subscribed(browser))
    assert b"nobody approved" not in body
    assert b"Bread is out" in body


async def _a_second() -> None:
    """iCalendar knows whole seconds."""
    await asyncio.sleep(1.1)
