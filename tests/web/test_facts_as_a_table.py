"""The library of facts as a table: looking through it, and changing one with what that means for posts."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import seeds
from site_client import Browser

from aipromote import clock
from aipromote.brand import actions
from aipromote.channels import queries as channels
from aipromote.db.database import Database
from aipromote.publishing.states import PostStatus
from factories import analytics


@pytest.fixture
async def seeded(browser: Browser, database: Database) -> seeds.Seeded:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    return made


async def _fact(database: Database, made: seeds.Seeded, statement: str, *, days: int | None = None) -> UUID:
    until = clock.now().date() + timedelta(days=days) if days is not None else None
    key = made.organization_id
    async with database.transaction(key) as session:
        fact = await actions.add_fact(
            session,
            made.startup.owner,
            organization_id=made.organization_id,
            statement=statement,
            source="Books",
            expires_on=until,
        )
        return fact.id


async def _scheduled(database: Database, made: seeds.Seeded, text: str) -> None:
    async with database.transaction(made.organization_id) as session:
        [account] = await channels.accounts(session, organization_id=made.organization_id)
        at = clock.now() + timedelta(days=1)
        await analytics.post(session, account, at=at, text=text, status=PostStatus.SCHEDULED)


async def test_facts_are_looked_through_by_state_and_words(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    await _fact(database, seeded, "4,321 ovens are registered", days=3)
    await _fact(database, seeded, "We won in Lisbon", days=-2)
    soon = (await browser.open("/facts?show=soon")).words
    assert "4,321 ovens" in soon
    assert "Lisbon" not in soon
    assert "We won in Lisbon" in (await browser.open("/facts?show=ended")).words
    found = (await browser.open("/facts?q=REGISTERED+books")).words
    assert "4,321 ovens" in found
    assert "Lisbon" not in found
    assert "No fact fits" in (await browser.open("/facts?q=nothing-of-the-kind")).words


async def test_changing_a_fact_says_which_posts_it_stops(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    key = await _fact(database, seeded, "4,321 ovens are registered")
    await _scheduled(database, seeded, "4,321 ovens are registered with us.")
    opened = await browser.open(f"/facts?edit={key}")
    assert "1 scheduled post rests on this fact." in opened.words
    fields = {"statement": "5,000 ovens are registered", "source": "Books", "kind": "metric", "expires": ""}
    changed = (await browser.send(f"/facts/{key}", fields)).words
    assert "Scheduled posts that rested on it: 1." in changed
    assert "5,000 ovens are registered" in changed


async def test_another_source_stops_no_post(browser: Browser, database: Database, seeded: seeds.Seeded) -> None:
    key = await _fact(database, seeded, "4,321 ovens are registered")
    await _scheduled(database, seeded, "4,321 ovens are registered with us.")
    await browser.open("/facts")
    fields = {"statement": "4,321 ovens are registered", "source": "The register", "kind": "metric", "expires": ""}
    assert "None of the next posts" in (await browser.send(f"/facts/{key}", fields)).words


async def test_a_refused_change_keeps_what_was_typed_beside_its_fact(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    key = await _fact(database, seeded, "We use rye")
    await browser.open("/facts")
    seen = await browser.send(f"/facts/{key}", {"statement": "We use <i>oats</i>", "source": " ", "kind": "other"})
    assert seen.status == 422
    assert "needs a source" in seen.words
    assert "We use &lt;i&gt;oats" in seen.text
