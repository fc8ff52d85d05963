"""Publishing that is held, as a person sees it and lets it go on."""

from __future__ import annotations

import pytest
import seeds
from site_client import Browser

from aipromote import clock
from aipromote.db.database import Database
from aipromote.publishing import holds


@pytest.fixture
async def held(browser: Browser, database: Database) -> seeds.Seeded:
    made = await seeds.startup(database)
    async with database.transaction(made.organization_id) as session:
        await holds.hold(
            session, organizations=[made.organization_id], reason="Restored <b>today</b>.", known_until=clock.now()
        )
    await browser.sign_in(made.email, seeds.PASSWORD)
    return made


async def test_every_page_says_that_publishing_is_held_until_it_is_let_go(browser: Browser, held: seeds.Seeded) -> None:
    for path in ("/this-week", "/calendar", "/content", "/channels", f"/pieces/{held.piece.id}"):
        seen = await browser.open(path)
        assert "Nothing is being published. Restored <b>today</b>." in seen.words, path
    after = await browser.send("/publishing/release")
    assert "Publishing goes on." in after.words
    assert "Nothing is being published" not in (await browser.open("/calendar")).words


async def test_health_says_that_publishing_is_held(browser: Browser, held: seeds.Seeded) -> None:
    async with browser.http.get(browser.address + "/health/queues") as answer:
        assert (await answer.json())["publishing_held"]["organizations"] == 1


async def test_it_is_not_let_go_without_the_forms_token(browser: Browser, held: seeds.Seeded) -> None:
    await browser.open("/calendar")
    assert (await browser.send("/publishing/release", {"csrf": "wrong"})).status == 403
    assert "Nothing is being published" in (await browser.open("/calendar")).words
