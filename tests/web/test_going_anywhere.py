"""Search or go to: pages, actions, posts, series and channels by a few words."""

from __future__ import annotations

import re

import pytest
import seeds
from site_client import Browser
from sqlalchemy import update
from web_server import Site

from aipromote.accounts.models import User
from aipromote.db.database import Database
from aipromote.web.frame_going import ACTIONS, fits


@pytest.fixture
async def seeded(browser: Browser, database: Database) -> seeds.Seeded:
    """Somebody signed in, with something of every kind."""
    made = await seeds.startup(database)
    await seeds.feed_and_series(database, made)
    await browser.sign_in(made.email, seeds.PASSWORD)
    return made


async def goals(browser: Browser, words: str) -> list[tuple[str, str]]:
    """Where it leads, with the words beside it."""
    seen = await browser.open(f"/go?q={words}")
    assert seen.status == 200
    found = re.findall(r'<li><a href="([^"]+)" data-go>(.*?)</a></li>', seen.text, re.DOTALL)
    return [(address, " ".join(re.sub(r"<[^>]+>", " ", inner).split())) for address, inner in found]


async def test_without_words_pages_and_actions_are_there(browser: Browser, seeded: seeds.Seeded) -> None:
    found = dict(await goals(browser, ""))
    assert found["/calendar"] == "Calendar"
    assert found["/content/new"] == "Write a post"


async def test_every_kind_is_found_by_its_words(site: Site, browser: Browser, seeded: seeds.Seeded) -> None:
    with site.statements() as seen:
        found = await goals(browser, "rye")
    assert len(seen) <= 12, seen
    addresses = [address for address, _ in found]
    assert f"/pieces/{seeded.piece.id}" in addresses
    assert any(address.startswith("/content/series/") for address in addresses)
    assert ("/channels", "@kornblume X") in await goals(browser, "kornbl")
    assert ("/calendar/approve", "Approve this week") in await goals(browser, "appr+week")


async def test_every_goal_can_be_opened(browser: Browser, seeded: seeds.Seeded) -> None:
    for address, _ in await goals(browser, ""):
        assert (await browser.open(address)).status == 200, address


async def test_nothing_of_another_organization_is_found(
    browser: Browser, second_browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    await seeds.startup(database, email="eve@other.example", name="Other")
    await second_browser.sign_in("eve@other.example", seeds.PASSWORD)
    found = await goals(second_browser, "rye")
    assert f"/pieces/{seeded.piece.id}" not in [address for address, _ in found]
    assert not any(address.startswith("/content/series/") for address, _ in found)


async def test_what_was_typed_is_text_and_never_markup(browser: Browser, seeded: seeds.Seeded) -> None:
    for words in ("%3Cb%3Ebold", "%00", "%25_%27", "a" * 3000, "%22unclosed"):
        seen = await browser.open(f"/go?q={words}")
        assert seen.status == 200
        assert "<b>bold" not in seen.text
    assert "Nothing fits these words" in (await browser.open("/go?q=zzzz")).words


async def test_the_design_system_is_not_for_everybody(
    browser: Browser, database: Database, seeded: seeds.Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await browser.open("/design")).status == 200
    from aipromote import settings  # noqa: PLC0415 -- the process's own, changed for this test

    monkeypatch.setattr(settings.get(), "environment", "production")
    assert (await browser.open("/design")).status == 404
    async with database.transaction() as session:
        await session.execute(update(User).where(User.email == seeded.email).values(role="ADMIN"))
    assert (await browser.open("/design")).status == 200


def test_each_word_begins_one_of_those_that_are_told() -> None:
    assert fits("app week", "Approve this week")
    assert fits("", "Anything")
    assert not fits("app weeks", "Approve this week")
    assert fits("COMPOSE", str(ACTIONS[0].label), ACTIONS[0].words)
