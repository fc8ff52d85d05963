"""The frame around pages: the rail, light and dark, what is being written, and who is signed in."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID

import aiohttp
import pytest
import seeds
from site_client import Browser
from web_server import Site

from aipromote import clock
from aipromote.ai.models import GenerationRequest, Order
from aipromote.ai.states import RequestKind, RequestStatus
from aipromote.db.database import Database


@pytest.fixture
async def seeded(browser: Browser, database: Database) -> seeds.Seeded:
    """Somebody signed in, with something on every page."""
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    return made


async def asked(database: Database, made: seeds.Seeded, **values: object) -> UUID:
    """A request for posts, which no worker takes."""
    row = GenerationRequest(
        organization_id=made.organization_id,
        kind=RequestKind.CONTENT,
        wanted=Order(start=clock.now().date()),
        **values,
    )
    async with database.transaction(made.organization_id) as session:
        session.add(row)
        await session.flush()
        return row.id


RUNNING = {"status": RequestStatus.RUNNING, "attempts": 1, "claimed_until": datetime(2099, 1, 1, tzinfo=UTC)}


async def test_the_theme_is_chosen_by_a_form_and_stands_in_the_page_itself(
    browser: Browser, seeded: seeds.Seeded
) -> None:
    assert 'data-theme="system"' in (await browser.open("/facts")).text
    seen = await browser.send("/theme", {"theme": "dark", "back": "/facts"})
    assert seen.url.endswith("/facts")
    assert 'data-theme="dark"' in seen.text
    assert '<meta name="color-scheme" content="dark">' in seen.text
    seen = await browser.send("/theme", {"theme": "system", "back": "/facts"})
    assert 'data-theme="system"' in seen.text
    assert (await browser.send("/theme", {"theme": "red"})).status == 422


async def test_a_theme_can_be_chosen_before_anybody_signs_in(browser: Browser, database: Database) -> None:
    await seeds.person(database, email="ada@example.org")
    await browser.open("/sign-in")
    assert 'data-theme="light"' in (await browser.send("/theme", {"theme": "light", "back": "/sign-in"})).text


async def test_the_rail_is_made_narrow_and_wide_by_a_form(browser: Browser, seeded: seeds.Seeded) -> None:
    seen = await browser.send("/rail", {"narrow": "true", "back": "/calendar"})
    assert 'data-rail="narrow"' in seen.text
    assert 'title="Calendar"' in seen.text
    assert "data-rail" not in (await browser.send("/rail", {"narrow": "false", "back": "/calendar"})).text


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1"])
async def test_a_form_of_the_frame_leads_nowhere_else(browser: Browser, seeded: seeds.Seeded, back: str) -> None:
    await browser.open("/facts")
    seen = await browser.send("/theme", {"theme": "dark", "back": back}, follow=False)
    assert (seen.status, seen.headers["location"]) == (303, "/")


async def test_the_rail_says_where_one_is(browser: Browser, seeded: seeds.Seeded) -> None:
    for path, address in (
        ("/this-week", "/this-week"),
        (f"/pieces/{seeded.piece.id}", "/content"),
        ("/content/series", "/content"),
        ("/strategy/replan", "/strategy"),
    ):
        rail = (await browser.open(path)).text.split('<nav aria-label="Main">')[1].split("</nav>")[0]
        assert rail.count("aria-current") == 1, path
        assert f'href="{address}" aria-current="page"' in rail, path


async def test_the_time_is_that_of_the_organization_in_summer_and_in_winter(
    browser: Browser, seeded: seeds.Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    for now, shown in (
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), ("01:59", "Europe/Berlin, UTC+01:00")),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), ("03:00", "Europe/Berlin, UTC+02:00")),
    ):
        with monkeypatch.context() as changed:
            changed.setattr(clock, "now", lambda now=now: now)
            seen = await browser.open("/facts")
        assert f"{shown[0]} Berlin ({shown[1]})" in " ".join(seen.words.split())


async def test_what_is_being_written_is_told_and_asked_again_only_meanwhile(
    site: Site, browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    quiet = await browser.open("/running")
    assert "hx-get" not in quiet.text
    key = await asked(database, seeded, total_count=12, done_count=3, **RUNNING)
    with site.statements() as seen:
        busy = await browser.open("/running")
    assert len(seen) <= 6, seen
    assert "Writing 4 of 12" in busy.words
    assert f'hx-get="/running?of={key}"' in busy.text
    assert f'href="/progress/{key}"' in busy.text
    assert "<html" not in busy.text


async def test_what_came_of_it_is_told_once_it_has_ended(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    ended = {"status": RequestStatus.DONE, "finished_at": clock.now(), "total_count": 2, "done_count": 2}
    done = await asked(database, seeded, **ended)
    seen = await browser.open(f"/running?of={done}")
    assert "hx-get" not in seen.text
    notice = json.loads(seen.headers["hx-trigger"])["notice"]
    assert (notice["text"], notice["href"]) == ("2 texts are written.", f"/progress/{done}")
    failed = {"status": RequestStatus.FAILED, "finished_at": clock.now(), "error_message": "No."}
    seen = await browser.open(f"/running?of={await asked(database, seeded, **failed)}")
    assert json.loads(seen.headers["hx-trigger"])["notice"]["tone"] == "careful"


async def test_nobody_learns_what_another_organization_has_written(
    browser: Browser, second_browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    key = await asked(database, seeded, total_count=12, **RUNNING)
    await seeds.startup(database, email="eve@other.example", name="Other")
    await second_browser.sign_in("eve@other.example", seeds.PASSWORD)
    seen = await second_browser.open(f"/running?of={key}")
    assert (seen.status, seen.words) == (200, "")
    assert "hx-trigger" not in seen.headers


async def test_a_poll_does_not_take_the_notice_of_the_page_that_follows(browser: Browser, seeded: seeds.Seeded) -> None:
    await browser.open("/facts")
    taken = await browser.send(f"/pieces/{seeded.piece.id}/archive", follow=False)
    assert taken.status == 303
    await browser.open("/running")
    await browser.open("/go?q=x", headers={"Sec-Fetch-Dest": "empty"})
    assert 'class="notice' in (await browser.open(taken.headers["location"])).text


async def test_a_notice_for_a_part_of_a_page_goes_along_in_a_header(browser: Browser, seeded: seeds.Seeded) -> None:
    await browser.open("/facts")
    taken = await browser.send(f"/pieces/{seeded.piece.id}/archive", follow=False)
    seen = await browser.open(taken.headers["location"], headers={"HX-Request": "true"})
    assert json.loads(seen.headers["hx-trigger"])["notice"]["text"]
    assert 'class="notice' not in seen.text
    assert "hx-trigger" not in (await browser.open("/facts", headers={"HX-Request": "true"})).headers


async def test_a_part_of_a_page_is_never_the_sign_in_page(browser: Browser, seeded: seeds.Seeded) -> None:
    async with aiohttp.ClientSession() as stranger:
        for headers in ({"HX-Request": "true"}, {"Sec-Fetch-Dest": "empty"}):
            for path in ("/running", "/session", "/content"):
                async with stranger.get(browser.address + path, headers=headers, allow_redirects=False) as answer:
                    assert answer.status == 401, path
        async with stranger.get(browser.address + "/content", allow_redirects=False) as answer:
            assert answer.status == 303


async def test_who_signs_in_again_gets_a_token_for_the_forms_of_the_old_page(
    browser: Browser, seeded: seeds.Seeded
) -> None:
    await browser.open("/facts")
    old = browser.token
    await browser.send("/sign-out")
    await browser.sign_in(seeded.email, seeds.PASSWORD)
    fields = {"theme": "dark", "back": "/facts"}
    assert (await browser.send("/theme", {**fields, "csrf": old})).status == 403
    told = json.loads((await browser.open("/session")).text)
    assert UUID(told["who"]) == seeded.startup.owner.user_id
    assert (await browser.send("/theme", {**fields, "csrf": told["token"]})).status == 200
